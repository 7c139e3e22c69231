"""How far confidence can be believed: computed from a model's predictions of the images in view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...maths.sorting import stable_order
from ...metrics.calibration.binned import Binning, ReliabilityBins, reliability_bins
from ...metrics.intervals import share_estimates, wilson
from ...metrics.selective import risk_coverage_curve
from ...types import Estimate, Floats, Ints
from ...wording import count, percent
from ..view.ranking import Selection, mask_of
from ..view.reader import Reader
from .predictions import HELD_OUT, ModelPredictions

__all__ = ["Binning", "Rejection", "Reliability", "WhenWrong", "gap_in_words", "refusal", "reliability", "when_wrong"]

BINS = 15
POINTS = 101  # of a curve over all shares of images
NEAR = 0.05  # half the way between two columns of ten per cent


@dataclass(frozen=True, eq=False)
class Reliability:
    """A model's confidence against its accuracy on n images. ece: 0..1, of the same bins. None of it without images."""

    bins: ReliabilityBins
    ece: float
    accuracy: float
    confidence: float
    n: int


def rows_in_view(reader: Reader, model: ModelPredictions, selection: Selection, images: str = HELD_OUT) -> Ints:
    """(m,) ids of the images in view that the model is judged on."""
    rows, in_view = model.rows(images), mask_of(reader, selection)
    return np.flatnonzero(rows if in_view is None else rows & in_view)


def reliability(
    reader: Reader, model: ModelPredictions, selection: Selection, binning: Binning = "mass", images: str = HELD_OUT
) -> Reliability | None:
    """Fifteen bins of confidence, as few as there are images; None without any."""
    ids = rows_in_view(reader, model, selection, images)
    if not len(ids):
        return None
    # Sorted beforehand the quick way: what sorts them again then finds them in order, five times as fast.
    ids = ids[stable_order(model.confidence[ids])]
    confidence, correct = model.confidence[ids].astype(np.float64), model.correct[ids]
    bins = reliability_bins(confidence, correct, min(BINS, len(ids)), binning)
    ece = float(np.abs(bins.accuracy - bins.confidence) @ bins.n / len(ids))
    return Reliability(bins, ece, float(correct.mean()), float(confidence.mean()), len(ids))


def gap_in_words(found: Reliability) -> str:
    """What follows from a reliability diagram: whether the model is too sure, by how much, and where most."""
    gap = found.confidence - found.accuracy
    low, high = wilson(round(found.accuracy * found.n), found.n)
    bins = found.bins
    apart = (bins.accuracy_low > bins.confidence) | (bins.accuracy_high < bins.confidence)
    where = (
        f"; in {count(int(apart.sum()))} of {count(len(bins.n))} bins it lies outside the interval of accuracy, "
        f"by chance in about {len(bins.n) / 20:.1g}"
    )
    if low <= found.confidence <= high:
        return f"on the whole as sure as right, {percent(found.confidence)} against {percent(found.accuracy)}{where}"
    kind = "over" if gap > 0 else "under"
    return f"{kind}confident: {percent(found.confidence)} sure and {percent(found.accuracy)} right{where}"


MSP, ENTROPY = "MSP", "entropy"
"""What says which predictions are the least sure."""


@dataclass(frozen=True, eq=False)
class Rejection:
    """What refusing the least sure images buys. Arrays (p,).

    rejected: shares in 0..1. accuracy: of what is kept, low and high its 95 % Wilson interval. kept: images.
    """

    rejected: Floats
    kept: Ints
    accuracy: Floats
    low: Floats
    high: Floats
    n: int

    @property
    def estimates(self) -> list[Estimate]:
        """The accuracy at each share."""
        return share_estimates(self.accuracy, self.low, self.high, self.kept)

    @property
    def coverage(self) -> Floats:
        """(p,) share of images that is kept."""
        return self.kept / self.n

    def near(self, share: float) -> int | None:
        """The point at which about that share is rejected; None where so few images are there that none is near."""
        at = int(np.abs(self.rejected - share).argmin())
        return at if abs(self.rejected[at] - share) <= NEAR else None


def refusal(
    reader: Reader, model: ModelPredictions, selection: Selection, images: str = HELD_OUT, by: str = MSP
) -> Rejection | None:
    """The curve at a hundred shares; None without images. by: MSP, the maximum softmax probability, or ENTROPY."""
    ids = rows_in_view(reader, model, selection, images)
    n = len(ids)
    if not n:
        return None
    sure = -model.entropy[ids] if by == ENTROPY else model.confidence[ids]
    _, risk = risk_coverage_curve(sure, model.correct[ids])
    shares = np.linspace(0, 0.99, min(POINTS - 1, n))
    kept = np.maximum(1, np.round((1 - shares) * n).astype(int))
    accuracy = 1 - risk[kept - 1]
    return Rejection(1 - kept / n, kept, accuracy, *wilson(accuracy * kept, kept), n)


@dataclass(frozen=True, eq=False)
class WhenWrong:
    """How sure a model is of its n errors, and of its right predictions. (5,) each: 5, 25, 50, 75 and 95 per cent.

    confidence: in 0..1. entropy: nats.
    """

    n: int
    confidence: Floats
    entropy: Floats
    right_confidence: Floats
    right_entropy: Floats


QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def when_wrong(
    reader: Reader, model: ModelPredictions, selection: Selection, images: str = HELD_OUT
) -> WhenWrong | None:
    """Quantiles over the misclassified and over the other images in view; None unless there are both."""
    ids = rows_in_view(reader, model, selection, images)
    correct = model.correct[ids]
    wrong, right = ids[~correct], ids[correct]
    if not len(wrong) or not len(right):
        return None
    return WhenWrong(
        len(wrong), *(np.quantile(values[rows], QUANTILES) for rows in (wrong, right)
                      for values in (model.confidence, model.entropy))
    )  # fmt: skip
