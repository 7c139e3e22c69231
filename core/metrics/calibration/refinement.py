"""Negative log likelihood in two parts: what the model does not know, and how loudly it says what it knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from ...errors import TooFewRows, command
from ...types import Estimate, Floats, Ints
from ..intervals import mean_estimate
from .temperature import best_temperature, curvatures_at, log_probabilities, losses_at, slopes_at

FOLDS = 5


@dataclass(frozen=True)
class NllParts:
    """Refinement and calibration, whose sum is the negative log likelihood of the n images. In nats, lower is better.

    refinement: what is left once one temperature has made the probabilities as mild or sharp as they should be.
    calibration: what that temperature saves; a little below 0 by chance where there is nothing to save.
    """

    refinement: Estimate
    calibration: Estimate


def nll_parts(probabilities: Floats, labels: Ints, *, seed: int = 0, level: float = 0.95) -> NllParts:
    """Split the negative log likelihood; every image is scaled by the temperature of the other four of five folds.

    probabilities: (n, K), rows sum to 1. labels: (n,) in 0..K-1. Raises TooFewRows below five images.
    Refinement has Student's interval over images. What a temperature saves grows with the square of its distance from
    1, so calibration's ends are Student's, and the upper one at least what the further end of the interval of 1/T
    would save. Berta, Holzmüller, Jordan & Bach 2025, with the temperature as what recalibrates.
    """
    rows = len(labels)
    if rows < FOLDS:
        raise TooFewRows(f"Refinement needs {FOLDS} predictions, and there are {rows}.", "Run", command(None, "train"))
    log_p = log_probabilities(probabilities)
    fold = np.random.default_rng([seed, 0x5EF1]).permutation(rows) % FOLDS
    scaled = np.empty(rows)
    for one in range(FOLDS):
        held_out = fold == one
        temperature = best_temperature(log_p[~held_out], labels[~held_out])
        scaled[held_out] = losses_at(log_p[held_out], labels[held_out], temperature)
    saved = losses_at(log_p, labels, 1.0) - scaled
    return NllParts(
        _nats(mean_estimate(scaled, level)), _nats(_with_reach(mean_estimate(saved, level), log_p, labels, level))
    )


def _with_reach(saved: Estimate, log_p: Floats, labels: Ints, level: float) -> Estimate:
    """What a temperature saves, its upper end no lower than at the further end of the interval of 1/T."""
    best = best_temperature(log_p, labels)
    bend = float(curvatures_at(log_p, best).mean())
    if bend <= 0 or not saved.has_interval:
        return saved
    spread = float(slopes_at(log_p, labels, best).std()) / (bend * np.sqrt(len(labels)))
    half = NormalDist().inv_cdf(0.5 + level / 2) * spread
    return replace(saved, high=max(saved.high, bend / 2 * (abs(1 / best - 1) + half) ** 2))


def _nats(estimate: Estimate) -> Estimate:
    return replace(estimate, unit="nats")
