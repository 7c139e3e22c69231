"""The kinds of run by name. A kind is one file in this folder that registers how a run of it is computed again."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from ..types import Run, RunSpec
from .columns import described
from .json_types import JsonType

OF_EVERY_RUN = frozenset({"run", "progress"})
"""Tables that each run's file has besides those of its kind."""


@dataclass(frozen=True)
class CommandWords:
    """A command that computes a run again. words: what follows `hardlook`. note: what has to be known besides."""

    words: list[str]
    note: str = ""


@dataclass(frozen=True)
class FirstStep:
    """What to run on an audit that has no run of a kind. place: among these steps, lowest first. words: as above."""

    place: int
    words: tuple[str, ...]
    why: str


Again = Callable[[Run | RunSpec], CommandWords]


@dataclass(frozen=True)
class Kind:
    """A registered kind of run.

    tables: name -> its columns as SQL has them, with what each is as `described` reads it; {d} and {k} stand for the
    embedding dimension and the number of classes. command: of the command line, without options. again: the command of
    one run. first: None where an audit without such a run lacks nothing. scratch: tables of a run while it is computed,
    made by the first unit that writes one and gone from what is published. further: tables that only some runs have,
    made so too, and kept; without {d} and {k}. vectors: whether the file holds long float vectors, which are stored
    unpacked. reads: parameter -> what it is in a run that has it, of those that somebody goes on with: a run that has
    another thing there is of another Hardlook, and passed over.
    """

    name: str
    tables: Mapping[str, str]
    command: str
    again: Again
    first: FirstStep | None
    scratch: Mapping[str, str]
    further: Mapping[str, str]
    vectors: bool
    reads: Mapping[str, JsonType]


_KINDS: dict[str, Kind] = {}


def register(
    name: str, *, tables: Mapping[str, str], command: str = "", first: FirstStep | None = None,
    scratch: Mapping[str, str] = MappingProxyType({}), further: Mapping[str, str] = MappingProxyType({}),
    vectors: bool = False, reads: Mapping[str, JsonType] = MappingProxyType({}),
) -> Callable[[Again], Again]:  # fmt: skip
    """Register a kind by the function that says how a run of it is computed again.

    command: the kind's name if left out. Raises ValueError on a kind or a table whose name is taken, on no table, and
    on a table or a column that does not say what it is.
    """
    taken = OF_EVERY_RUN.union(*({*kind.tables, *kind.scratch, *kind.further} for kind in _KINDS.values()))
    own = {*tables, *scratch, *further}
    if name in _KINDS:
        raise ValueError(f"kind of run {name!r} is registered twice")
    if not tables or taken & own:
        why = f"tables {sorted(taken & own)} are taken" if tables else "no table"
        raise ValueError(f"kind of run {name!r}: {why}")
    for columns in (*tables.values(), *further.values()):
        described(columns)

    def keep(function: Again) -> Again:
        made = (dict(scratch), dict(further))
        _KINDS[name] = Kind(name, dict(tables), command or name, function, first, *made, vectors, dict(reads))
        return function

    return keep


@lru_cache(maxsize=1)
def _load_all() -> None:
    """Import every module of this folder, so that adding a kind is adding a file."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        import_module(f"{__package__}.{module.name}")


def all_kinds() -> list[Kind]:
    """Every kind of run, by name."""
    _load_all()
    return [_KINDS[name] for name in sorted(_KINDS)]


def find_kind(name: str) -> Kind | None:
    """The kind of that name; None for one that another Hardlook made."""
    _load_all()
    return _KINDS.get(name)


def get_kind(name: str) -> Kind:
    """The kind of a run to be written. Raises KeyError: a run of no kind is a mistake in this code."""
    _load_all()
    return _KINDS[name]


def command_of(kind: str) -> str:
    """The command that makes runs of a kind; its name where another Hardlook made it."""
    known_kind = find_kind(kind)
    return known_kind.command if known_kind else kind


def kind_of(run_id: str) -> str:
    """The kind that the id of a run begins with."""
    return run_id.split("-", 1)[0]


def first_steps() -> list[tuple[str, FirstStep]]:
    """(kind, what to run where there is none of it), in the order to run them."""
    steps = [(kind.name, kind.first) for kind in all_kinds() if kind.first is not None]
    return sorted(steps, key=lambda each: each[1].place)
