from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.answers.models.error_by_difficulty import (
    ErrorOrder,
    class_orders,
    concentration,
    contrast,
    direction_in_words,
    evaluated_order,
    half_of_errors,
    rising_classes,
    worst_classes,
)
from core.answers.models.error_slices import ErrorSlice, decode
from core.answers.models.predictions import EVERY, HELD_OUT, TRAINED_ON, model_predictions
from core.answers.models.vog_stages import flip_in_words, stage_pairs
from core.answers.view.choices import Filter, ScoreChoice, score_choices
from core.answers.view.ranking import Selection, scored
from core.answers.view.reader import Reader, open_reader
from core.answers.view.subsets import subset_ids, subset_words
from core.errors import BadInput
from core.metrics.auroc import auroc_interval
from core.types import Bools, Estimate
from tests.audits import Made, build_audit, publish


def choice(name: str = "rmd", direction: int | None = 1, address: str = "run:rmd") -> ScoreChoice:
    return ScoreChoice(address, name, name, direction, "embedded", "", "", "given")


def made_up(wrong: Bools, auroc: tuple[float, float, float] = (0.8, 0.7, 0.9)) -> ErrorOrder:
    return ErrorOrder(np.arange(len(wrong), dtype=np.int32), np.asarray(wrong, bool), Estimate(*auroc, len(wrong)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return build_audit(tmp_path_factory.mktemp("audits"), n=400)


@pytest.fixture(scope="module")
def reader(made: Made) -> Reader:
    return open_reader(made.audit)


def order_of(reader: Reader, score: ScoreChoice, images: str = HELD_OUT, **chosen: object) -> ErrorOrder:
    model = model_predictions(reader, made_model(reader))
    found = scored(reader, score.address)
    return evaluated_order(reader, found.order, found.values, score, model, Selection(**chosen), images)  # type: ignore[arg-type]


def made_model(reader: Reader) -> str:
    return next(run.run_id for run in reader.hub.runs if run.kind == "train")


def test_only_held_out_labelled_scored_images_are_evaluated_hardest_last(reader: Reader, made: Made) -> None:
    rmd = score_choices(reader)[0]
    found = order_of(reader, rmd)
    held_out = (made.splits != "train") & ~np.isnan(made.values["rmd"])
    assert set(found.ids.tolist()) == set(np.flatnonzero(held_out).tolist())
    assert (np.diff(made.values["rmd"][found.ids]) >= 0).all()
    np.testing.assert_array_equal(found.wrong, (made.predicted != made.labels)[found.ids])
    trained, every = order_of(reader, rmd, TRAINED_ON), order_of(reader, rmd, EVERY)
    assert len(trained.ids) + len(found.ids) == len(every.ids)


def test_a_score_whose_low_end_is_hard_is_turned_round(reader: Reader) -> None:
    rmd = score_choices(reader)[0]
    turned = order_of(reader, ScoreChoice(**{**rmd.__dict__, "direction": -1}))
    np.testing.assert_array_equal(turned.ids, order_of(reader, rmd).ids[::-1])


def test_a_slice_of_the_address_is_the_slice_of_the_figure(reader: Reader) -> None:
    rmd = score_choices(reader)[0]
    chosen = Selection(split="test", label=1, where=Filter("mode", "RGB"))
    found = order_of(reader, rmd, EVERY, split="test", label=1, where=Filter("mode", "RGB"))
    deciles = found.deciles()
    assert deciles is not None
    one = ErrorSlice("decile 10", rmd.address, made_model(reader), EVERY, chosen)
    only = one.encode(reader)
    assert decode(reader, only.partition(":")[2]) == one
    np.testing.assert_array_equal(subset_ids(reader, only), found.ids[deciles.start[9] : deciles.stop[9]][::-1])
    assert subset_words(reader, only).startswith("hardest decile by rmd, <img src=x onerror=alert(1)>, resnet8")


@pytest.mark.parametrize("name", ["decile", "group"])
def test_the_slices_of_the_address_are_all_images_once(reader: Reader, name: str) -> None:
    rmd = score_choices(reader)[0]
    found = order_of(reader, rmd)
    groups = found.groups()
    assert groups is not None
    n = 10 if name == "decile" else len(groups)
    slices = [ErrorSlice(f"{name} {i + 1}", rmd.address, made_model(reader), HELD_OUT, Selection()) for i in range(n)]
    ids = [subset_ids(reader, one.encode(reader)) for one in slices]
    hardest_first = ids if name == "group" else ids[::-1]
    np.testing.assert_array_equal(np.concatenate(hardest_first), found.ids[::-1])
    if name == "group":
        assert [len(one) for one in ids] == groups.n.tolist()


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "part=decile+10",
        "part=decile+0&score=x&model=y",
        "part=<b>",
        "images=nonesuch",
        "%00",
        "part=decile+1&class=?",
    ],
)
def test_a_slice_that_was_typed_is_refused_in_words(reader: Reader, payload: str) -> None:
    with pytest.raises(BadInput, match="none such"):
        subset_ids(reader, f"decile:{payload}")


def test_a_slice_beyond_the_last_is_empty(reader: Reader) -> None:
    rmd = score_choices(reader)[0]
    one = ErrorSlice("group 9999", rmd.address, made_model(reader), HELD_OUT, Selection())
    assert len(subset_ids(reader, one.encode(reader))) == 0


def test_words_say_what_was_measured() -> None:
    wrong = np.arange(100) >= 80
    found = made_up(wrong)
    assert direction_in_words(choice(), found) == "Higher rmd goes with more error: AUROC 0.800 [0.700, 0.900]."
    assert concentration(choice(), found) == "the hardest decile holds 50 % of the 20 errors, the easiest decile 0 %"
    assert contrast(choice(), found) == "hardest 100 % [72, 100], easiest 0 % [0, 28]"
    assert half_of_errors(choice(), found) == "half of all errors lie in the first 1 of 10 groups from the hardest"


def test_a_direction_needs_an_interval_beside_chance_and_enough_errors() -> None:
    wrong = np.arange(100) < 20
    assert made_up(wrong, (0.3, 0.2, 0.4)).direction == -1
    assert made_up(wrong, (0.51, 0.45, 0.57)).direction is None
    assert made_up(np.arange(100) < 9).direction is None
    low = direction_in_words(choice("vog", None), made_up(wrong, (0.3, 0.2, 0.4)))
    assert low == "Lower vog goes with more error: AUROC 0.300 [0.200, 0.400]."
    assert "too few" in direction_in_words(choice(), made_up(np.arange(100) < 9))
    against = direction_in_words(choice(), made_up(wrong, (0.3, 0.2, 0.4)))
    assert against.endswith("Elsewhere its high end is called the hard one.")


def test_without_images_or_errors_nothing_is_claimed() -> None:
    none, right = made_up(np.zeros(0, bool)), made_up(np.zeros(40, bool))
    assert none.deciles() is none.groups() is none.ends() is None
    assert concentration(choice(), none) == "no image to evaluate"
    assert half_of_errors(choice(), right) == "no error to place"


def test_groups_hold_five_hundred_or_a_tenth() -> None:
    assert made_up(np.zeros(20_000, bool)).group_size == 500
    assert made_up(np.zeros(1234, bool)).group_size == 123


def test_classes_are_cut_by_themselves_the_worst_first(reader: Reader) -> None:
    rmd = score_choices(reader)[0]
    found, values = order_of(reader, rmd), scored(reader, rmd.address).values
    worst = worst_classes(reader, found, 3)
    classes = class_orders(reader, found, values, worst)
    errors = [one.order.error.value for one in classes]
    assert errors == sorted(errors, reverse=True)
    for one in classes:
        assert (reader.labels[one.order.ids] == one.label).all()
        assert one.slices is not None
        assert len(one.slices) == 5  # about 24 images each: deciles would hold two
    rising, cut = rising_classes(classes)
    assert 0 <= rising <= cut == 3


def test_classes_too_small_to_cut_do_not_hide_those_that_can_be(reader: Reader, made: Made) -> None:
    """Of each of two classes one image is left, which is wrong: no class is worse, and neither has anything to draw."""
    rmd = score_choices(reader)[0]
    whole = order_of(reader, rmd)
    of = reader.labels[whole.ids]
    kept = of > 1
    for label in (0, 1):
        kept[np.flatnonzero((of == label) & whole.wrong)[0]] = True
    order = ErrorOrder(whole.ids[kept], whole.wrong[kept], whole.auroc)
    worst = worst_classes(reader, order, 2)
    assert len(worst) == 2
    assert not {0, 1} & set(worst)
    assert all(one.slices for one in class_orders(reader, order, scored(reader, rmd.address).values, worst))


def test_stages_are_paired_by_what_they_have_in_common() -> None:
    names = ["vog_logit_early", "vog_logit_late", "vog_logit_all", "vog_probability_late", "vog_logit_early_predicted"]
    pairs = stage_pairs([choice(name, None, f"run:{name}") for name in names])
    assert [(pair.early.name, pair.late.name) for pair in pairs] == [("vog_logit_early", "vog_logit_late")]
    assert pairs[0].name == "VoG of the logit, given label, raw, embedded"


def test_a_flip_is_two_directions_that_differ() -> None:
    wrong = np.arange(100) < 20
    up, down, none = ((0.8, 0.7, 0.9), (0.2, 0.1, 0.3), (0.5, 0.4, 0.6))

    def words(early: tuple[float, float, float], late: tuple[float, float, float]) -> str:
        return flip_in_words(made_up(wrong, early), made_up(wrong, late)).split(":")[0]

    assert words(down, up) == "the order flips, late errors lie high"
    assert words(up, up) == "no flip, errors lie high at both stages"
    assert words(none, up) == "only at the late stage does the order show to go with error"
    assert words(none, none) == "at neither stage does the order show to go with error"
    few = made_up(np.arange(100) < 9, (0.99, 0.9, 1.0))
    assert flip_in_words(few, few).startswith("too few errors to say which way either stage points: early AUROC 0.990")


def test_unlabelled_images_are_not_evaluated(tmp_path: Path) -> None:
    reader = open_reader(build_audit(tmp_path, n=40, labelled=False).audit)
    assert len(order_of(reader, score_choices(reader)[0]).ids) == 0


def test_a_score_that_orders_every_error_first_goes_with_error(reader: Reader) -> None:
    """An AUROC of 1 of enough images has a direction, whatever its interval is."""
    wrong = np.arange(40) >= 28
    order = ErrorOrder(np.arange(40), wrong, auroc_interval(np.arange(40.0), wrong))
    said = direction_in_words(score_choices(reader)[0], order)
    assert said.startswith("Higher rmd goes with more error: AUROC 1.00")
    assert "not shown to go with error" not in said


def test_images_that_a_score_s_own_model_was_trained_on_are_not_counted_by_another(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=60, evaluated=False)
    ids = np.arange(60, dtype=np.int32)
    # Two models that were trained on other images each, as without a split.
    mine, other = (
        publish(made.audit, "train", f"model {k}", {"prediction": {
            "image_id": ids, "predicted": made.predicted, "trained_on": ids % 3 == k}}, k=5)
        for k in (0, 1)
    )  # fmt: skip
    reader = open_reader(made.audit)
    of_mine = ScoreChoice("", "loss", "loss", 1, "model 0", "", "", "given", mine)
    values, model = np.linspace(0, 1, 60), model_predictions(reader, other)
    order = evaluated_order(reader, np.arange(60), values, of_mine, model, Selection())
    np.testing.assert_array_equal(np.sort(order.ids), np.flatnonzero((ids % 3 == 2) & (made.splits == "test")))
    # Of a score that is made from no model every held-out image counts.
    of_none = evaluated_order(reader, np.arange(60), values, replace(of_mine, model_run=""), model, Selection())
    np.testing.assert_array_equal(np.sort(of_none.ids), np.flatnonzero((ids % 3 != 1) & (made.splits == "test")))
