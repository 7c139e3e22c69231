"""Ways of training: planted where difficulty helps, where it hurts, and where five seeds cannot tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.experiments.papers import all_sections
from core.experiments.papers.section import FAILS, HOLDS, UNTOLD, Findings, Reproduced, Verdict
from core.store.metrics import ACCURACY_DIFFERENCE
from tests.experiments.papers.planted_grid import EFFECT, grid

OF_GRIDS = {section.key: section for section in all_sections("rmd") if section.steps == ("grid",)}
BY_SEEDS = sorted(OF_GRIDS.keys() - {"rmd-weights"})  # that one counts, and needs no seeds


def assessed(key: str, effect: int, without: tuple[str, ...] = (), **more: tuple[str, ...]) -> Reproduced:
    outcome = OF_GRIDS[key].assess(grid(effect, without, **more))
    assert outcome is not None
    return outcome


@pytest.mark.parametrize("key", BY_SEEDS)
@pytest.mark.parametrize(("effect", "verdict"), [(1, HOLDS), (-1, FAILS), (0, UNTOLD)])
def test_the_verdict_is_what_was_planted(key: str, effect: int, verdict: Verdict) -> None:
    outcome = assessed(key, effect)
    assert outcome.verdict == verdict, outcome.because
    if effect == 0:
        assert "no difference that five seeds can show" in outcome.because
    assert outcome.tables
    assert all(len(row) == len(table.columns) for table in outcome.tables for row in table.rows)


@pytest.mark.parametrize("key", BY_SEEDS)
def test_what_difficulty_adds_to_its_controls_is_said_beside(key: str) -> None:
    said = " ".join(assessed(key, 1).notes)
    assert "difficulty-aware less permuted weights" in said
    assert "five seeds" not in said
    assert "No control is trained" in " ".join(assessed(key, 1, ("permuted weights",)).notes)


@pytest.mark.parametrize(
    ("key", "without"),
    [
        ("rmd-strength", ("ER alpha 0.3",)), ("rmd-strength", ("DA alpha 0.1",)),
        ("rmd-temperature", ("DA temperature 0.3", "DA temperature 2")), ("rmd-measures", ("DA by K-means",)),
        ("rmd-measures", ("DA by supervised RMD",)), ("rmd-variants", ("DA by another encoder",)),
        ("rmd-weights", ("DA temperature 0.3", "DA temperature 2")), ("rmd-calibration", ("CE",)),
    ],
)  # fmt: skip
def test_what_was_not_trained_leaves_the_claim_untold(key: str, without: tuple[str, ...]) -> None:
    assert assessed(key, 1, without).verdict == UNTOLD


def test_one_model_with_one_encoder_says_nothing_of_others() -> None:
    assert assessed("rmd-variants", 1, models=("resnet8",)).verdict == UNTOLD


def test_two_models_with_one_encoder_say_nothing_of_other_encoders_and_it_is_said() -> None:
    outcome = assessed("rmd-variants", 1, ("DA by another encoder",))
    assert outcome.verdict == UNTOLD
    assert "one encoder that difficulty comes from alone" in outcome.because
    assert assessed("rmd-variants", -1, ("DA by another encoder",)).verdict == FAILS  # one of all is enough for that
    found = grid(1)  # one encoder at two sizes
    for run in found.runs:
        if run.kind == "embed":
            object.__setattr__(run, "name", "lite")
            object.__setattr__(run, "parameters", {"image_size": 64 if run.run_id == "embed-lite" else 96})
    same = OF_GRIDS["rmd-variants"].assess(found)
    assert same is not None
    assert same.verdict == UNTOLD
    assert "one model alone" in assessed("rmd-variants", 1, models=("resnet8",)).because


@pytest.mark.parametrize(
    ("mean_s", "effect", "verdict"),
    [
        (0.32, 1, HOLDS), (0.5, 1, UNTOLD), (0.2, 1, UNTOLD), (None, 1, UNTOLD),
        (0.32, -1, FAILS), (0.5, -1, FAILS),  # the other four are as strong as RMD, and ahead of it
    ],
)  # fmt: skip
def test_measures_of_another_strength_are_not_told_apart_from_strength(
    mean_s: float | None, effect: int, verdict: Verdict
) -> None:
    found = grid(effect)
    for run in found.runs:
        if run.parameters.get("method") == "DA by K-means":
            run.parameters["difficulty"]["mean_s"] = mean_s
    outcome = OF_GRIDS["rmd-measures"].assess(found)
    assert outcome is not None
    assert outcome.verdict == verdict
    assert ("Of another strength than RMD: kmeans" in outcome.because) is (mean_s != 0.32)
    (strengths,) = [note for note in outcome.notes if note.startswith("Strength")]
    shown = {0.32: "0.0960", 0.5: "0.150", 0.2: "0.0600", None: "not known"}[mean_s]
    assert "rmd of lite 0.0900" in strengths
    assert f"kmeans {shown}" in strengths


def test_one_measure_of_another_strength_that_is_better_proves_nothing() -> None:
    beside = tuple(f"DA by {name}" for name in ("MD", "mean loss", "frequency", "supervised RMD"))
    found = grid(-1, beside)
    for run in found.runs:
        if run.parameters.get("method") == "DA by K-means":
            run.parameters["difficulty"]["mean_s"] = 0.6
    outcome = OF_GRIDS["rmd-measures"].assess(found)
    assert outcome is not None
    assert outcome.verdict == UNTOLD
    assert "Not tried: MD, mean loss, frequency of errors, RMD of a supervised" in outcome.because


def costing(costs: float, half: float, stored: float = 0.0) -> Findings:
    """A planted grid whose difficulty-aware training is less right than cross-entropy. half: of the interval over seeds
    and images. stored: how far its stored difference lies from that of the models."""
    found = grid(1)
    for row in found.rows:
        if row.name == "accuracy" and "difficulty-aware" in row.subject:
            object.__setattr__(row, "estimate", replace(row.estimate, value=row.estimate.value - EFFECT - costs))
        elif row.name == ACCURACY_DIFFERENCE:
            value = stored - costs
            object.__setattr__(row, "estimate", replace(row.estimate, value=value, low=value - half, high=value + half))
    return found


@pytest.mark.parametrize(
    ("costs", "half", "verdict", "because"),
    [
        (0.15, 0.006, FAILS, "accuracy: −15.0 points [−15.6, −14.4] over seeds and 2,000 held-out images"),
        (0.002, 0.006, HOLDS, "accuracy: −0.2 points ["),
        (0.0, 0.03, UNTOLD, "accuracy: 0.0 points"),  # not told apart from nothing, nor from three points
        # Over seeds alone no model loses a point; that is no claim about other images.
        (0.009, 0.006, UNTOLD, "accuracy: −0.9 points [−1.5, −0.3]"),
        (0.0, float("nan"), UNTOLD, "no interval over seeds and images can be told"),
    ],
)
def test_that_nothing_is_lost_is_shown_by_an_interval_over_seeds_and_images_within_the_margin(
    costs: float, half: float, verdict: Verdict, because: str
) -> None:
    outcome = OF_GRIDS["rmd-calibration"].assess(costing(costs, half))
    assert outcome is not None
    assert outcome.verdict == verdict
    assert because in outcome.because


def test_a_difference_over_images_that_is_not_of_these_models_is_not_taken_for_theirs() -> None:
    found = costing(0.0, 0.001)
    without = replace(found, rows=[row for row in found.rows if row.name != ACCURACY_DIFFERENCE])
    for of in (costing(0.0, 0.001, stored=0.004), without):
        outcome = OF_GRIDS["rmd-calibration"].assess(of)
        assert outcome is not None
        assert outcome.verdict == UNTOLD
        assert "Run: hardlook evaluate --grid planted" in outcome.because


def test_weights_come_nearer_to_one_another_as_the_temperature_rises() -> None:
    outcome = assessed("rmd-weights", 0)
    assert outcome.verdict == HOLDS
    assert "0.100 at T = 0.3, 0.300 at T = 0.7, 0.600 at T = 2" in outcome.because
    found = grid(0)
    for run in found.runs:
        if run.parameters.get("method") == "DA temperature 2":
            run.parameters["difficulty"]["mean_s"] = 0.05
    turned = OF_GRIDS["rmd-weights"].assess(found)
    assert turned is not None
    assert turned.verdict == FAILS
