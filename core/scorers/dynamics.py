"""Scores of training dynamics: what a network made of each image after each epoch.

Rows without a label that the network knows are NaN. Higher is harder, but in the data map and DUAL: what is small
both for images learned at once and for images never learned has no hard end. Both are of a training set, as their
papers have them: rows that are known to be held out are NaN too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import BadInput, TooFewRows, command
from ..types import HARDER_HIGH, HARDER_LOW, Bools, Dynamics, Floats, ScoreColumn
from .inputs import Inputs, reasons, required_dynamics
from .registry import register

P_LABEL_MEAN, P_LABEL_SD, ALEATORIC, DUAL = "p_label_mean", "p_label_sd", "aleatoric", "dual"
"""Columns of the data map, and that of DUAL."""
FEWEST_EPOCHS = 2  # of which anything can vary


def forgetting_events(correct: Bools) -> Floats:
    """How often an image went from classified rightly to wrongly between one epoch and the next.

    correct: (n, epochs) bool. Returns (n,) float64; an image never classified rightly gets the number of epochs,
    above any count that can occur (the paper's infinity). Toneva et al. 2019, section 3.
    """
    forgotten = (correct[:, :-1] & ~correct[:, 1:]).sum(axis=1)
    return np.asarray(np.where(correct.any(axis=1), forgotten, correct.shape[1]), dtype=np.float64)


@dataclass(frozen=True)
class OverEpochs:
    """What became of the probability of the given label over a training. (n,) float64 each.

    mean: 0..1, lower is harder. sd: 0..0.5. aleatoric: the mean of p(1 - p), 0..0.25.
    """

    mean: Floats
    sd: Floats
    aleatoric: Floats


def over_epochs(p_label: Floats) -> OverEpochs:
    """Mean and standard deviation of a label's probability, and the mean of p(1 - p). p_label: (n, epochs), 0..1.

    The deviation divides by the number of epochs, as Swayamdipta et al. 2020, section 2, have it; p(1 - p) is the
    aleatoric uncertainty of Seedat et al. 2022, section 3.
    """
    mean = p_label.mean(axis=1, dtype=np.float64)
    square = np.einsum("ij,ij->i", p_label, p_label, dtype=np.float64) / p_label.shape[1]
    return OverEpochs(mean, p_label.std(axis=1, dtype=np.float64), np.maximum(mean - square, 0.0))


def dual_score(p_label: Floats, window: int) -> Floats:
    """Mean over all windows of neighbouring epochs of (1 - mean p) times the standard deviation of p within the window.

    p_label: (n, epochs) of the early epochs alone, 0..1. window: 2..epochs; the deviation divides by window - 1.
    Returns (n,) float64, 0 or more. Cho et al. 2025, section 3.
    """
    total = np.zeros(len(p_label))
    starts = range(p_label.shape[1] - window + 1)
    for start in starts:
        part = p_label[:, start : start + window]
        total += (1.0 - part.mean(axis=1, dtype=np.float64)) * part.std(axis=1, ddof=1, dtype=np.float64)
    return total / len(starts)


def _column(
    name: str, dynamics: Dynamics, values: Floats, *, scorer: str = "", direction: int | None = HARDER_HIGH,
    only: Bools | None = None, **parameters: int,
) -> ScoreColumn:  # fmt: skip
    """A column of per-epoch records, NaN without a known label. scorer: where it is called otherwise. only: (n,) rows
    that have a value, None for all."""
    trained_on = np.asarray(np.isfinite(dynamics.loss).all(axis=1))
    trained_on = trained_on if only is None else trained_on & only
    return ScoreColumn(
        name=name,
        values=np.where(trained_on, values, np.nan).astype(np.float32),
        direction=direction,
        scorer=scorer or name,
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


@register(
    "data_map",
    needs={"dynamics"},
    may_use={"trained_on"},
    source="Swayamdipta et al. 2020, section 2; Seedat et al. 2022, section 3 (aleatoric uncertainty)",
    direction=HARDER_LOW,
)
def data_map(inputs: Inputs) -> list[ScoreColumn]:
    """Mean and standard deviation of the given label's probability over epochs, and the mean of p(1 - p).

    p_label_mean, 0..1, lower is harder; p_label_sd, 0..0.5, and aleatoric, 0..0.25, have no hard end: both are small
    for images learned at once and for images never learned. No score of wrong labels, which are seldom the variable
    ones.
    """
    dynamics = _of_several_epochs(inputs, "data_map")
    found = over_epochs(dynamics.p_label)
    return [
        _column(name, dynamics, values, scorer="data_map", direction=direction, only=inputs.trained_on)
        for name, values, direction in (
            (P_LABEL_MEAN, found.mean, HARDER_LOW), (P_LABEL_SD, found.sd, None), (ALEATORIC, found.aleatoric, None),
        )
    ]  # fmt: skip


@register("dual", needs={"dynamics"}, may_use={"trained_on"}, source="Cho et al. 2025, section 3", direction=None)
def dual(inputs: Inputs, epochs: int = 30, window: int = 10) -> list[ScoreColumn]:
    """(1 - mean p) times the standard deviation of p of the given label, over windows of the first epochs, averaged.

    0 or more; the paper keeps the highest. It has no hard end: an image that is never learned has as little of it as
    one that is learned at once.

    epochs, window: how many of the first epochs, and how many neighbouring ones a window has, at most what was
    recorded. The paper has 30 and 10 on CIFAR, of 200 epochs. Its released code multiplies by ten, which changes no
    order, and reads p in training mode, of augmented images; here p is of the images as they are, after each epoch.
    """
    for name, value in (("epochs", epochs), ("window", window)):
        if value < FEWEST_EPOCHS:
            raise BadInput(f"dual needs {name} of at least 2, and was given {value}.", f"Pass a larger {name}.")
    dynamics = _of_several_epochs(inputs, "dual")
    used = min(epochs, dynamics.p_label.shape[1])
    of = min(window, used)
    values = dual_score(dynamics.p_label[:, :used], of)
    return [_column(DUAL, dynamics, values, direction=None, only=inputs.trained_on, epochs=used, window=of)]


def _of_several_epochs(inputs: Inputs, scorer: str) -> Dynamics:
    """The dynamics of a training in which something can vary. Raises TooFewRows where one epoch was recorded."""
    dynamics = required_dynamics(inputs, scorer)
    if (recorded := dynamics.p_label.shape[1]) < FEWEST_EPOCHS:
        raise TooFewRows(
            f"{scorer} needs what a model made of the images after 2 epochs or more, and {recorded} was recorded.",
            "Run", command(None, "train", "--epochs", "10"),
        )  # fmt: skip
    return dynamics
