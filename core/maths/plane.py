"""Points in a plane: which lie inside a box or a drawn outline, and how many, or of what mean, in each cell of a grid.

Everything is a pass or a few over plain arrays, because a browser draws neither a million points nor sends them back:
figures get the grid, and a selection arrives as its geometry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import Bools, Floats, Ints


@dataclass(frozen=True)
class Box:
    """An upright rectangle, its border included; ends may be infinite."""

    left: float
    right: float
    bottom: float
    top: float


@dataclass(frozen=True)
class Outline:
    """A closed polygon. x, y: its corners in order, the last joined to the first."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    @property
    def box(self) -> Box:
        """The smallest box that holds it."""
        return Box(min(self.x), max(self.x), min(self.y), max(self.y))


Shape = Box | Outline


def inside(shape: Shape, x: Floats, y: Floats) -> Bools:
    """(n,) which points lie in the shape; a point with NaN lies in none. x, y: (n,).

    An outline that crosses itself holds what a ray leaves by an odd number of edges. Which side a point exactly on an
    edge falls to depends on the edge.
    """
    if isinstance(shape, Box):
        return np.asarray((x >= shape.left) & (x <= shape.right) & (y >= shape.bottom) & (y <= shape.top))
    found = inside(shape.box, x, y)
    near = np.flatnonzero(found)  # the costly test only where the box does not already answer
    px, py = x[near].astype(np.float64), y[near].astype(np.float64)
    odd = np.zeros(len(near), bool)
    ends = zip(shape.x, shape.y, np.roll(shape.x, -1), np.roll(shape.y, -1), strict=True)
    for ax, ay, bx, by in ends:
        if ay == by:
            continue  # a ray to the right never crosses a level edge
        crosses = (ay > py) != (by > py)
        at = np.flatnonzero(crosses)
        odd[at] ^= px[at] < ax + (py[at] - ay) * ((bx - ax) / (by - ay))
    found[near] = odd
    return found


@dataclass(frozen=True)
class CellGrid:
    """Equal cells over a box. columns x rows of them."""

    frame: Box
    columns: int
    rows: int

    @property
    def x(self) -> Floats:
        """(columns,) middles of the cells."""
        return _middles(self.frame.left, self.frame.right, self.columns)

    @property
    def y(self) -> Floats:
        """(rows,) middles of the cells."""
        return _middles(self.frame.bottom, self.frame.top, self.rows)


def cells(grid: CellGrid, x: Floats, y: Floats) -> Ints:
    """(n,) int32 the cell of each point, counted along the rows from the lower left; `columns * rows` outside all."""
    frame = grid.frame
    with np.errstate(invalid="ignore"):
        column = (x - np.float32(frame.left)) * np.float32(grid.columns / (frame.right - frame.left))
        row = (y - np.float32(frame.bottom)) * np.float32(grid.rows / (frame.top - frame.bottom))
        outside = ~((column >= 0) & (column <= grid.columns) & (row >= 0) & (row <= grid.rows))
    column[outside], row[outside] = 0, 0
    # The upper border joins the last cell, not a new one.
    columns = np.minimum(column.astype(np.int32), grid.columns - 1)
    cell = np.minimum(row.astype(np.int32), grid.rows - 1) * np.int32(grid.columns) + columns
    cell[outside] = grid.columns * grid.rows
    return cell


def counts(grid: CellGrid, cell: Ints) -> Ints:
    """(rows, columns) points in each cell. cell: (n,) as `cells` gives them."""
    size = grid.columns * grid.rows
    return np.bincount(cell, minlength=size + 1)[:size].reshape(grid.rows, grid.columns)


def means(grid: CellGrid, cell: Ints, values: Floats) -> Floats:
    """(rows, columns) mean value of the points in each cell that have one, NaN where none has. values: (n,)."""
    known = ~np.isnan(values)
    cell, values = (cell, values) if known.all() else (cell[known], values[known])
    size = grid.columns * grid.rows
    total = np.bincount(cell, weights=values, minlength=size + 1)[:size]
    n = np.bincount(cell, minlength=size + 1)[:size]
    mean = np.divide(total, n, out=np.full(size, np.nan), where=n > 0)
    return np.asarray(mean.reshape(grid.rows, grid.columns))


def commonest(grid: CellGrid, cell: Ints, codes: Ints, n_codes: int) -> Ints:
    """(rows, columns) the code that most points of each cell have, the lower of equal ones; -1 in an empty cell.

    codes: (n,) in 0..n_codes-1.
    """
    size = grid.columns * grid.rows
    flat = np.bincount(cell * np.int64(n_codes) + codes, minlength=(size + 1) * n_codes)[: size * n_codes]
    found = flat.reshape(size, n_codes)
    return np.where(found.any(axis=1), found.argmax(axis=1), -1).reshape(grid.rows, grid.columns)


def frame_of(x: Floats, y: Floats, *, trimmed: float = 0.0, margin: float = 0.03) -> Box:
    """The box that holds the points, with a margin as a share of its sides.

    trimmed: share of points at either end of either axis that may lie outside, so that a far one does not press the
    others into a corner. Points with NaN or infinity do not count. A box without extent gets one.
    """
    left, right = _ends(x, trimmed, margin)
    bottom, top = _ends(y, trimmed, margin)
    return Box(left, right, bottom, top)


def _ends(values: Floats, trimmed: float, margin: float) -> tuple[float, float]:
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    low, high = (float(end) for end in np.quantile(values, [trimmed, 1 - trimmed]))
    if high <= low:
        return low - 0.5, low + 0.5
    return low - margin * (high - low), high + margin * (high - low)


def _middles(start: float, end: float, n: int) -> Floats:
    return np.asarray(start + (np.arange(n) + 0.5) * (end - start) / n)
