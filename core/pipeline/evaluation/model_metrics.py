"""How good and how well calibrated a network is: overall, by class, by difficulty, and after temperature scaling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...metrics.calibration import log_losses, squared_errors
from ...metrics.difficulty import deciles
from ...metrics.forecasts import Forecasts, calibration
from ...metrics.intervals import share_of
from ...metrics.temperature import COLDEST, HOTTEST, fit_temperature, fitting_half, scaled_probabilities
from ...store.metrics import (
    ACCURACY,
    BRIER,
    CALIBRATION_ERROR,
    ECE,
    ECE_WIDTH,
    LEVEL,
    NLL,
    TEMPERATURE,
    WHOLE,
    Metric,
)
from ...types import Bools, Floats
from .held_out import HeldOutPredictions

BINS, RESAMPLES = 15, 1000
ENOUGH = 10
"""Images without which a slice of the data gets no calibration: fewer than the bins, and any figure would be chance."""


@dataclass(frozen=True)
class Difficulty:
    """The score whose deciles calibration is measured in. values: (n,) float of all images, higher is harder."""

    address: str
    values: Floats


def model_rows(
    held_out: HeldOutPredictions, class_names: Sequence[str], difficulty: Difficulty | None, seed: int
) -> Iterator[Metric]:
    """accuracy, and `calibration_rows` of all images, of each class and of each decile of difficulty; temperature.

    Easiest decile first. The note of an ECE is what it would be if the network were right exactly as often as it says,
    which is the part of the figure that comes of having so few images.
    """
    subject = held_out.model.run_id
    yield Metric(ACCURACY, subject, WHOLE, share_of(held_out.forecasts.correct))
    yield from calibration_rows(subject, WHOLE, held_out.forecasts, seed)
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
    yield from temperature_rows(held_out, seed)


def slice_rows(
    subject: str, part: str, forecasts: Forecasts, rows: Bools, seed: int, note: str = ""
) -> Iterator[Metric]:
    """Calibration on a slice of the images, where there are enough of them."""
    if rows.sum() >= ENOUGH:
        yield from calibration_rows(subject, part, forecasts.where(rows), seed, note)


def calibration_rows(subject: str, part: str, forecasts: Forecasts, seed: int, note: str = "") -> Iterator[Metric]:
    """ece, ece_width, calibration_error, brier and nll of one slice."""
    measures = calibration(forecasts, n_bins=BINS, seed=seed, level=LEVEL)
    by_chance = f"{measures.ece_if_perfect:.4f} if confidence were right"
    yield Metric(ECE, subject, part, measures.ece, f"{note}; {by_chance}" if note else by_chance)
    for name, estimate in (
        (ECE_WIDTH, measures.ece_width), (CALIBRATION_ERROR, measures.error), (BRIER, measures.brier),
        (NLL, measures.nll),
    ):  # fmt: skip
        yield Metric(name, subject, part, estimate, note)


def temperature_rows(held_out: HeldOutPredictions, seed: int) -> Iterator[Metric]:
    """The temperature fitted on one half of the images, and calibration on the other half before and after it."""
    fit = fitting_half(len(held_out.labels), seed)
    if fit.sum() < ENOUGH:
        return
    subject, rest = held_out.model.run_id, ~fit
    temperature = fit_temperature(
        held_out.probabilities[fit], held_out.labels[fit], n=RESAMPLES, seed=seed, level=LEVEL
    )
    at_bound = temperature.value < 1.25 * COLDEST or temperature.value > 0.8 * HOTTEST
    note = f"the end of the range {COLDEST:g} to {HOTTEST:g} that is looked in" if at_bound else ""
    yield Metric(TEMPERATURE, subject, WHOLE, temperature, note)
    on = f"on {rest.sum()} images that the temperature was not fitted on"
    p, labels = scaled_probabilities(held_out.probabilities[rest], temperature.value), held_out.labels[rest]
    before = held_out.forecasts.where(rest)
    after = Forecasts(p.max(axis=1), before.correct, squared_errors(p, labels), log_losses(p, labels))
    yield from calibration_rows(subject, "before scaling", before, seed, on)
    yield from calibration_rows(subject, "after scaling", after, seed, on)
