"""How many suspects are really wrong labels: by reviews, by true labels where evaluating had them, or by estimate.

Each figure says which of the three it is. True labels are never read here: `hardlook evaluate` kept what they say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...metrics.intervals import wilson
from ...reviews import CONFIRMED, RELABELLED, states_of
from ...reviews.classes import class_changes
from ...store import lookups, tallies, views
from ...store.metrics import PRECISION_RECALL
from ...types import TRAIN_SPLIT, Bools, Floats, Ints
from ..view.journal import reading
from ..view.reader import Reader
from .suspects import Suspects

SUSPICION = "suspicion"
FEWEST_REVIEWED = 10
NEAR = 0.2
"""A precision that was measured at so many images is shown for a cut of nearly as many: within this share of them."""


@dataclass(frozen=True)
class SuspectPrecision:
    """Share of n suspects whose label is wrong, with its 95 % Wilson interval, and what says so."""

    share: float
    low: float
    high: float
    n: int
    by: str


def estimated(probability: Floats | None, ids: Ints) -> SuspectPrecision | None:
    """The mean of suspicion's own probabilities over these images; None without it, or without an image that has one.

    probability: (n,) of being wrong. The interval is of as many wrong labels among as many images: it knows nothing of
    probabilities that are off.
    """
    if probability is None:
        return None
    known = probability[ids]
    known = known[~np.isnan(known)]
    return _precision(float(known.sum()), len(known), "suspicion's probabilities") if len(known) else None


def suspicion_values(reader: Reader) -> Floats | None:
    """(n,) the newest suspicion, None if there is none."""
    info = next((info for info in reversed(reader.scores) if info.name == SUSPICION), None)
    return None if info is None else views.score(reader.hub, info.address)


def reviewed(reader: Reader, ids: Ints, at: int) -> SuspectPrecision | None:
    """Of the suspects that people decided on up to entry `at`, the share whose label they changed; None for fewer than
    ten. It is the precision of the suspects that were looked at, which are seldom a random sample."""
    with reading(reader.hub.audit) as journal:
        if journal is None or at == 0:
            return None
        states = states_of(journal, [row["key"] for row in lookups.image_rows(reader.hub, ids)], at)
        changes = class_changes(journal, at)
    judged = {key: state for key, state in states.items() if state.verdict in (CONFIRMED, RELABELLED)}
    if len(judged) < FEWEST_REVIEWED:
        return None
    given = {
        row["key"]: changes.name_now(reader.class_name(row["label"]), 0) for row in lookups.image_rows(reader.hub, ids)
    }
    wrong = sum(state.label != given[key] for key, state in judged.items())
    return _precision(wrong, len(judged), f"{len(judged)} reviews")


@dataclass(frozen=True, eq=False)
class MeasuredPrecision:
    """Precision against true labels among the first images of the training split. n: (g,) rising; the others (g,)."""

    n: Ints
    share: Floats
    low: Floats
    high: Floats

    def at(self, n: int) -> SuspectPrecision | None:
        """The precision measured at about so many images, None where none was."""
        nearest = int(np.argmin(np.abs(self.n - n)))
        if abs(int(self.n[nearest]) - n) > NEAR * n:
            return None
        share, low, high = (float(column[nearest]) for column in (self.share, self.low, self.high))
        return SuspectPrecision(share, low, high, int(self.n[nearest]), "true labels")


def measured(reader: Reader, address: str) -> MeasuredPrecision | None:
    """What `evaluate` found against true labels, None where there are none."""
    rows = [row for row in tallies.metric_rows(reader.hub, PRECISION_RECALL) if row["subject"] == address]
    newest = {row["slice"]: row for row in rows if row["n"]}  # oldest first: a later evaluation replaces an earlier
    if not newest:
        return None
    ordered = sorted(newest.values(), key=lambda row: row["n"])
    columns = {name: np.array([row[name] for row in ordered]) for name in ("n", "value", "low", "high")}
    return MeasuredPrecision(columns["n"], columns["value"], columns["low"], columns["high"])


@dataclass(frozen=True)
class CutLine:
    """What a cut at `value` would list: n images, an estimate and a measurement of how many are wrong, where known."""

    value: float
    n: int
    estimated: SuspectPrecision | None
    measured: SuspectPrecision | None


def cut_lines(reader: Reader, found: Suspects, view: Bools | None, sizes: Sequence[int]) -> list[CutLine]:
    """Cuts that list about so many of the images in view (n,), the shortest list first.

    Measured precision is of the training split's order, so it stands beside cuts only where the view holds all of it.
    """
    order = found.order if view is None else found.order[view[found.order]]
    probability, truth = suspicion_values(reader), measured(reader, found.address)
    train = reader.split_codes == reader.splits.index(TRAIN_SPLIT) if TRAIN_SPLIT in reader.splits else None
    if view is not None and train is not None and not view[train].all():
        truth = None
    lines: list[CutLine] = []
    for size in sizes:
        if size > len(order):
            break
        value = float(found.values[order[size - 1]])
        n = int(np.count_nonzero(found.values[order] >= value))  # ties with the last one are listed too
        above = order[:n]
        in_train = n if train is None else int(np.count_nonzero(train[above]))
        line = CutLine(value, n, estimated(probability, above), truth.at(in_train) if truth else None)
        if not lines or lines[-1].n != n:
            lines.append(line)
    return lines


def _precision(wrong: float, n: int, by: str) -> SuspectPrecision:
    low, high = wilson(wrong, n)
    return SuspectPrecision(wrong / n, float(low), float(high), n, by)
