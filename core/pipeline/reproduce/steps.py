"""The steps by their names, which sections of `core.experiments.papers` name. A step is a function in a file of this
folder's that registers itself."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from ...experiments.papers.section import FULL_GRID, QUICK_GRID
from ...progress import Reporter
from ...store.audit import Audit


@dataclass(frozen=True)
class Scale:
    """How much is computed. name: what its grids of models are called by. seeds: of each method.

    epochs: of each model of the grid. images: drawn for each check. few: fewer methods, rates and kinds, where there
    is such a choice.
    """

    name: str
    seeds: int
    epochs: int
    images: int
    few: bool


FULL = Scale(FULL_GRID, seeds=5, epochs=16, images=100, few=False)
QUICK = Scale(QUICK_GRID, seeds=3, epochs=8, images=40, few=True)


@dataclass(frozen=True)
class Task:
    """What a step is to be done on."""

    audit: Audit
    scale: Scale
    device: str
    reporter: Reporter


Seconds = Callable[[Task], float]
Work = Callable[[Task], Sequence[str] | None]
"""What does a step. Returns what it left out of it, each with its reason; None for nothing."""


@dataclass(frozen=True)
class PlannedStep:
    """A registered step. says: what it does. seconds: what is left of it takes, 0 where all of it is there."""

    name: str
    says: str
    place: int
    seconds: Seconds
    work: Work


_STEPS: dict[str, PlannedStep] = {}


def step(name: str, says: str, *, place: int, seconds: Seconds) -> Callable[[Work], Work]:
    """Register a step by the function that does it. place: among the steps, lowest first; later ones read earlier ones.

    Raises ValueError on a name or a place that is taken.
    """
    if name in _STEPS or place in {one.place for one in _STEPS.values()}:
        raise ValueError(f"step {name!r} or its place {place} is registered twice")

    def keep(work: Work) -> Work:
        _STEPS[name] = PlannedStep(name, says, place, seconds, work)
        return work

    return keep


@lru_cache(maxsize=1)
def _load_all() -> None:
    """Import every module of this folder, so that adding a step is adding a file."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        import_module(f"{__package__}.{module.name}")


def all_steps() -> list[PlannedStep]:
    """Every step, in the order in which they are done."""
    _load_all()
    return sorted(_STEPS.values(), key=lambda one: one.place)
