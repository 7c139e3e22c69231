"""Pruning: planted rows where easy images can be left out, where they cannot, and where it cannot be told."""

from __future__ import annotations

import pytest

from core.experiments.papers.further.pruning import pruning
from core.experiments.papers.section import FAILS, HOLDS, UNTOLD
from core.experiments.pruning import ALL, FORM, RANDOM, label_of, less, read_pruning
from core.experiments.pruning_tables import accuracy_plot, verdict
from core.store.metrics import (
    PRUNED_ACCURACY,
    PRUNED_ACCURACY_DIFFERENCE,
    PRUNED_NLL,
    PRUNED_NLL_DIFFERENCE,
    Metric,
)
from core.types import Run
from tests.experiments.papers.planted import findings, metric, run

Ends = tuple[float, float, float]
BETTER, AS_GOOD, WORSE, UNCLEAR = (0.02, 0.01, 0.03), (-0.001, -0.008, 0.006), (-0.04, -0.06, -0.02), (0, -0.03, 0.03)


def planted(number: int, shares: dict[float, Ends], seeds: int = 5, first: str = "hardest") -> tuple[Run, list[Metric]]:
    """A proof whose first way of choosing is apart from random by so much at each share."""
    arms = {ALL: (ALL, 100.0)} | {label_of(way, share): (way, share) for share in shares for way in (first, RANDOM)}
    said = {
        "score": "score-rmd-1:rmd_oof", "fitted_on": "4,000 images", "equal": "steps", "model": "resnet8_w8",
        "arms": {
            label: {"which": way, "per_cent": share, "images": int(40 * share), "epochs": 8,
                    "runs": {str(seed): f"train-{label}-{seed}" for seed in range(seeds)}}
            for label, (way, share) in arms.items()
        },
    }  # fmt: skip
    made = run("evaluate", "proof of pruning", number, pruning=said, form=FORM)
    rows = []
    for label, (way, share) in arms.items():
        rows += [metric(PRUNED_ACCURACY, made.run_id, 0.8, 0.78, 0.82, part=label),
                 metric(PRUNED_NLL, made.run_id, 0.6, 0.5, 0.7, part=label)]  # fmt: skip
        others = [] if label == ALL else [ALL] if way == RANDOM else [ALL, label_of(RANDOM, share)]
        for other in others:
            ends = (0.0, -0.01, 0.01) if other == ALL else shares[share]
            part = less(label, other)
            rows += [metric(PRUNED_ACCURACY_DIFFERENCE, made.run_id, *ends, part=part),
                     metric(PRUNED_NLL_DIFFERENCE, made.run_id, 0.0, -0.1, 0.1, part=part)]  # fmt: skip
    return made, rows


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ({70.0: BETTER, 90.0: AS_GOOD}, HOLDS), ({70.0: AS_GOOD}, HOLDS),
        ({30.0: WORSE, 70.0: AS_GOOD, 90.0: BETTER}, HOLDS),  # small shares are no part of the claim
        ({90.0: AS_GOOD, 97.0: WORSE}, HOLDS), ({90.0: WORSE, 90.5: BETTER}, FAILS),  # nor are larger ones
        ({70.0: WORSE, 90.0: AS_GOOD}, FAILS), ({90.0: WORSE}, FAILS),
        ({70.0: UNCLEAR, 90.0: BETTER}, UNTOLD), ({70.0: (0.0, float("nan"), float("nan"))}, UNTOLD),
    ],
)  # fmt: skip
def test_the_verdict_goes_by_every_share_from_70_to_90_per_cent(shares: dict[float, Ends], expected: str) -> None:
    made, rows = planted(1, shares)
    outcome = pruning(findings(rows, made))
    assert outcome is not None
    assert outcome.verdict == expected
    assert "30 %, the" not in outcome.because
    assert [one.name for one in outcome.plots[0].series] == ["hardest", "random"]


def test_without_a_share_of_the_hardest_from_70_to_90_per_cent_nothing_was_computed_for_it() -> None:
    assert pruning(findings([])) is None
    without = planted(1, {30.0: BETTER}), planted(2, {90.0: BETTER}, first="easiest"), planted(3, {97.0: BETTER})
    for made, rows in without:
        assert pruning(findings(rows, made)) is None


def test_a_first_look_does_not_take_the_place_of_a_full_proof() -> None:
    (full, of_full), (quick, of_quick) = planted(1, {70.0: BETTER, 90.0: BETTER}), planted(2, {70.0: WORSE}, seeds=3)
    outcome = pruning(findings([*of_full, *of_quick], full, quick))
    assert outcome is not None
    assert outcome.verdict == HOLDS


def test_what_is_said_names_the_side_the_size_and_the_interval() -> None:
    made, rows = planted(1, {50.0: (-0.031, -0.05, -0.012), 90.0: BETTER, 70.0: UNCLEAR})
    assert verdict(read_pruning(made, rows)) == (
        "At 90 %, the hardest are ahead of a random 90 % by 2.0 points [1.0, 3.0]; "
        "at 70 %, the hardest are not told apart from a random 70 %: 0.0 [−3.0, +3.0] points; "
        "at 50 %, the hardest are behind a random 50 % by 3.1 points [1.2, 5.0]."
    )


def test_every_line_of_the_plot_ends_at_all_images() -> None:
    plot = accuracy_plot(read_pruning(*planted(1, {30.0: WORSE, 90.0: BETTER})))
    assert [[at for at, _ in one.points] for one in plot.series] == [[30.0, 90.0, 100.0]] * 2
