"""Images as points of a plane, as a figure draws them: each one up to five thousand, a grid of cells beyond."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...maths.plane import CellGrid, cells, counts, frame_of
from ...store import lookups
from ...types import Bools, Floats, Ints
from ..view.reader import Reader

MOST_POINTS = 5000
CELLS = 120
TRIMMED = 0.0005
"""Share of a million points that may lie beyond each side of a grid, which one far point would otherwise stretch."""


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points with their place. ids, x, y: (m,), image numbers and coordinates, all finite.

    cell: (m,) each point's cell, outside the frame one more than the last; counts: (rows, columns) points in each.
    """

    ids: Ints
    x: Floats
    y: Floats
    grid: CellGrid
    cell: Ints
    counts: Ints

    @property
    def as_points(self) -> bool:
        """Whether there are few enough to draw each."""
        return len(self.ids) <= MOST_POINTS

    @property
    def outside(self) -> int:
        """Points that the grid does not show."""
        return len(self.ids) - int(self.counts.sum())


def cloud(x: Floats, y: Floats, mask: Bools | None) -> Cloud:
    """The points in view that have both coordinates. x, y: (n,) of all images. mask: (n,), None for all."""
    placed = np.isfinite(x) & np.isfinite(y)
    ids = np.flatnonzero(placed if mask is None else placed & mask).astype(np.int32)
    x, y = (x, y) if len(ids) == len(x) else (x[ids], y[ids])
    many = len(ids) > MOST_POINTS
    grid = CellGrid(frame_of(x, y, trimmed=TRIMMED if many else 0.0), CELLS, CELLS)
    cell = cells(grid, x, y)
    return Cloud(ids, x, y, grid, cell, counts(grid, cell))


def hover_texts(reader: Reader, ids: Sequence[int]) -> list[tuple[str, str]]:
    """Key and given label of each image, for figures that draw every point; "unlabelled" where there is none."""
    rows = lookups.image_rows(reader.hub, ids)
    return [(row["key"], reader.class_name(row["label"]) or "unlabelled") for row in rows]
