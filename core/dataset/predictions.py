"""Predictions made elsewhere, fitted to an audit: which row is which image, which column which class, what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput
from ..types import Bools, Floats, Ints

Kind = Literal["probabilities", "logits"]
SUM_TOLERANCE = 0.01  # of a row of probabilities: rounded to three digits, ten classes are off by half of it
PERCENT = 100.0
LEAST_PROBABILITY = 1e-12  # as the scorers count a probability of 0
SHOWN = 5


@dataclass(frozen=True)
class ClassColumns:
    """Which column each class has. order: (n_classes,) int. how: in words. ignored: names of columns of no class."""

    order: Ints
    how: str
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class RowMatch:
    """Which row each image has. rows: (n,) int, -1 for an image without one. how: in words.

    unknown: ids of rows that belong to no image.
    """

    rows: Ints
    how: str
    unknown: tuple[str, ...]


def match_classes(columns: Sequence[str] | None, width: int, classes: Sequence[str], what: str) -> ClassColumns:
    """Columns by class name, or in the audit's order where no column is named like a class.

    width: how many columns there are. what: the thing that has them, for messages.
    Raises BadInput where a class has no column, or where columns without names are not as many as the classes.
    """
    place = {name: i for i, name in enumerate(columns or ())}
    missing = [name for name in classes if name not in place]
    if not missing:
        ignored = tuple(name for name in place if name not in set(classes))
        return ClassColumns(np.array([place[name] for name in classes]), "by name", ignored)
    if len(missing) < len(classes):
        raise BadInput(f"{what} has no column for {_some(missing)}.", "Give every class of the audit a column.")
    if width != len(classes):
        raise BadInput(
            f"{what} has {width} columns, and the audit has {len(classes)} classes: {_some(classes)}.",
            "Give one column per class, named like the classes or in their order.",
        )
    return ClassColumns(np.arange(width), "in the audit's order", ())


def match_by_id(ids: Sequence[str], keys: Sequence[str], what: str) -> RowMatch:
    """Rows by the images' keys. Raises BadInput on an id that stands twice, and where no id is a key."""
    place: dict[str, int] = {}
    twice = []
    for row, identity in enumerate(ids):
        if identity in place:
            twice.append(identity)
        place[identity] = row
    if twice:
        raise BadInput(f"{what} has {len(twice):,} ids more than once: {_some(twice)}.", "Keep one row per image.")
    known = set(keys)
    unknown = tuple(identity for identity in place if identity not in known)
    if len(unknown) == len(place):
        raise BadInput(
            f"None of the {len(place):,} ids in {what} is an image of the audit: ids are like {_some(ids[:2])}, the "
            f"images' keys like {_some(keys[:2])}.",
            "Name the column of keys with --id-key, or pass --by-order if the rows are in the audit's order.",
        )
    return RowMatch(np.array([place.get(key, -1) for key in keys]), "by id", unknown)


def match_by_order(m: int, keys: Sequence[str], what: str) -> RowMatch:
    """Row i is image i. Raises BadInput unless there are as many rows as images."""
    if m != len(keys):
        raise BadInput(
            f"{what} has {m:,} rows and the audit {len(keys):,} images, so they cannot be matched by order.",
            "Add a column of the images' keys (open_audit().scores()['key'] lists them) and name it with --id-key.",
        )
    return RowMatch(np.arange(m), "by order", ())


@dataclass(frozen=True)
class RowFacts:
    """What decides whether rows can be used. finite, negative: (m,) bool. total: (m,) sum, NaN where not finite."""

    finite: Bools
    negative: Bools
    total: Floats


def row_facts(values: NDArray[Any]) -> RowFacts:
    """Facts of (m, k) numbers."""
    numbers = np.asarray(values, dtype=np.float64)
    finite = np.isfinite(numbers).all(axis=1)
    total = np.where(finite, np.where(np.isfinite(numbers), numbers, 0.0).sum(axis=1), np.nan)
    return RowFacts(np.asarray(finite), np.asarray((numbers < 0).any(axis=1)), total)


def settle_kind(facts: RowFacts, asked: str) -> Kind:
    """What the numbers are. Asked "auto": probabilities if most rows are non-negative and sum to 1, else logits.

    Raises BadInput on another `asked`, and on per cent, which would pass for logits.
    """
    if asked not in ("auto", "probabilities", "logits"):
        raise BadInput(f"There is no kind of predictions {asked!r}.", "Pass --kind probabilities, logits or auto.")
    if asked != "auto":
        return "probabilities" if asked == "probabilities" else "logits"
    usable = facts.finite & ~facts.negative
    sums_to = {total: int((usable & _near(facts.total, total)).sum()) for total in (1.0, PERCENT)}
    half = facts.finite.sum() / 2
    if half and sums_to[PERCENT] >= half:
        raise BadInput("The rows sum to 100: they are per cent.", "Divide them by 100, or pass --kind logits.")
    return "probabilities" if sums_to[1.0] >= half else "logits"


def refuse_bad_rows(facts: RowFacts, kind: Kind, what: str) -> None:
    """Raise BadInput naming the rows, counted from 0, that are not finite or, for probabilities, no distribution."""
    faults = {"are not finite": ~facts.finite}
    if kind == "probabilities":
        faults["are negative"] = facts.finite & facts.negative
        faults["do not sum to 1"] = facts.finite & ~facts.negative & ~_near(facts.total, 1.0)
    for fault, rows in faults.items():
        if rows.any():
            raise BadInput(
                f"{what} has {int(rows.sum()):,} rows of {kind} that {fault}, counted from 0: "
                f"{_some(np.flatnonzero(rows).tolist())}.",
                "Mend these rows, leave them out and align by --id-key, or say what they are with --kind.",
            )


def to_logits(values: NDArray[Any], kind: Kind) -> Floats:
    """(m, k) float64 logits: probabilities as their logarithms, so that a softmax gives them back."""
    numbers = np.asarray(values, dtype=np.float64)
    return np.log(np.maximum(numbers, LEAST_PROBABILITY)) if kind == "probabilities" else numbers


def agreement_beyond_chance(predicted: Ints, labels: Ints, n_classes: int) -> float:
    """Cohen's kappa of two (m,) labellings: 0 is what rows in a wrong order give, 1 is agreement everywhere."""
    agree = float(np.mean(predicted == labels))
    shares = [np.bincount(each, minlength=n_classes) / len(each) for each in (predicted, labels)]
    chance = float(shares[0] @ shares[1])
    return (agree - chance) / (1 - chance) if chance < 1 else 1.0


def _near(total: Floats, target: float) -> Bools:
    return np.asarray(np.abs(total - target) <= SUM_TOLERANCE * target)


def _some(names: Sequence[Any]) -> str:
    shown = ", ".join(map(repr, names[:SHOWN]))
    return f"{shown} and {len(names) - SHOWN:,} more" if len(names) > SHOWN else shown
