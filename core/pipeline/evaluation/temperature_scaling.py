"""Temperature scaling: one number fitted on half of the held-out images, and calibration of the others by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...metrics.calibration.binned import log_losses, squared_errors
from ...metrics.calibration.forecasts import Forecasts
from ...metrics.calibration.temperature import COLDEST, HOTTEST, fit_temperature, fitting_half, scaled_probabilities
from ...store.metrics import LEVEL, TEMPERATURE, WHOLE, Metric
from ...types import Bools, Estimate
from .held_out import HeldOutPredictions
from .model_metrics import ENOUGH, RESAMPLES, calibration_rows, smoothed_rows


@dataclass(frozen=True)
class Scaling:
    """A temperature, and forecasts of the images it was not fitted on before and after it. rest: (m,) bool, those."""

    temperature: Estimate
    rest: Bools
    before: Forecasts
    after: Forecasts

    @property
    def slices(self) -> dict[str, Forecasts]:
        """By the names of their slices."""
        return {"before scaling": self.before, "after scaling": self.after}


def scaling_of(held_out: HeldOutPredictions, seed: int) -> Scaling | None:
    """The temperature fitted on one half of the images; None with too few."""
    fit = fitting_half(len(held_out.labels), seed)
    if fit.sum() < ENOUGH:
        return None
    found = fit_temperature(held_out.probabilities[fit], held_out.labels[fit], n=RESAMPLES, seed=seed, level=LEVEL)
    p, labels = scaled_probabilities(held_out.probabilities[~fit], found.value), held_out.labels[~fit]
    before = held_out.forecasts.where(~fit)
    after = Forecasts(p.max(axis=1), before.correct, squared_errors(p, labels), log_losses(p, labels))
    return Scaling(found, ~fit, before, after)


def temperature_rows(subject: str, scaling: Scaling, seed: int) -> Iterator[Metric]:
    """The temperature fitted on one half of the images, and calibration on the other half before and after it."""
    found = scaling.temperature
    at_bound = found.value < 1.25 * COLDEST or found.value > 0.8 * HOTTEST
    note = f"the end of the range {COLDEST:g} to {HOTTEST:g} that is looked in" if at_bound else ""
    yield Metric(TEMPERATURE, subject, WHOLE, found, note)
    on = f"on {scaling.rest.sum()} images that the temperature was not fitted on"
    for part, forecasts in scaling.slices.items():
        yield from calibration_rows(subject, part, forecasts, seed, on)
        yield from smoothed_rows(subject, part, forecasts, seed, on)
