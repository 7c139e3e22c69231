"""The headline of VoG: the form that says most, with the direction that was measured."""

from __future__ import annotations

from core.answers.overview.telling_vog import telling_vog
from core.answers.view.reader import Reader
from core.store.metrics import DIRECTION, ERROR_AUROC, WHOLE
from core.types import Estimate, ScoreInfo

FORMS = ("vog_probability_late", "vog_logit_early_predicted_normalised", "vog_logit_all")


class OfVog:
    """A reader of the scores alone."""

    scores = tuple(ScoreInfo(f"vog:{name}", "vog", name, "vog", None, {}, "", "resnet8", "", "") for name in FORMS)


def line(*aurocs: Estimate, directions: tuple[int, ...] = (1, 1, 1)) -> str:
    """What is said of forms with these AUROCs; a direction of 0 is none, and without directions another model's errors
    were measured alone."""
    found = {(ERROR_AUROC, f"vog:{name}", WHOLE): auroc for name, auroc in zip(FORMS, aurocs, strict=False)}
    found |= {(DIRECTION, f"vog:{name}", WHOLE): Estimate(at) for name, at in zip(FORMS, directions, strict=False)}
    reader: Reader = OfVog()  # type: ignore[assignment]
    return telling_vog(reader, found)


def test_the_most_telling_form_is_named_with_its_direction_and_how_many_there_were() -> None:
    said = line(Estimate(0.54, 0.50, 0.59), Estimate(0.30, 0.25, 0.35), Estimate(0.6, 0.55, 0.65))
    assert said.startswith(
        "VoG (logit, early, predicted label, normalised by class), the most telling of 3 forms: lower is harder here;"
    )
    assert said.endswith("which allows for the choice")


def test_no_direction_is_named_where_picking_explains_it() -> None:
    # 0.502 would be above chance by itself, and is not as the furthest of three.
    assert "no direction that this data can show" in line(*[Estimate(0.56, 0.502, 0.61)] * 3)


def test_nothing_is_said_before_an_evaluation() -> None:
    assert line() == ""


def test_no_form_is_passed_over_that_shows_a_direction() -> None:
    # The first is further from 0.5 by itself, but no longer once its wide interval allows for the choice.
    said = line(Estimate(0.8, 0.562, 0.92), Estimate(0.585, 0.56, 0.61), Estimate(0.5, 0.48, 0.52))
    assert said.startswith("VoG (logit, early, predicted label, normalised by class)")
    assert "higher is harder" in said


def test_the_direction_is_that_of_enough_errors_of_the_own_model() -> None:
    found = [Estimate(0.9, 0.8, 0.95)] * 3
    assert "no direction that this data can show" in line(*found, directions=(0, 0, 0))
    assert line(*found, directions=()) == ""
