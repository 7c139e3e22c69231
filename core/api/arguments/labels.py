"""Labels as people have them, as the codes that scorers count with, and back: what came as text goes back as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dataset.labels import class_order
from ...errors import BadInput
from ...types import UNLABELLED, Bools, Ints
from .arrays import Rows, Wanted, as_array, bools, describe, missing, refusal, shaped

LABELS = "one label an image, (n,): text, or whole numbers of 0 or more; None, NaN, '' and -1 say that there is none"
CLASSES = "the names of the classes in the order of their numbers, each once"
FIT = Wanted("(n,) True for the images to learn from", 1)
_LARGEST = np.iinfo(np.int32).max  # what the store can hold


@dataclass(frozen=True, eq=False)
class GivenLabels:
    """Labels as codes. codes: (n,) int64 in 0..K-1, UNLABELLED where there is none. classes: (K,) what each code is.

    text: whether the labels came as text.
    """

    codes: Ints
    classes: tuple[Any, ...]
    text: bool

    @property
    def rows(self) -> Rows:
        """As many as every other argument must have."""
        return Rows(len(self.codes), "labels")

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self.classes)

    def named(self, codes: Ints) -> NDArray[Any]:
        """(m,) labels as they came: text and None in an array of objects, or whole numbers and -1."""
        if self.text:
            names = np.array([*self.classes, None], dtype=object)  # UNLABELLED is the last
            return np.asarray(names[codes])
        return np.array([*self.classes, UNLABELLED], np.int64)[codes]


def read_labels(
    name: str, value: Any, like: Rows | None = None, *, classes: Any = None, columns: int | None = None
) -> GivenLabels:
    """Labels of any kind. Raises BadInput where they are none, or of no class.

    classes: their names in order; then whole numbers are positions among them. columns: how many a model's
    probabilities have; then whole numbers are columns, and text needs classes. Without either, whole numbers are names
    of classes like any other, and the classes are those that occur.
    """
    declared = None if classes is None else read_classes(classes, columns)
    values, text = _values(name, value, like)
    present = {one for one in values if one is not None}
    if not present:
        raise BadInput(f"{name} has no label: all {len(values):,} are missing.", f"Give {LABELS}.")
    if text:
        if declared is None and columns is not None:
            raise BadInput(
                f"{name} is text, such as {next(iter(present))!r}, and the {columns} columns of the probabilities have "
                "no names.",
                f"Give classes: {CLASSES}.",
            )
        names: tuple[Any, ...] = declared or class_order(present)
    elif declared is not None or columns is not None:
        names = tuple(range(len(declared) if declared is not None else columns or 0))
    else:
        names = tuple(sorted(present))
    place = {one: code for code, one in enumerate(names)}
    strange = next((row for row, one in enumerate(values) if one is not None and one not in place), None)
    if strange is not None:
        among = f"the classes {', '.join(map(str, names[:5]))}{', …' if len(names) > 5 else ''}"
        raise BadInput(f"{name} has {values[strange]!r} in row {strange}, which is none of {among}.", f"Give {LABELS}.")
    codes = np.array([UNLABELLED if one is None else place[one] for one in values], np.int64)
    return GivenLabels(codes, names, text)


def without_labels(n: int) -> GivenLabels:
    """Those of n images that have none."""
    return GivenLabels(np.full(n, UNLABELLED), (0,), text=False)


def read_fit(value: Any, labels: GivenLabels) -> Bools:
    """(n,) bool, images to learn from: all, or those that are named. Raises BadInput where none of them has a label."""
    everything = np.ones(len(labels.codes), bool)
    fit = everything if value is None else bools("fit", value, FIT, labels.rows)
    if not (fit & (labels.codes != UNLABELLED)).any():
        raise BadInput("fit leaves no image with a label to learn from.", f"Give {FIT.text}.")
    return fit


def _values(name: str, value: Any, like: Rows | None) -> tuple[list[Any], bool]:
    """Text or whole numbers, None where there is no label, and whether they are text."""
    array = as_array(name, value, LABELS)
    if array.ndim == 2 and array.shape[1] > 1:
        raise refusal(name, array, LABELS, "which is several columns: .argmax(axis=1) makes labels of one-hot rows")
    shaped(name, array, value, Wanted(LABELS, 1), like)
    if array.dtype.kind not in "biufOUT":
        raise refusal(name, array, LABELS)
    if array.dtype.kind in "iu" and not _any_strange(array):
        return [None if one == UNLABELLED else one for one in array.tolist()], False
    values = [None if missing(one) or (isinstance(one, str) and not one.strip()) else one for one in array.tolist()]
    kinds = {isinstance(one, str) for one in values if one is not None}
    if len(kinds) > 1:
        row = next(row for row, one in enumerate(values) if one is not None and not isinstance(one, str))
        raise BadInput(f"{name} is text, but for {describe(values[row])} in row {row}.", f"Give {LABELS}.")
    if kinds == {True}:
        return [None if one is None else str(one) for one in values], True
    return [_whole(name, one, row) for row, one in enumerate(values)], False


def _any_strange(array: NDArray[Any]) -> bool:
    return bool(((array < UNLABELLED) | (array > _LARGEST)).any())


def _whole(name: str, one: Any, row: int) -> int | None:
    if one is None or (not isinstance(one, bool) and one == UNLABELLED):
        return None
    is_whole = isinstance(one, Integral) or (isinstance(one, float) and one.is_integer())
    if not is_whole or not 0 <= one <= _LARGEST:
        raise BadInput(f"{name} has {describe(one)} in row {row}, which is no label.", f"Give {LABELS}.")
    return int(one)


def read_classes(classes: Any, columns: int | None = None) -> tuple[str, ...]:
    """Names of classes in order. columns: how many there must be. Raises BadInput."""
    array = as_array("classes", classes, CLASSES)
    shaped("classes", array, classes, Wanted(CLASSES, 1), None)
    names: Sequence[Any] = array.tolist()
    wrong = next((one for at, one in enumerate(names) if not isinstance(one, str) or one in names[:at]), None)
    if wrong is not None:
        again = ", which is there twice" if isinstance(wrong, str) else ", which is no text"
        raise BadInput(f"classes has {describe(wrong)}{again}.", f"Give {CLASSES}.")
    if columns is not None and len(names) != columns:
        raise BadInput(f"classes has {len(names)} names, and probabilities {columns} columns.", f"Give {CLASSES}.")
    return tuple(names)
