"""Sections of the paper on VoG: planted where the claim holds, where it does not, and where nothing can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from core.experiments.papers.section import FAILS, HOLDS, UNTOLD, Findings, Reproduced
from core.experiments.papers.vog.classes import classes
from core.experiments.papers.vog.errors import deciles, ends, flip
from core.experiments.papers.vog.memorisation import memorisation
from core.experiments.papers.vog.stability import stability
from core.experiments.papers.vog.toy import toy
from core.store.metrics import (
    ACCURACY,
    CHECKPOINTS_SPEARMAN,
    ERROR_AUROC,
    ERROR_BY_DECILE,
    FALSE_NEGATIVE_CORRELATION,
    HELD_OUT_VOG,
    ITEMS,
    MEMORISATION,
    OVER_CLASSES,
    SEED_SPEARMAN,
    TOY_BY_DISTANCE,
    TOY_CORRELATION,
    WHOLE,
    Metric,
)
from tests.experiments.papers.planted import findings, metric, run

MODEL, VOG = run("train", "resnet8", 1), run("score", "vog", 2)
LOW, AMID, HIGH = (0.3, 0.25, 0.35), (0.5, 0.45, 0.55), (0.7, 0.65, 0.75)
Ends = tuple[float, float, float]


def along(stage: str, auroc: Ends, errors: Sequence[float], target: str = "logit") -> Iterator[Metric]:
    address = f"{VOG.run_id}:vog_{target}_{stage}"
    yield metric(HELD_OUT_VOG["auroc"], address, *auroc, by=MODEL.run_id)
    for i, error in enumerate(errors, 1):
        ends_of = error - 0.03, error + 0.03
        yield metric(HELD_OUT_VOG["error"], address, error, *ends_of, 100, f"decile {i}", MODEL.run_id)


def judged(section: Callable[[Findings], Reproduced | None], rows: Sequence[Metric]) -> Reproduced:
    outcome = section(findings(rows, MODEL, VOG))
    assert outcome is not None
    return outcome


RISING = [0.05 * i for i in range(1, 11)]
FLAT = [0.275] * 10


@pytest.mark.parametrize(
    ("auroc", "errors", "verdict"), [(HIGH, RISING, HOLDS), (LOW, RISING[::-1], FAILS), (AMID, FLAT, UNTOLD)]
)
def test_error_along_late_vog(auroc: Ends, errors: list[float], verdict: str) -> None:
    outcome = judged(deciles, list(along("late", auroc, errors)))
    assert outcome.verdict == verdict
    assert [point.value for _, point in outcome.plots[0].series[0].points] == errors
    assert "resnet8" in outcome.plots[0].title


@pytest.mark.parametrize(
    ("early", "late", "verdict"),
    [(LOW, HIGH, HOLDS), (HIGH, HIGH, FAILS), (LOW, LOW, FAILS), (AMID, HIGH, UNTOLD), (LOW, AMID, UNTOLD)],
)
def test_the_order_turns_over_or_not(early: Ends, late: Ends, verdict: str) -> None:
    rows = [
        *along("early", early, RISING[::-1]),
        *along("late", late, RISING),
        *along("late", LOW, FLAT, "probability"),
    ]
    outcome = judged(flip, rows)
    assert outcome.verdict == verdict
    assert [series.name for series in outcome.plots[0].series] == ["logit, early", "logit, late", "probability, late"]


@pytest.mark.parametrize(("errors", "verdict"), [(RISING, HOLDS), (RISING[::-1], FAILS), (FLAT, UNTOLD)])
def test_both_ends_and_all_images(errors: list[float], verdict: str) -> None:
    rows = [*along("late", HIGH, errors), metric(ACCURACY, MODEL.run_id, 0.725, 0.7, 0.75)]
    outcome = judged(ends, rows)
    assert outcome.verdict == verdict
    assert [round(point.value, 3) for _, point in outcome.plots[0].series[0].points] == [errors[0], 0.275, errors[-1]]


@pytest.mark.parametrize("section", [deciles, flip, ends])
def test_the_form_is_one_whatever_was_scored_last_and_its_images_are_said(
    section: Callable[[Findings], Reproduced | None],
) -> None:
    accuracy = metric(ACCURACY, MODEL.run_id, 0.725, 0.7, 0.75)
    rows = [*along("early", LOW, RISING[::-1]), *along("late", HIGH, RISING), accuracy]
    by_split = replace(run("score", "vog", 5), parameters={"by_split": True})
    stored = [
        metric(name, f"{of.run_id}:vog_logit_{stage}_normalised", *ends_of, part=part, by=MODEL.run_id)
        for of in (VOG, by_split) for stage, ends_of in (("early", HIGH), ("late", LOW))
        for name, part in ((ERROR_AUROC, WHOLE), *((ERROR_BY_DECILE, f"decile {i}") for i in range(1, 11)))
    ]  # fmt: skip
    outcome = section(findings([*rows, *stored], MODEL, VOG, by_split))
    assert outcome is not None
    assert outcome.verdict == HOLDS
    assert "over the 1,000 held-out images that the figure is of" in " ".join(outcome.notes)
    assert section(findings([*stored, accuracy], MODEL, VOG, by_split)) is None


def test_vog_of_a_model_of_its_own_is_read_before_that_of_a_newer_one_of_a_grid() -> None:
    member = replace(run("train", "resnet8", 3), parameters={"grid": "seeds"})
    of_member = replace(run("score", "vog", 4), inputs={"train": member.run_id})
    rows = list(along("late", HIGH, RISING))
    others = [replace(row, subject=row.subject.replace(VOG.run_id, of_member.run_id), by=member.run_id,
                      estimate=replace(row.estimate, value=0.3, low=0.2, high=0.4)) for row in rows]  # fmt: skip
    outcome = deciles(findings([*rows, *others], MODEL, VOG, member, of_member))
    assert outcome is not None
    assert outcome.verdict == HOLDS
    only = deciles(findings(others, MODEL, VOG, member, of_member))
    assert only is not None
    assert only.verdict == FAILS


@pytest.mark.parametrize(
    ("value", "verdict"), [((0.6, 0.2, 0.9), HOLDS), ((-0.5, -0.8, -0.1), FAILS), ((0.3, -0.2, 0.7), UNTOLD)]
)
def test_classes_by_the_interval_over_classes(value: Ends, verdict: str) -> None:
    address = f"{VOG.run_id}:vog_logit_late"
    narrow = metric(FALSE_NEGATIVE_CORRELATION, address, value[0], value[0] - 0.01, value[0] + 0.01, by=MODEL.run_id)
    rows = [
        replace(narrow, note="10 classes"),
        metric(FALSE_NEGATIVE_CORRELATION, address, *value, 10, OVER_CLASSES, MODEL.run_id),
    ]
    outcome = judged(classes, rows)
    assert outcome.verdict == verdict
    assert "Over 10 classes" in outcome.because
    assert outcome.tables[0].rows[0][0] == "logit, late"


def test_without_an_interval_over_classes_nothing_is_shown() -> None:
    address = f"{VOG.run_id}:vog_logit_late"
    over = metric(FALSE_NEGATIVE_CORRELATION, address, 1.0, float("nan"), float("nan"), 3, OVER_CLASSES, MODEL.run_id)
    whole = metric(FALSE_NEGATIVE_CORRELATION, address, 1.0, 0.9, 1.0, by=MODEL.run_id)
    assert judged(classes, [whole, over]).verdict == UNTOLD
    assert judged(classes, [whole]).verdict == UNTOLD  # an earlier version kept the interval over images alone


SEEDS = "resnet8, seeds 0 and 1"


ALIKE, UNSURE, APART = (0.9, 0.89, 0.91), (0.8, 0.75, 0.85), (0.6, 0.58, 0.62)
WIDE, WIDE_APART, NO_ENDS = (0.9, 0.7, 1.0), (0.6, 0.2, 0.9), (0.9, float("nan"), float("nan"))


def compared(late: Ends, late_seeds: Ends, three: Ends, three_seeds: Ends) -> Iterator[Metric]:
    """Each of both figures with its ends over images and over seeds."""
    of = {
        (SEED_SPEARMAN, "logit late"): (late, late_seeds),
        (CHECKPOINTS_SPEARMAN, "logit spread 3"): (three, three_seeds),
    }
    for (name, part), (images, seeds) in of.items():
        yield metric(name, SEEDS, *images, part=part)
        yield metric(name, SEEDS, *seeds, 3, f"{part}, over seeds")


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ((ALIKE, ALIKE, ALIKE, ALIKE), HOLDS),
        ((APART, APART, ALIKE, ALIKE), FAILS), ((ALIKE, ALIKE, APART, APART), FAILS),
        ((UNSURE, UNSURE, ALIKE, ALIKE), UNTOLD), ((ALIKE, ALIKE, UNSURE, UNSURE), UNTOLD),
        ((ALIKE, WIDE, ALIKE, ALIKE), UNTOLD),  # these seeds on other images, but not other seeds
        ((ALIKE, NO_ENDS, ALIKE, ALIKE), UNTOLD),  # two seeds
        ((ALIKE, ALIKE, ALIKE, WIDE), UNTOLD),
        ((APART, WIDE_APART, ALIKE, ALIKE), UNTOLD),
    ],
)  # fmt: skip
def test_stable_over_images_and_over_seeds_or_not(ends: tuple[Ends, Ends, Ends, Ends], verdict: str) -> None:
    rows = [
        *compared(*ends),
        *(metric(SEED_SPEARMAN, SEEDS, *few, part=f"logit last {k}") for k, few in ((2, LOW), (5, HIGH))),
        metric(SEED_SPEARMAN, SEEDS, *HIGH, part="logit all"),
    ]
    outcome = judged(stability, rows)
    assert outcome.verdict == verdict
    assert outcome.plots[0].names == ("2", "5", "all")
    late = next(row for row in outcome.tables[0].rows if row[0] == "logit late")
    assert late[2].startswith(f"{ends[1][0]:.3f}")
    assert ("no interval over seeds" in outcome.because) == (NO_ENDS in ends)


def test_without_the_rows_over_seeds_nothing_is_shown() -> None:
    rows = [row for row in compared(ALIKE, ALIKE, ALIKE, ALIKE) if "over seeds" not in row.slice]
    assert judged(stability, rows).verdict == UNTOLD


def test_of_several_comparisons_the_one_published_last_counts() -> None:
    first, last = (run("evaluate", "vog-stability", i) for i in (1, 2))
    rows = [
        replace(row, subject=subject, run=of.run_id)
        for subject, ends, of in (("a, seeds 0 and 1", ALIKE, last), ("z, seeds 0 and 1", APART, first))
        for row in compared(ends, ends, ends, ends)
    ]
    outcome = stability(findings(rows, first, last))
    assert outcome is not None
    assert outcome.verdict == HOLDS
    assert outcome.because.startswith("a, seeds 0 and 1")


@pytest.mark.parametrize(
    ("late", "verdict"), [((-0.8, -0.9, -0.7), HOLDS), ((0.2, 0.1, 0.3), FAILS), ((0.0, -0.1, 0.1), UNTOLD)]
)
def test_a_toys_boundary(late: Ends, verdict: str) -> None:
    rows = [metric(TOY_CORRELATION, "two blobs", *late, 20, stage) for stage in ("early", "middle", "late")]
    rows += [metric(TOY_BY_DISTANCE, "two blobs", 1.0, 0.9, 1.1, 20, f"late, decile {i}") for i in range(1, 11)]
    outcome = judged(toy, rows)
    assert outcome.verdict == verdict
    assert [series.name for series in outcome.plots[0].series] == ["late"]


@pytest.mark.parametrize(
    ("t", "wrong", "verdict"),
    [
        ((5.0, 3.0, 7.0), 0.001, HOLDS), ((-5.0, -7.0, -3.0), 0.0, FAILS),
        ((1.0, -1.0, 3.0), 0.0, UNTOLD), ((5.0, 3.0, 7.0), 0.01, UNTOLD),
    ],
)  # fmt: skip
def test_memorised_labels_by_the_sign_of_t(t: Ends, wrong: float, verdict: str) -> None:
    rows = [
        metric(MEMORISATION["error"], ITEMS, wrong, 0.0, 0.02, part=WHOLE),
        metric(MEMORISATION["welch_t"], ITEMS, *t, part="logit all"),
        metric(MEMORISATION["auroc"], ITEMS, *HIGH, part="logit all"),
        metric(MEMORISATION["mean"], ITEMS, 2.0, 1.9, 2.1, part="logit all, altered"),
    ]
    outcome = judged(memorisation, rows)
    assert outcome.verdict == verdict
    row = next(row for row in outcome.tables[0].rows if row[0] == "logit, all")
    assert row[1].startswith("2.00")
    assert "one seed" in outcome.notes[1]
    assert "wrong before count as kept" in outcome.notes[1]
