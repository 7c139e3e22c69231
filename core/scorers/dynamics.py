"""Scores of training dynamics: what a network made of each image after each epoch.

Rows of images the network was not trained on are NaN. All columns: higher is harder.
"""

from __future__ import annotations

import numpy as np

from ..errors import BadInput
from ..types import HARDER_HIGH, Bools, Dynamics, Floats, ScoreColumn
from .inputs import Inputs, reasons, required_dynamics
from .registry import register


def forgetting_events(correct: Bools) -> Floats:
    """How often an image went from classified rightly to wrongly between one epoch and the next.

    correct: (n, epochs) bool. Returns (n,) float64; an image never classified rightly gets the number of epochs,
    above any count that can occur (the paper's infinity). Toneva et al. 2019, section 3.
    """
    forgotten = (correct[:, :-1] & ~correct[:, 1:]).sum(axis=1)
    return np.asarray(np.where(correct.any(axis=1), forgotten, correct.shape[1]), dtype=np.float64)


def _column(name: str, dynamics: Dynamics, values: Floats, **parameters: int) -> ScoreColumn:
    """A column of per-epoch records, NaN for images that were not trained on."""
    trained_on = np.asarray(np.isfinite(dynamics.loss).all(axis=1))
    return ScoreColumn(
        name=name,
        values=np.where(trained_on, values, np.nan).astype(np.float32),
        direction=HARDER_HIGH,
        scorer=name,
        parameters={"epochs_recorded": dynamics.loss.shape[1], **parameters},
        fitted_on="the training run's own images",
        reason=reasons(not_trained_on=~trained_on),
    )


@register("loss_mean", needs={"dynamics"}, source="Pleiss et al. 2020, section 5 (mean loss)", direction=HARDER_HIGH)
def loss_mean(inputs: Inputs) -> list[ScoreColumn]:
    """Cross-entropy on the given label averaged over epochs, in nats."""
    dynamics = required_dynamics(inputs, "loss_mean")
    return [_column("loss_mean", dynamics, dynamics.loss.mean(axis=1, dtype=np.float64))]


@register(
    "frequency",
    needs={"dynamics"},
    source="Cui et al. 2023, Tables 8 and 10 (frequency of correct predictions, here one minus it)",
    direction=HARDER_HIGH,
)
def frequency(inputs: Inputs) -> list[ScoreColumn]:
    """Share of epochs after which the network got the given label wrong. Range 0..1."""
    dynamics = required_dynamics(inputs, "frequency")
    return [_column("frequency", dynamics, 1.0 - dynamics.correct.mean(axis=1))]


@register("forgetting", needs={"dynamics"}, source="Toneva et al. 2019, section 3", direction=HARDER_HIGH)
def forgetting(inputs: Inputs) -> list[ScoreColumn]:
    """How often the network forgot the image, in epochs; an image never learned counts as every epoch."""
    dynamics = required_dynamics(inputs, "forgetting")
    return [_column("forgetting", dynamics, forgetting_events(dynamics.correct))]


@register(
    "aum",
    needs={"dynamics"},
    source="Pleiss et al. 2020, equation 1 (area under the margin, sign turned)",
    direction=HARDER_HIGH,
)
def aum(inputs: Inputs) -> list[ScoreColumn]:
    """Largest other logit less the given label's, averaged over epochs: the area under the margin, negated.

    In logits, any range, higher is harder.
    """
    dynamics = required_dynamics(inputs, "aum")
    return [_column("aum", dynamics, -dynamics.margin.mean(axis=1, dtype=np.float64))]


@register("el2n", needs={"dynamics"}, source="Paul, Ganguli & Dziugaite 2021, definition 2.2", direction=HARDER_HIGH)
def el2n(inputs: Inputs, epochs: int = 10) -> list[ScoreColumn]:
    """Length of (probabilities less the one-hot label) averaged over the first epochs. Range 0..1.42.

    epochs: how many to average over, cut to those recorded. The paper averages ten networks at one early epoch;
    one network's early epochs stand in for them.
    """
    if epochs < 1:
        raise BadInput(f"el2n averages over at least 1 epoch, and was given {epochs}.", "Pass a larger epochs.")
    dynamics = required_dynamics(inputs, "el2n")
    used = min(epochs, dynamics.el2n.shape[1])
    return [_column("el2n", dynamics, dynamics.el2n[:, :used].mean(axis=1, dtype=np.float64), epochs=used)]
