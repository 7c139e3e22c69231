"""One table of a grid: which methods stand in it, each beside cross-entropy and its own controls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import command
from ..types import Estimate
from .comparing import Comparison, Figure, cell, compare
from .grids import ENTROPY, Method, TrainedGrid

UNCONTROLLED = "so that what difficulty itself adds is not known. Add control = permuted and equal to the grid file"
SHAPE = ("temperature", "c", "normalise")
SAME = ("score", "run", *SHAPE)
"""What of a difficulty has to be equal for its weights to be; the last three are how they are made of the score."""


@dataclass(frozen=True)
class GridRow:
    """A method with its figures. detail: what it varies, in words; "" where the table varies nothing.

    comparisons: with cross-entropy in the same setting, one for each figure that both have; none for that itself.
    """

    method: Method
    detail: str
    cells: tuple[Estimate, ...]
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Table:
    """One table. stands_for: which of paper A's it is on this data. missing: what it lacks, and the command for it.

    against_controls: each difficulty-aware method less each of its own controls, which is what difficulty is worth.
    """

    title: str
    stands_for: str
    figures: tuple[Figure, ...]
    rows: tuple[GridRow, ...]
    against_controls: tuple[Comparison, ...]
    missing: str = ""


Detail = Callable[[Method], str]


def build(
    grid: TrainedGrid,
    title: str,
    stands_for: str,
    figures: Sequence[Figure],
    methods: Sequence[Method],
    detail: Detail = lambda method: "",
    missing: str = "",
) -> Table:
    """A table of these methods, each compared with cross-entropy in its own setting. detail: of a method, in words."""
    rows, against = [], []
    for method in methods:
        base = grid.baseline(method)
        compared = tuple(compare(grid, method, base, one) for one in figures) if base and base != method else ()
        rows.append(GridRow(method, detail(method), tuple(cell(grid, method, one) for one in figures), compared))
    for method in (one for one in methods if one.is_weighted):
        controls = controls_of(grid, method)
        against += [compare(grid, method, control, one) for control in controls for one in figures]
        if not controls and method == grid.main(method.setting):
            missing = "; ".join(filter(None, (missing, f"no control beside {method.label}, {UNCONTROLLED}")))
    kept = tuple(one for one in against if one.pairs)
    rows = [GridRow(row.method, row.detail, row.cells, tuple(c for c in row.comparisons if c.pairs)) for row in rows]
    return Table(title, stands_for, tuple(figures), tuple(rows), kept, missing)


def methods_of(grid: TrainedGrid) -> list[Method]:
    """The methods of the usual setting, without the variants of difficulty-aware training."""
    return [one for one in grid.methods if one.setting == grid.usual and not is_variant(grid, one)]


def is_variant(grid: TrainedGrid, method: Method) -> bool:
    """Whether it has another strength, measure, encoder or temperature than the grid's usual, or is a control of such.

    Of difficulty-aware training, and of entropy regularisation another strength.
    """
    main = grid.main(method.setting)
    if method.is_control:
        return main is not None and method not in controls_of(grid, main)
    if method.loss == ENTROPY:
        return method != next(iter(entropies(grid, method)), None)
    return method.is_weighted and method != main


def entropies(grid: TrainedGrid, like: Method) -> list[Method]:
    """Entropy regularisation in the same setting at every strength, the one that the grid means first."""
    return [one for one in grid.methods if one.setting == like.setting and one.loss == ENTROPY]


def controls_of(grid: TrainedGrid, method: Method) -> list[Method]:
    """The controls of a difficulty-aware method: its own weights on other images, or their mean on all, as strong."""
    return [one for one in grid.controls(method.setting) if one.alpha == method.alpha and same_weights(one, method)]


def weighted(grid: TrainedGrid) -> list[Method]:
    """Difficulty-aware methods of the usual setting."""
    return [one for one in grid.methods if one.setting == grid.usual and one.is_weighted]


def controls_of_all(grid: TrainedGrid, methods: Sequence[Method]) -> list[Method]:
    """The controls of any of these, each once."""
    theirs = [control for method in methods if method.is_weighted for control in controls_of(grid, method)]
    return list({control.label: control for control in theirs}.values())


def beside(grid: TrainedGrid, methods: Sequence[Method]) -> list[Method]:
    """The methods between cross-entropy and their controls."""
    base = grid.named("CE", grid.usual)
    return [*([base] if base else []), *methods, *controls_of_all(grid, methods)]


def same_weights(one: Method, other: Method, names: Sequence[str] = SAME) -> bool:
    """Whether the same difficulty weighs the images in the same way. names: what of it is compared."""
    return all(one.difficulty.get(name) == other.difficulty.get(name) for name in names)


def measure(method: Method) -> str:
    """What weighs a method's images, in words."""
    score = str(method.difficulty.get("score", ""))
    return f"{score} of {method.encoder}" if method.encoder else score


def strength(method: Method) -> str:
    """How strongly a method is regularised, in words."""
    return "" if method.alpha is None else f"alpha {method.alpha:g}"


def temperature(method: Method) -> str:
    """The temperature of a method's weights, in words; "" where nothing weighs its images."""
    return f"T {method.difficulty['temperature']:g}" if "temperature" in method.difficulty else ""


def variant(method: Method) -> str:
    """A method's network and the encoder that its difficulty came from."""
    return ", ".join(filter(None, (method.setting.model, method.encoder)))


def lacks(grid: TrainedGrid, what: str, *, of: str = "difficulty-aware method") -> str:
    """That a grid has nothing to vary. of: which methods would."""
    run = command(grid.audit, "train", "--grid", "FILE")
    return f"the grid has no {of} with {what}. Add one and run: {run}"
