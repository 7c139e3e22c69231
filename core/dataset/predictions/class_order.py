"""Whether columns without names are in the order of classes they are taken for: other orders are tried on the labels.

torchvision, cleanlab, scikit-learn and Keras sort class names as text, Hardlook in natural order, pandas' `factorize`
by first appearance. A network's outputs in another order than they are read in look like a bad network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment  # type: ignore[attr-defined]  # its types leave it out
from scipy.stats import binomtest  # type: ignore[attr-defined]  # its types leave it out

from ...errors import BadInput, TwoReadings
from ...types import UNLABELLED, Bools, Floats, Ints
from ..model import natural

AUDIT, HEADER, TEXT, NATURAL, CASE, APPEARANCE = "audit", "header", "text", "natural", "case", "appearance"
ORDERS = (AUDIT, HEADER, TEXT, NATURAL, CASE, APPEARANCE)
WORDS = {
    AUDIT: "the audit's order", HEADER: "the header's names", TEXT: "sorted as text", NATURAL: "in natural order",
    CASE: "sorted without regard to case", APPEARANCE: "in the order of first appearance",
}  # fmt: skip
CHANCE_OF_ERROR = 0.001  # of one import refused though its order is right, over all orders tried
MOST_CLASSES = 1000  # beyond them the best of all orders is not looked for: its cost grows with their cube
SHOWN = 4


@dataclass(frozen=True)
class ComparedOrder:
    """Agreement with the labels under one order. share: in 0..1. verdict: 1 better than the reading, with
    significance, -1 worse, 0 neither."""

    order: str
    share: float
    verdict: int


def tool_orders(classes: Sequence[str], labels: Ints) -> dict[str, Ints]:
    """Order's name -> (k,) int, the class of each column; of equal orders the first. labels: (n,), in image order."""
    distinct: dict[str, Ints] = {}
    for name, order in _all_orders(classes, labels).items():
        if not any(np.array_equal(order, other) for other in distinct.values()):
            distinct[name] = order
    return distinct


def order_named(name: str, classes: Sequence[str], labels: Ints) -> Ints:
    """(k,) int of the order that somebody asked for. Raises BadInput on another name."""
    orders = _all_orders(classes, labels)
    if name not in orders:
        raise BadInput(f"There is no order of classes {name!r}.", f"Pass --class-order {', '.join(ORDERS)}.")
    return orders[name]


def _all_orders(classes: Sequence[str], labels: Ints) -> dict[str, Ints]:
    given = labels[labels != UNLABELLED]
    seen = given[np.sort(np.unique(given, return_index=True)[1])]
    every = range(len(classes))

    def by(key: Callable[[str], Any]) -> Ints:
        return np.array(sorted(every, key=lambda c: key(classes[c])))

    return {
        AUDIT: np.array(every),
        TEXT: by(str),
        NATURAL: by(natural),
        CASE: by(lambda name: (name.casefold(), name)),
        APPEARANCE: np.concatenate([seen, np.setdiff1d(every, seen)]).astype(int),
    }


def compare_orders(
    top: Ints, labels: Ints, reading: Ints, others: Mapping[str, Ints]
) -> tuple[float, list[ComparedOrder]]:
    """The reading's agreement with the labels, and how each other order compares.

    top: (m,) int, the column with the largest number of each row. labels: (m,), no row without. reading, others:
    (k,) int, the class of each column. Two orders are compared on the rows where exactly one of them is right, by
    McNemar's exact test, one-sided at CHANCE_OF_ERROR over the number of orders.
    """
    right = reading[top] == labels
    level = CHANCE_OF_ERROR / max(len(others), 1)
    return _share(right), [
        ComparedOrder(name, _share(other[top] == labels), _paired(other[top] == labels, right, level))
        for name, other in others.items()
    ]


def best_assignment(top: Ints, labels: Ints, reading: Ints) -> Ints | None:
    """(k,) int, the class that each column agrees with most, where that is clearly better than the reading.

    Fitted on each half of the rows and tested on the other, every second row a half, because the best of all orders
    always fits its own rows better. None where it is no better.
    """
    if len(reading) > MOST_CLASSES or len(top) < 2:
        return None
    right = np.zeros(len(top), bool)
    for half in (0, 1):
        fitted = _assigned(top[half::2], labels[half::2], reading)
        right[1 - half :: 2] = fitted[top[1 - half :: 2]] == labels[1 - half :: 2]
    if _paired(right, reading[top] == labels, CHANCE_OF_ERROR) != 1:
        return None
    return _assigned(top, labels, reading)


def refuse_other_order(
    what: str, classes: Sequence[str], reading: Ints, name: str, share: float, other: str, order: Ints, better: float
) -> TwoReadings:
    """The error for columns that agree better with the labels in another order: both agreements, both options."""
    listed = [classes[c] for c in order]
    by_hand = f"--classes {','.join(listed)}" if not any("," in each for each in listed) else "--classes FILE"
    options = {each: f"--class-order {each}" if each in WORDS else by_hand for each in (name, other)}
    words = {each: WORDS.get(each, "as the labels suggest") for each in (name, other)}
    return TwoReadings(
        f"The order of the classes in {what} is not certain: {words[name]} ({_first(classes, reading, order)}) "
        f"{share:.1%} of the labels agree, {words[other]} ({_first(classes, order, reading)}) {better:.1%}, counted.",
        [(words[each], options[each]) for each in (other, name)],
    )


def agreement_beyond_chance(predicted: Ints, labels: Ints, n_classes: int) -> float:
    """Cohen's kappa of two (m,) labellings: 0 is what rows in a wrong order give, 1 is agreement everywhere."""
    agree = float(np.mean(predicted == labels))
    shares: list[Floats] = [np.bincount(each, minlength=n_classes) / len(each) for each in (predicted, labels)]
    chance = float(shares[0] @ shares[1])
    return (agree - chance) / (1 - chance) if chance < 1 else 1.0


def _assigned(top: Ints, labels: Ints, reading: Ints) -> Ints:
    """The one-to-one assignment of columns to classes with the most agreement; of equals the reading's own."""
    k = len(reading)
    counts = np.zeros((k, k))
    np.add.at(counts, (top, labels), 1)
    counts[np.arange(k), reading] += 0.5 / k
    columns, assigned = linear_sum_assignment(counts, maximize=True)
    return np.asarray(assigned[np.argsort(columns)])


def _paired(one: Bools, other: Bools, level: float) -> int:
    """1 if `one` is right more often than `other`, -1 if less often, 0 if the rows cannot tell."""
    gains, losses = int((one & ~other).sum()), int((other & ~one).sum())
    if gains == losses:
        return 0
    p = binomtest(max(gains, losses), gains + losses, 0.5, alternative="greater").pvalue
    return 0 if p >= level else 1 if gains > losses else -1


def _share(right: Bools) -> float:
    return float(right.mean()) if len(right) else float("nan")


def _first(classes: Sequence[str], order: Ints, other: Ints) -> str:
    """The classes of the first columns, from the first on which two orders differ."""
    start = max(int(np.flatnonzero(order != other)[0]) - 1, 0)
    shown = ", ".join(repr(classes[c]) for c in order[start : start + SHOWN])
    return f"{'… ' if start else ''}{shown}{', …' if start + SHOWN < len(order) else ''}"
