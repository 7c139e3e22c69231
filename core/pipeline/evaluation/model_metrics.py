"""How good and how well calibrated a model is: overall, by class and by difficulty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...metrics.calibration.forecasts import Forecasts, calibration
from ...metrics.calibration.refinement import FOLDS, nll_parts
from ...metrics.calibration.smoothed import smoothed_calibration_error, smoothed_error_by_chance
from ...metrics.difficulty import deciles
from ...metrics.intervals import share_of
from ...store.metrics import (
    ACCURACY,
    BRIER,
    BY_CHANCE,
    CALIBRATION_ERROR,
    CALIBRATION_NLL,
    ECE,
    ECE_WIDTH,
    LEVEL,
    NLL,
    REFINEMENT,
    SMECE,
    WHOLE,
    Metric,
)
from ...types import Bools, Estimate, Floats
from .held_out import HeldOutPredictions

BINS, RESAMPLES = 15, 1000
ENOUGH = 10
"""Images without which a slice of the data gets no calibration: fewer than the bins, and any figure would be chance."""

DIFFICULTIES = ("rmd_oof", "rmd")
"""The scores whose deciles calibration is measured in, the preferred first. Both are the same on held-out images."""


@dataclass(frozen=True)
class Difficulty:
    """The score whose deciles calibration is measured in. values: (n,) float of all images, higher is harder."""

    address: str
    values: Floats


def model_rows(
    held_out: HeldOutPredictions, class_names: Sequence[str], difficulty: Difficulty | None, seed: int
) -> Iterator[Metric]:
    """accuracy, and `calibration_rows` of all images, of each class and of each decile of difficulty; smece
    and the parts of nll of all images.

    Easiest decile first. Beside an ECE stands what it would be if the model were right exactly as often as it says:
    the part of the figure that comes of having so few images.
    """
    subject = held_out.model.run_id
    yield Metric(ACCURACY, subject, WHOLE, share_of(held_out.forecasts.correct))
    yield from calibration_rows(subject, WHOLE, held_out.forecasts, seed)
    yield from smoothed_rows(subject, WHOLE, held_out.forecasts, seed)
    yield from nll_rows(held_out, seed)
    for label, name in enumerate(class_names):
        of_class = held_out.labels == label
        if of_class.any():
            yield Metric(ACCURACY, subject, f"class {name}", share_of(held_out.forecasts.correct[of_class]))
        yield from slice_rows(subject, f"class {name}", held_out.forecasts, of_class, seed)
    if difficulty is not None:
        values = held_out.along(difficulty.values)
        if np.isfinite(values).sum() >= ENOUGH:
            decile = deciles(np.where(np.isfinite(values), values, np.nan))
            for d in range(10):
                part = f"decile {d + 1}"
                yield from slice_rows(subject, part, held_out.forecasts, decile == d, seed, f"of {difficulty.address}")


def slice_rows(
    subject: str, part: str, forecasts: Forecasts, rows: Bools, seed: int, note: str = ""
) -> Iterator[Metric]:
    """Calibration on a slice of the images, where there are enough of them."""
    if rows.sum() >= ENOUGH:
        yield from calibration_rows(subject, part, forecasts.where(rows), seed, note)


def calibration_rows(subject: str, part: str, forecasts: Forecasts, seed: int, note: str = "") -> Iterator[Metric]:
    """ece with what it would be by chance, ece_width, calibration_error, brier and nll of one slice."""
    measures = calibration(forecasts, n_bins=BINS, seed=seed, level=LEVEL)
    yield chance_row(ECE, subject, part, measures.ece_if_perfect, measures.ece.n)
    for name, estimate in (
        (ECE, measures.ece), (ECE_WIDTH, measures.ece_width), (CALIBRATION_ERROR, measures.error),
        (BRIER, measures.brier), (NLL, measures.nll),
    ):  # fmt: skip
        yield Metric(name, subject, part, estimate, note)


def smoothed_rows(subject: str, part: str, forecasts: Forecasts, seed: int, note: str = "") -> Iterator[Metric]:
    """smece of one slice, with what it would be by chance."""
    found = smoothed_calibration_error(forecasts.confidence, forecasts.correct)
    n = len(forecasts.confidence)
    yield Metric(SMECE, subject, part, Estimate(found, n=n, unit="share"), note)
    yield chance_row(SMECE, subject, part, smoothed_error_by_chance(forecasts.confidence, seed), n)


def chance_row(name: str, subject: str, part: str, value: float, n: int) -> Metric:
    """What a calibration error would be on a slice if the model were right exactly as often as it says."""
    return Metric(name + BY_CHANCE, subject, part, Estimate(value, n=n, unit="share"), "if confidence were right")


def nll_rows(held_out: HeldOutPredictions, seed: int) -> Iterator[Metric]:
    """nll_refinement and nll_calibration, where there are enough images."""
    if len(held_out.labels) < ENOUGH:
        return
    parts = nll_parts(held_out.probabilities, held_out.labels, seed=seed, level=LEVEL)
    note = f"by the temperatures of {FOLDS} folds"
    yield Metric(REFINEMENT, held_out.model.run_id, WHOLE, parts.refinement, note)
    yield Metric(CALIBRATION_NLL, held_out.model.run_id, WHOLE, parts.calibration, note)
