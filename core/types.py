"""The shapes that travel between rooms: frozen dataclasses over numpy. No torch, no duckdb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite, nan
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]

UNLABELLED = -1
"""The label of an image that has none, wherever labels are integers. NULL in the store."""

TRAIN_SPLIT = "train"
HELD_OUT_SPLITS = ("val", "test")
"""The split that scorers and networks are fitted on."""

OTHER_LABELS = "other_labels"
"""A further column of data sets that list an image again with another label: those labels, beside the first."""

HARDER_HIGH, HARDER_LOW = 1, -1
"""A score's direction: +1 higher is harder, -1 lower is harder, None not known on this data."""

DIRECTIONS: Mapping[int | None, str] = {
    HARDER_HIGH: "higher is harder", HARDER_LOW: "lower is harder", None: "not known on this data",
}  # fmt: skip
"""The same in words, for who reads a score elsewhere."""


Unit = Literal["", "share", "nats", "bits", "labels"]
"""What an estimate counts in. share: 0..1, written in per cent. "": a number without a unit."""


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its 95 % interval, or of the level that was asked for.

    value: NaN where it is not defined. low, high: NaN where there is no interval. What was never measured is no
    Estimate but None in its place. n: the images, labels or seeds it is from. unit: see `Unit`.
    """

    value: float
    low: float = nan
    high: float = nan
    n: int = 0
    unit: Unit = ""

    @property
    def has_interval(self) -> bool:
        """Whether both ends are known."""
        return isfinite(self.low) and isfinite(self.high)

    @property
    def numbers(self) -> tuple[float, float, float]:
        """Value, low and high, as a table has them."""
        return self.value, self.low, self.high

    def in_per_cent(self) -> Estimate:
        """A share as it is drawn on an axis in per cent."""
        return replace(self, value=100 * self.value, low=100 * self.low, high=100 * self.high, unit="")

    def share_of(self, total: float) -> Estimate:
        """A number of labels as a share of a total."""
        return replace(self, value=self.value / total, low=self.low / total, high=self.high / total, unit="share")

    def complement(self) -> Estimate:
        """Of a share, that of the others: 1 less all of it, the ends changing places."""
        return replace(self, value=1 - self.value, low=1 - self.high, high=1 - self.low)


@dataclass(frozen=True)
class Provenance:
    """Where a figure comes from. kind: counted of images or labels that are there, estimated from them, or assumed.

    by: by what it is estimated or assumed, and what its interval covers; "" where that says itself.
    """

    kind: Literal["counted", "estimated", "assumed"]
    by: str = ""

    def __str__(self) -> str:
        return f"{self.kind}, {self.by}" if self.by else self.kind


Sources = Mapping[str, Provenance]
"""Name of a figure -> where it comes from; "" for all that stands in one place."""


@dataclass(frozen=True)
class Dynamics:
    """What a training run saw of each image after each epoch. All arrays are (n, epochs) float32 or bool.

    p_label: probability of the given label. margin: logit of the given label less the largest other.
    loss: cross-entropy in nats. correct: prediction equals the given label. el2n: L2 norm of (p - onehot).
    Rows of images without a label that the network knows are NaN (False in correct).
    """

    p_label: Floats
    margin: Floats
    loss: Floats
    correct: Bools
    el2n: Floats


@dataclass(frozen=True)
class SecondSplit:
    """Whether each image was predicted rightly while its half of the images was learned, and while the other was.

    learning: (n, E) bool, after each epoch of training on its half. forgetting: (n, F) bool, after each epoch of the
    training on the other half alone that followed. Rows of images that took no part are False.
    """

    learning: Bools
    forgetting: Bools


@dataclass(frozen=True)
class Neighbors:
    """Pairs of similar images. rows, others: (m,) int, two images each; similarity: (m,) float32 in -1..1."""

    rows: Ints
    others: Ints
    similarity: Floats


@dataclass(frozen=True)
class OtherClasses:
    """The likeliest classes of each image but the given one, the likeliest first.

    labels: (n, m) int, UNLABELLED where there are fewer. probabilities: (n, m) float32, NaN there.
    """

    labels: Ints
    probabilities: Floats


@dataclass(frozen=True)
class ScoreColumn:
    """One score per image.

    values: (n,) float32, NaN where `reason` says why. direction: HARDER_HIGH, HARDER_LOW or None (not known).
    suggested_label: (n,) int, the likeliest class other than the given one, UNLABELLED where there is no suggestion;
    None if the scorer never suggests. doubted: (n,) bool, labels that the scorer takes for wrong; None if a scorer
    suggests the likeliest class of all, and so doubts a label where it suggests another one.
    other_classes: more of them, of a scorer that has a probability of each class.
    fitted_on: what the scorer's statistics were fitted on, in words. neighbors: pairs worth keeping with the score.
    about: what it is, with its range and unit, where no registered scorer says so.
    """

    name: str
    values: Floats
    direction: int | None
    scorer: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    fitted_on: str = ""
    suggested_label: Ints | None = None
    doubted: Bools | None = None
    other_classes: OtherClasses | None = None
    reason: str = ""
    neighbors: Neighbors | None = None
    about: str = ""


@dataclass(frozen=True)
class RunSpec:
    """What a run is going to compute. Its fingerprint covers everything the result depends on.

    name: how people call it, "rmd" or "resnet8". kind: a name of `core.kinds`.
    inputs: role -> run_id, and "items" -> the fingerprint of the ingested data.
    parameters: JSON values. weights: hash of the weights that go in, if any.
    """

    kind: str
    name: str
    inputs: Mapping[str, str]
    parameters: Mapping[str, Any]
    seed: int = 0
    weights: str = ""


@dataclass(frozen=True)
class Run:
    """A finished run, as its `run` row tells it."""

    run_id: str
    kind: str
    name: str
    inputs: Mapping[str, str]
    parameters: Mapping[str, Any]
    seed: int
    weights: str
    seconds: float
    created: str
    versions: Mapping[str, str]
    revision: str
    bytes: int = 0

    @property
    def grid(self) -> str:
        """The grid that a training run is one of many of, or an embedding was made for, "" for a run of its own."""
        return str(self.parameters.get("grid") or "")


@dataclass(frozen=True)
class ScoreInfo:
    """A stored score column: where it is, what it is, which way it points. `address` is `run_id:name`."""

    address: str
    run_id: str
    name: str
    scorer: str
    direction: int | None
    parameters: Mapping[str, Any]
    encoder_run: str
    model_run: str
    fitted_on: str
    reason: str
