"""Calibration on corrupted images: ways of training whose true error is known, of as many images as are asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from core.experiments.papers.rmd.methods import FEWEST_CORRUPTED, corrupted
from core.experiments.papers.section import FAILS, HOLDS, UNTOLD, Findings, Reproduced, Verdict
from core.metrics.calibration.debiased import squared_gap
from core.store.metrics import BY_CHANCE, CORRUPTION_ACCURACY, CORRUPTION_ECE, CORRUPTION_SQUARED_GAP, Metric
from core.types import Estimate, Run
from tests.experiments.papers.planted import findings
from tests.experiments.papers.planted_grid import METHODS

KINDS, SEVERITIES, SEEDS = ("fog", "jpeg", "snow", "blur"), range(1, 6), 3


def shown(run_id: str, over: float, sure: float, images: int, rng: np.random.Generator) -> Iterator[Metric]:
    """What a model that is so much surer than right shows. sure: its lowest confidence."""
    for kind in KINDS:
        for severity in SEVERITIES:
            confidence = rng.uniform(sure, 1, images)
            correct = rng.random(images) < confidence - over
            squared = Estimate(100**2 * squared_gap(confidence, correct), n=images)
            yield Metric(CORRUPTION_SQUARED_GAP, run_id, f"{kind} {severity}", squared)
            for name in (CORRUPTION_ACCURACY, CORRUPTION_ECE, CORRUPTION_ECE + BY_CHANCE):
                yield Metric(name, run_id, f"{kind} {severity}", Estimate(correct.mean(), n=images, unit="share"))


def planted(ours: tuple[float, float], theirs: tuple[float, float], images: int, seed: int = 0) -> Findings:
    """Difficulty-aware training and cross-entropy, each (how much surer than right, lowest confidence)."""
    rng, runs = np.random.default_rng(seed), list[Run]()
    rows: list[Metric] = []
    for method, how in (("difficulty-aware", ours), ("CE", theirs)):
        for number in range(SEEDS):
            parameters = {"model": "resnet8", "grid": "planted", "method": method, **METHODS[method]}
            runs.append(
                Run(f"train-{method}-{number}", "train", "resnet8", {}, parameters, number, "", 1.0, "", {}, "")
            )
            rows += shown(runs[-1].run_id, *how, images, rng)
    return findings(rows, *runs)


def assessed(found: Findings) -> Reproduced:
    outcome = corrupted(found)
    assert outcome is not None
    return outcome


CALIBRATED, LESS_SURE, OVERCONFIDENT = (0.0, 0.6), (0.0, 0.3), (0.12, 0.6)


@pytest.mark.parametrize(
    ("ours", "theirs", "images", "verdict"),
    [
        (LESS_SURE, OVERCONFIDENT, 500, HOLDS),  # ECE of few images would have them alike
        (OVERCONFIDENT, LESS_SURE, 500, FAILS),
        (LESS_SURE, CALIBRATED, 500, UNTOLD),
        (LESS_SURE, OVERCONFIDENT, FEWEST_CORRUPTED - 1, UNTOLD),
    ],
)
def test_the_verdict_goes_by_the_true_error(
    ours: tuple[float, float], theirs: tuple[float, float], images: int, verdict: Verdict
) -> None:
    outcome = assessed(planted(ours, theirs, images))
    assert outcome.verdict == verdict, outcome.because
    said = " ".join(outcome.notes)
    assert f"{images} held-out images of each kind and severity" in said
    assert "if confidence were right" in said


def test_two_calibrated_ways_are_seldom_told_apart_however_sure_either_is() -> None:
    verdicts = [assessed(planted(LESS_SURE, CALIBRATED, 200, seed)).verdict for seed in range(100)]
    assert sum(one != UNTOLD for one in verdicts) <= 5


def test_ladders_of_before_leave_it_untold_and_the_command_is_said() -> None:
    found = planted(LESS_SURE, OVERCONFIDENT, 500)
    before = findings([row for row in found.rows if row.name in (CORRUPTION_ACCURACY, CORRUPTION_ECE)], *found.runs)
    outcome = assessed(before)
    assert outcome.verdict == UNTOLD
    assert "hardlook evaluate --grid planted --corruptions --audit planted" in outcome.notes[-1]
