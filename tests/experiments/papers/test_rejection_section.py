"""Figure 4: which columns count, and that near the ceiling none is won by chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from core.experiments.papers.rmd.rejection import FEWEST_WRONG, rejection
from core.experiments.papers.section import FAILS, HOLDS, UNTOLD, Findings, Reproduced, Verdict
from core.metrics.seeds import mean_over_seeds
from tests.experiments.papers.planted_grid import grid


def planted(lead: Mapping[int, float], all_right: tuple[int, ...] = ()) -> Findings:
    """lead: share rejected -> by how much difficulty-aware training is ahead there; at all others it is not.

    all_right: shares at which no kept prediction of any method is wrong.
    """
    found = grid(0)
    for row in found.rows:
        if row.name == "accuracy_by_rejection":
            share = int(row.slice.split()[1])
            ours = lead.get(share, 0.0) if "difficulty-aware" in row.subject else 0.0
            value = 1.0 if share in all_right else row.estimate.value + ours
            object.__setattr__(row, "estimate", replace(row.estimate, value=value))
    return found


def outcome_of(found: Findings) -> Reproduced:
    outcome = rejection(found)
    assert outcome is not None
    return outcome


@pytest.mark.parametrize(
    ("lead", "all_right", "verdict", "counted"),
    [
        ({20: 0.1, 40: 0.1, 60: 0.1}, (), HOLDS, 8),
        ({20: 0.1, 40: 0.1}, (), UNTOLD, 8),  # half of them are not most
        ({0: 0.1, 20: 0.1, 40: 0.1}, (), UNTOLD, 8),  # plain accuracy has no vote, and not two
        ({20: 0.1, 40: 0.1}, (60, 80), HOLDS, 4),  # what no model gets wrong can be won by none
        ({20: -0.1, 40: -0.1}, (60, 80), FAILS, 4),
        ({20: 0.1}, (40, 60, 80), UNTOLD, 2),  # too few to say what mostly is
        ({}, (), UNTOLD, 8),
    ],
)
def test_most_of_the_columns_that_can_be_won(
    lead: Mapping[int, float], all_right: tuple[int, ...], verdict: Verdict, counted: int
) -> None:
    outcome = outcome_of(planted(lead, all_right))
    assert outcome.verdict == verdict
    assert outcome.because.startswith(f"{counted} of 8 columns count")


def test_columns_that_count_are_won_by_chance_no_more_often_than_others() -> None:
    generator = np.random.default_rng(0)
    for seeds in (3, 5):
        for wrong in (1.0, 2.0, 4.0):  # of a model, on average
            drawn = generator.poisson(wrong, (3000, 2, seeds)).astype(float)
            counted = drawn[drawn.sum(axis=(1, 2)) >= FEWEST_WRONG]
            won = [mean_over_seeds(theirs - ours).low > 0 for ours, theirs in counted]
            assert np.mean(won) < 0.035
