"""What the numbers of a file of predictions are, which rows of them cannot be used, and their logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInput, TwoReadings
from ...types import Bools, Floats, Ints
from ...wording import some_of

Kind = Literal["probabilities", "logits", "percent", "sigmoid", "top-k"]
AUTO = "auto"
KINDS = (AUTO, *get_args(Kind))
MEANING: dict[str, str] = {
    "probabilities": "probabilities, rows sum to 1",
    "logits": "logits, a softmax makes them probabilities",
    "percent": "per cent, divided by 100",
    "sigmoid": "a chance of its own for each class, divided by the row's sum: the classes' order stays, "
    "confidence and calibration are those of the divided numbers",
    "top-k": "probabilities of the best classes, what a row lacks to 1 spread evenly over its zeros: the best "
    "classes keep their probability, loss and entropy are approximate",
}
SUM_TOLERANCE = 0.01  # of a row of probabilities: rounded to three digits, ten classes are off by half of it
PERCENT = 100.0
LEAST_PROBABILITY = 1e-12  # as the scorers count a probability of 0
LARGEST = float(np.finfo(np.float32).max)  # what the store can hold
MOST = 0.9  # of the rows: what nearly all are, they are


@dataclass(frozen=True)
class RowFacts:
    """What decides whether rows can be used, and how.

    finite, negative: (m,) bool. total: (m,) sum; lowest, highest: (m,); all NaN where not finite. zeros: (m,) int,
    how many numbers are 0; least: (m,) the smallest above 0. top: (m,) int, the column with the largest number, the
    first of several.
    """

    finite: Bools
    negative: Bools
    total: Floats
    lowest: Floats
    highest: Floats
    zeros: Ints
    least: Floats
    top: Ints


def row_facts(values: NDArray[Any]) -> RowFacts:
    """Facts of (m, k) numbers."""
    numbers = np.asarray(values, dtype=np.float64)
    finite = np.asarray((np.abs(numbers) <= LARGEST).all(axis=1))
    usable = np.where(finite[:, None], numbers, 0.0)

    def where_finite(figures: Floats) -> Floats:
        return np.asarray(np.where(finite, figures, np.nan))

    return RowFacts(
        finite,
        np.asarray((usable < 0).any(axis=1)),
        where_finite(usable.sum(axis=1)),
        where_finite(usable.min(axis=1)),
        where_finite(usable.max(axis=1)),
        (usable == 0).sum(axis=1),
        np.where(usable > 0, usable, np.inf).min(axis=1),
        usable.argmax(axis=1),
    )


def settle_kind(facts: RowFacts, asked: str, what: str = "the file") -> Kind:
    """What the numbers are.

    Asked "auto": probabilities if most rows are non-negative and sum to 1, logits if numbers are negative or exceed 1.
    Raises BadInput on another `asked`, and TwoReadings on numbers that would pass for something they may not be: all
    in 0..1 with other sums (sigmoids, or probabilities cut to the best), and rows that sum to 100 or another number.
    """
    if asked not in KINDS:
        raise BadInput(f"There is no kind of predictions {asked!r}.", f"Pass --kind {', '.join(KINDS)}.")
    if asked != AUTO:
        return asked  # type: ignore[return-value]
    rows = facts.finite
    half = rows.sum() / 2
    usable = rows & ~facts.negative
    if not half or (usable & _near(facts.total, 1.0)).sum() >= half:
        return "probabilities"
    if usable.sum() < half:
        return "logits"
    if (usable & _near(facts.total, PERCENT)).sum() >= half:
        raise TwoReadings(
            f"The rows of {what} sum to 100: they are per cent.", [("per cent", "--kind percent"), *_AS_LOGITS]
        )
    if (usable & (facts.highest <= 1 + SUM_TOLERANCE)).sum() > MOST * rows.sum():
        sums = facts.total[usable]
        raise TwoReadings(
            f"The numbers in {what} lie in 0..1 and the rows sum to {sums.min():.4g} up to {sums.max():.4g}, not to 1.",
            [
                ("a chance of its own for each class", "--kind sigmoid"),
                ("probabilities cut to the best classes", "--kind top-k"),
                *_AS_LOGITS,
            ],
        )
    middle = float(np.median(facts.total[usable]))
    if middle > 0 and (usable & _near(facts.total, middle)).sum() > MOST * rows.sum():
        raise TwoReadings(
            f"The rows of {what} are not negative and sum to about {middle:g}, like counts or scaled probabilities.",
            [("probabilities", f"divide them by {middle:g} and import again"), *_AS_LOGITS],
        )
    return "logits"


_AS_LOGITS = (("logits, which a softmax makes probabilities", "--kind logits"),)


def refuse_bad_rows(facts: RowFacts, kind: Kind, what: str) -> None:
    """Raise BadInput naming the rows, counted from 0, that are not finite or cannot be of this kind."""
    whole = PERCENT if kind == "percent" else 1.0
    shares = facts.finite & ~facts.negative
    faults: dict[str, Bools] = {"are not finite in 32 bits": ~facts.finite}
    if kind != "logits":
        faults["are negative"] = facts.finite & facts.negative
    if kind in ("probabilities", "percent"):
        faults[f"do not sum to {whole:g}"] = shares & ~_near(facts.total, whole)
    if kind in ("sigmoid", "top-k"):
        faults["exceed 1"] = shares & (facts.highest > 1 + SUM_TOLERANCE)
        faults["are all 0"] = shares & (facts.highest <= 0)
    if kind == "top-k":
        faults["sum to more than 1"] = shares & (facts.total > 1 + SUM_TOLERANCE)
        # What was cut off cannot have been above what was kept.
        room = facts.zeros * facts.least + SUM_TOLERANCE
        faults["lack more to 1 than their zeros can have had"] = shares & (1 - facts.total > room)
    for fault, rows in faults.items():
        if rows.any():
            raise BadInput(
                f"{what} has {int(rows.sum()):,} rows of {kind} that {fault}, counted from 0: "
                f"{some_of(np.flatnonzero(rows).tolist())}.",
                "Mend these rows, leave them out and align by --id-key, or say what they are with --kind.",
            )


def doubts(facts: RowFacts, kind: Kind) -> tuple[str, ...]:
    """What may surprise about numbers that are usable, in words."""
    said = []
    if kind == "probabilities" and np.all(facts.highest == 1) and np.all(facts.total == 1):
        said.append("every row is one 1 and zeros: these are decisions, so confidence and calibration say nothing")
    if kind == "logits" and facts.lowest.min() >= -1 and facts.highest.max() <= 1:
        said.append(
            "all numbers lie in -1..1, as cosine similarities do, and a softmax makes those nearly equal: multiply "
            "them by the model's scale first"
        )
    if kind == "logits" and not facts.negative.any():
        said.append("no number is negative: if they are not logits, say what they are with --kind")
    return tuple(said)


def to_logits(values: NDArray[Any], kind: Kind) -> Floats:
    """(m, k) float64 logits of checked rows: probabilities as their logarithms, so that a softmax gives them back."""
    numbers: Floats = np.asarray(values, dtype=np.float64)
    if kind == "logits":
        return numbers
    if kind == "percent":
        numbers = numbers / PERCENT
    if kind == "top-k":
        numbers = _spread(numbers)
    if kind == "sigmoid":
        total = numbers.sum(axis=1, keepdims=True)
        numbers = numbers / np.where(total > 0, total, 1.0)
    return np.log(np.maximum(numbers, LEAST_PROBABILITY))


def _spread(numbers: Floats) -> Floats:
    """What each row lacks to 1, evenly over its zeros. It is the model's own only in sum."""
    zero = numbers == 0
    lacking = np.maximum(1 - numbers.sum(axis=1, keepdims=True), 0.0)
    return np.where(zero, lacking / np.maximum(zero.sum(axis=1, keepdims=True), 1), numbers)


def _near(total: Floats, target: float) -> Bools:
    return np.asarray(np.abs(total - target) <= SUM_TOLERANCE * target)
