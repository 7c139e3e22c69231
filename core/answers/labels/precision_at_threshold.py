"""How many suspects are really wrong labels: by reviews, by true labels where evaluating had them, or by estimate.

Each function is one of the three. True labels are never read here: `hardlook evaluate` kept what they say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...metrics.intervals import share_estimate
from ...reviews.verdicts import verdicts
from ...store import views
from ...store.metrics import PRECISION_RECALL, read_metrics
from ...types import TRAIN_SPLIT, Bools, Estimate, Floats, Ints
from ..view.journal import reading
from ..view.reader import Reader
from .noise_rate import newest_suspicion, nothing_to_go_by
from .suspects import Suspects

FEWEST_REVIEWED = 10
NEAR = 0.2
"""A precision that was measured at so many images is shown for a cut of nearly as many: within this share of them."""


def estimated(probability: Floats | None, ids: Ints) -> Estimate | None:
    """Share of these suspects whose label is wrong by suspicion: the mean of its probabilities over them.

    None without suspicion, or without an image that has one. probability: (n,) of being wrong. Nothing was counted, so
    there is no interval: how far the probabilities are off, only reviews show.
    """
    if probability is None:
        return None
    known = probability[ids]
    known = known[~np.isnan(known)]
    return Estimate(float(known.mean(dtype=np.float64)), n=len(known), unit="share") if len(known) else None


def suspicion_values(reader: Reader) -> Floats | None:
    """(n,) the newest suspicion as probabilities; None if there is none, or it had nothing to go by."""
    info = newest_suspicion(reader)
    return None if info is None or nothing_to_go_by(reader) else views.score(reader.hub, info.address)


def reviewed(reader: Reader, ids: Ints, at: int) -> Estimate | None:
    """Of the suspects that people decided on up to entry `at`, the share whose label is wrong by `verdicts`; None for
    fewer than ten. It is the precision of the suspects that were looked at, which are seldom a random sample."""
    with reading(reader.hub.audit) as journal:
        if journal is None or at == 0:
            return None
        decided, wrong = verdicts(reader.hub, journal, at)
    n = int(np.count_nonzero(decided[ids]))
    return share_estimate(int(np.count_nonzero(wrong[ids])), n) if n >= FEWEST_REVIEWED else None


def measured(reader: Reader, address: str) -> list[Estimate]:
    """Precision against true labels among the first n images of the training split, n rising; [] where unknown."""
    rows = read_metrics(reader.hub, PRECISION_RECALL)
    return sorted(
        (row.estimate for row in rows if row.subject == address and row.estimate.n), key=lambda estimate: estimate.n
    )


def nearest(precision: Sequence[Estimate], n: int) -> Estimate | None:
    """The precision measured at about so many images, None where none was."""
    closest = min(precision, key=lambda estimate: abs(estimate.n - n), default=None)
    return closest if closest and abs(closest.n - n) <= NEAR * n else None


@dataclass(frozen=True)
class CutLine:
    """What a cut at `value` would list: n images, an estimate and a measurement of how many are wrong, where known."""

    value: float
    n: int
    estimated: Estimate | None
    measured: Estimate | None


def cut_lines(reader: Reader, found: Suspects, view: Bools | None, sizes: Sequence[int]) -> list[CutLine]:
    """Cuts that list about so many of the images in view (n,), the shortest list first.

    Measured precision is of the training split's order, so it stands beside cuts only where the view holds all of it.
    """
    order = found.order if view is None else found.order[view[found.order]]
    probability, truth = suspicion_values(reader), measured(reader, found.address)
    train = reader.split_codes == reader.splits.index(TRAIN_SPLIT) if TRAIN_SPLIT in reader.splits else None
    if view is not None and train is not None and not view[train].all():
        truth = []
    lines: list[CutLine] = []
    for size in sizes:
        if size > len(order):
            break
        value = float(found.values[order[size - 1]])
        n = int(np.count_nonzero(found.values[order] >= value))  # ties with the last one are listed too
        above = order[:n]
        in_train = n if train is None else int(np.count_nonzero(train[above]))
        line = CutLine(value, n, estimated(probability, above), nearest(truth, in_train))
        if not lines or lines[-1].n != n:
            lines.append(line)
    return lines
