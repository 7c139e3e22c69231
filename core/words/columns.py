"""The columns of the images as directions: a number is large or small, a text has one of its values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..store import tallies
from ..store.database.schema import identifier
from ..store.views import Hub
from ..types import Floats, Ints

ALWAYS_THERE = ("width", "height", "bytes", "split", "mode", "format")
"""Columns of every audit that may tell images apart; the others are the user's."""
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
           "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip
TEXTS = ("VARCHAR", "BOOLEAN", "ENUM")
MOST_VALUES = 50
"""A text with more different values is a name and no kind of image."""


@dataclass(frozen=True)
class ColumnDirections:
    """values: (m, k) float32. directions: (w, k), what of them each name stands for. names: (w,)."""

    values: Floats
    directions: Floats
    names: tuple[str, ...]


def columns_of(hub: Hub, ids: Ints) -> ColumnDirections:
    """What is known of these images beside pixels and labels; what is the same for all of them tells nothing.

    A number counts by its rank, so that one of a million does not count as much as the rest together.
    """
    values: list[Floats] = []
    names: list[str] = []
    places: list[tuple[int, float]] = []
    types = tallies.column_types(hub)
    for name in (*ALWAYS_THERE, *tallies.metadata_columns(hub)):
        if types[name].startswith(NUMBERS):
            read = hub.columns(f"CAST({identifier(name)} AS DOUBLE) AS v", "items.images")["v"][ids]
            values.append(_ranks(read))
            places += [(len(values) - 1, 1.0), (len(values) - 1, -1.0)]
            names += [f"{name} is large", f"{name} is small"]
        elif types[name].startswith(TEXTS):
            for value, of_images in _by_value(hub, name, ids):
                values.append(of_images.astype(np.float32))
                places.append((len(values) - 1, 1.0))
                names.append(f"{name} is {value}")
    directions = np.zeros((len(names), len(values)), np.float32)
    for row, (place, sign) in enumerate(places):
        directions[row, place] = sign
    return ColumnDirections(np.stack(values, axis=1), directions, tuple(names))


def _by_value(hub: Hub, name: str, ids: Ints) -> list[tuple[str, NDArray[np.bool_]]]:
    """(value, which of these images have it) of a column of texts; none of one that is a name of each image."""
    counts = tallies.value_counts(hub, name, MOST_VALUES + 1)
    if len(counts) > MOST_VALUES:
        return []
    known = [value for value, _ in counts]
    code = f"CAST(coalesce(list_position(?, CAST({identifier(name)} AS VARCHAR)), 0) AS INTEGER) AS v"
    codes = hub.columns(code, "items.images", [known])["v"][ids]
    return [(value, codes == place) for place, value in enumerate(known, 1)]


def _ranks(values: NDArray[np.float64]) -> Floats:
    """Place in the order, of equal values their mean; in the middle where there is none. Divided by the number."""
    known = np.isfinite(values)
    ranks = np.full(len(values), 0.5, np.float32)
    _, place, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    ranks[known] = ((np.cumsum(counts) - (counts - 1) / 2)[place] - 0.5) / max(int(known.sum()), 1)
    return ranks
