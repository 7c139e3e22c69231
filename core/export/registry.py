"""The formats of export by name. A format is a function in this folder that registers itself by what it writes.

    @table("manifest")      (export, to) -> rows                 one file, from the images that are kept
    @folder("imagefolder")  (export, to, how) -> rows, notes     a folder of images
    @of_both("arrays")      (audit, export, to) -> rows          one file, of these images and what was computed of them
    @of_audit("scores")     (audit, to) -> rows                  one file, from all that the audit holds

What a function writes at its `to`, and beside it, appears under the name that was asked for when it has returned: a
killed export leaves nothing that looks like one. So `to` is no path for a message; its name is the right one.

`hardlook export --help` lists them, and nothing else has to: a list beside this one would miss the next.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import BadInput
from ..files.whole import whole_export

if TYPE_CHECKING:
    from ..store.audit import Audit
    from .rows import Export

Place = Literal["file", "folder"]
WriteTable = Callable[["Export", Path], int]
WriteFolder = Callable[["Export", Path, str], tuple[int, list[str]]]
WriteAudit = Callable[["Audit", Path], int]
WriteBoth = Callable[["Audit", "Export", Path], int]


@dataclass(frozen=True)
class Written:
    """What an export wrote. rows: images, or rows of a table. notes: what its user should know, a line each."""

    rows: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exporter:
    """A registered format.

    place: what --to becomes. write: (audit, its rows, where to, how images are placed) -> what was written.
    endings: which --to may have; () leaves it to `write`. labels: whether it holds the images' labels, so that it is
    said how many differ from the data's. ingested: whether `hardlook ingest` reads it again. scores: whether it holds
    every score of an image. sends_score: whether the one that --score names goes along.
    """

    name: str
    place: Place
    write: Callable[[Audit, Export, Path, str], Written]
    endings: tuple[str, ...] = ()
    labels: bool = True
    ingested: bool = False
    scores: bool = False
    sends_score: bool = False


_EXPORTERS: dict[str, Exporter] = {}


def table(
    name: str, *, endings: Sequence[str] = (), labels: bool = True, ingested: bool = False, sends_score: bool = False
) -> Callable[[WriteTable], WriteTable]:
    """Register a format that is one file. Raises ValueError on a name taken twice."""

    def keep(function: WriteTable) -> WriteTable:
        def write(_audit: Audit, export: Export, to: Path, _how: str) -> Written:
            with whole_export(to) as part:
                return Written(function(export, part))

        _register(Exporter(name, "file", write, tuple(endings), labels, ingested, sends_score=sends_score))
        return function

    return keep


def folder(name: str, *, scores: bool = False, sends_score: bool = False) -> Callable[[WriteFolder], WriteFolder]:
    """Register a format that is a folder of images, copied, linked or only planned. Raises ValueError as `table`."""

    def keep(function: WriteFolder) -> WriteFolder:
        def write(_audit: Audit, export: Export, to: Path, how: str) -> Written:
            with whole_export(to) as part:
                rows, notes = function(export, part, how)
                return Written(rows, tuple(notes))

        _register(Exporter(name, "folder", write, scores=scores, sends_score=sends_score))
        return function

    return keep


def of_both(name: str, *, endings: Sequence[str] = ()) -> Callable[[WriteBoth], WriteBoth]:
    """Register a format that holds what was computed of the images that are kept. Raises ValueError as `table`."""

    def keep(function: WriteBoth) -> WriteBoth:
        def write(audit: Audit, export: Export, to: Path, _how: str) -> Written:
            with whole_export(to) as part:
                return Written(function(audit, export, part))

        _register(Exporter(name, "file", write, tuple(endings)))
        return function

    return keep


def of_audit(name: str, *, endings: Sequence[str] = ()) -> Callable[[WriteAudit], WriteAudit]:
    """Register a format that holds all there is, excluded images too. Raises ValueError as `table`."""

    def keep(function: WriteAudit) -> WriteAudit:
        def write(audit: Audit, _export: Export, to: Path, _how: str) -> Written:
            with whole_export(to) as part:
                return Written(function(audit, part))

        _register(Exporter(name, "file", write, tuple(endings), labels=False))
        return function

    return keep


def _register(exporter: Exporter) -> None:
    if exporter.name in _EXPORTERS:
        raise ValueError(f"export format {exporter.name!r} is registered twice")
    _EXPORTERS[exporter.name] = exporter


@lru_cache(maxsize=1)
def _load_all() -> None:
    """Import every module of this folder, so that adding a format is adding a file."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        import_module(f"{__package__}.{module.name}")


def all_exporters() -> list[Exporter]:
    """Every format, by name."""
    _load_all()
    return [_EXPORTERS[name] for name in sorted(_EXPORTERS)]


def get_exporter(name: str) -> Exporter:
    """The format of that name. Raises BadInput with the names there are."""
    _load_all()
    if name not in _EXPORTERS:
        raise BadInput(f"{name!r} is no export format.", f"Use one of {', '.join(sorted(_EXPORTERS))}.")
    return _EXPORTERS[name]
