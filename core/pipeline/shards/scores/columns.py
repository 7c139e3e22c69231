"""Scores of a shard as a table: a row an item, with NaN for those that have none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from ....types import UNLABELLED, Floats, Ints, Neighbors, ScoreColumn

SUGGESTED, DOUBTED = ".suggested", ".doubted"
OTHERS, SIMILARITY = ".others", ".similarity"
"""Of a score that keeps similar images: lists of their numbers in the whole, and of how alike they are."""


def score_table(columns: Sequence[ScoreColumn], rows: Ints, n_items: int) -> pa.Table:
    """NAME float32, and where the score suggests, NAME.suggested int32 and NAME.doubted bool.

    rows: (m,) of the items, to which the columns' entries belong.
    """
    table: dict[str, Any] = {}
    for column in columns:
        table[column.name] = _spread(column.values.astype(np.float32), rows, n_items, np.nan)
        if column.suggested_label is not None:
            labels = column.suggested_label.astype(np.int32)
            table[column.name + SUGGESTED] = _spread(labels, rows, n_items, UNLABELLED)
        if column.doubted is not None:
            table[column.name + DOUBTED] = _spread(column.doubted, rows, n_items, False)
    return pa.table(table)


def taken(column: ScoreColumn, at: Ints) -> ScoreColumn:
    """The values and suggestions of a column at (m,) places of it."""
    suggested, doubted = column.suggested_label, column.doubted
    return replace(
        column, values=column.values[at], suggested_label=None if suggested is None else suggested[at],
        doubted=None if doubted is None else doubted[at], other_classes=None,
    )  # fmt: skip


def joined(parts: Sequence[ScoreColumn]) -> ScoreColumn:
    """One column of rows that were scored block by block."""
    first = parts[0]
    return replace(
        first, values=np.concatenate([one.values for one in parts]),
        suggested_label=None if first.suggested_label is None else np.concatenate([
            one.suggested_label for one in parts if one.suggested_label is not None
        ]),
        doubted=None if first.doubted is None else np.concatenate([
            one.doubted for one in parts if one.doubted is not None
        ]),
    )  # fmt: skip


def scores_in(table: pa.Table) -> list[str]:
    """The scores of such a table."""
    return [name for name in table.column_names if not name.endswith((SUGGESTED, DOUBTED, OTHERS, SIMILARITY))]


def spread_lists(rows: Ints, values: Floats | Ints, n_items: int) -> pa.ListArray:
    """A list for each item, most of them empty. rows: (m,) of the items, rising. values: (m,) theirs."""
    offsets = np.searchsorted(rows, np.arange(n_items + 1))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(values))


def _spread(part: Any, rows: Ints, n_items: int, fill: Any) -> Any:
    whole = np.full(n_items, fill, part.dtype)
    whole[rows] = part
    return whole


def kept_neighbors(table: pa.Table, name: str, numbers: Ints) -> Neighbors | None:
    """The pairs of similar images that a score keeps, of which both are among these; None where it keeps none.

    numbers: (n,) of the table's rows in the whole, rising. Rows are counted in the table.
    """
    if name + OTHERS not in table.column_names:
        return None
    lists, alike = (table[name + more].combine_chunks() for more in (OTHERS, SIMILARITY))
    rows = np.repeat(np.arange(len(lists)), lists.value_lengths().to_numpy())
    others, similarity = lists.flatten().to_numpy(), alike.flatten().to_numpy()
    place = np.minimum(np.searchsorted(numbers, others), len(numbers) - 1)
    here = numbers[place] == others
    return Neighbors(rows[here], place[here], similarity[here])
