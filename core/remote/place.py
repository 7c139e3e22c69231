"""A place for files that is a folder of this machine or a prefix at a URL, and the few things that are done there.

On a disk everything is as it was without URLs: parts, fsync and a rename, or a link where a file must be new. At a URL
a file is put in one piece, which object stores show whole or not at all; one that must be new is put on that condition.
"""

from __future__ import annotations

import itertools
import os
import re
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..files import leftovers
from ..files.leftovers import leftover_names, part_of_file, remove_leftovers
from ..files.space import needing_space
from ..files.temporary import temporary_folder
from ..files.whole import new_file, whole_file
from .address import WEB, folder_of, is_url, name_of, scheme_of, sound
from .fetching import asked, fetch

DAY = 86_400.0  # seconds
_MOMENTARY = re.compile(r"\.(clock\.|probe[.-])")
_numbers = itertools.count()


@dataclass(frozen=True)
class UrlPath:
    """What lies at a URL, with the names that `pathlib.Path` has for it. url: sound, without a slash at its end."""

    url: str

    def __str__(self) -> str:
        return self.url

    def __truediv__(self, name: str) -> UrlPath:
        return UrlPath(f"{self.url}/{name}")

    def __lt__(self, other: UrlPath) -> bool:
        return self.url < other.url

    @property
    def name(self) -> str:
        """The last part."""
        return name_of(self.url)

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return Path(self.name).stem

    @property
    def suffix(self) -> str:
        """The ending of the name, with its dot."""
        return Path(self.name).suffix

    @property
    def parent(self) -> UrlPath:
        """Where it lies."""
        return UrlPath(folder_of(self.url).rstrip("/"))

    def with_name(self, name: str) -> UrlPath:
        """Another beside it."""
        return self.parent / name

    def resolve(self) -> UrlPath:
        """Itself: nothing leads elsewhere."""
        return self

    def exists(self) -> bool:
        """Whether a file is there."""
        try:
            asked(self.url, lambda system: system.info(self.url))
        except FileNotFoundError:
            return False
        return True

    def read_bytes(self) -> bytes:
        """The content. Raises FileNotFoundError, PermissionError, Unreachable."""
        return fetch(self.url)

    def read_text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The content as text."""
        return self.read_bytes().decode(encoding, errors)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the file."""
        try:
            asked(self.url, lambda system: system.rm_file(self.url))
        except FileNotFoundError:
            if not missing_ok:
                raise


Place = Path | UrlPath
APlace = Any
"""One of the two, where whoever asks knows which it is."""


def place_of(text: str) -> Place:
    """The place that a user names. Raises BadInput on a URL that is not opened."""
    if not is_url(text):
        return Path(text)
    url = sound(text, folder=True)
    if url.count("/") < 4:
        raise BadInput(f"{text!r} names nothing in its bucket.", "Name a prefix, such as s3://bucket/shards.")
    return UrlPath(url.rstrip("/"))


def prepared(folder: Place) -> None:
    """Have a folder, without what ended processes left in it. Raises DiskFull."""
    if isinstance(folder, UrlPath):
        _remove_momentary(folder)
        return
    with needing_space(folder):
        folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder)


def names(folder: Place) -> list[str]:
    """What lies in a folder, files and folders; nothing where there is none."""
    return list(listed(folder)) if isinstance(folder, UrlPath) else _names(folder)


def listed(folder: Place) -> dict[str, float]:
    """The same with the time of each in seconds by the clock of its disk or store, 0 for folders at a URL."""
    if isinstance(folder, UrlPath):
        return _listed(folder)
    found = {}
    for name in _names(folder):
        with suppress(FileNotFoundError):
            found[name] = (folder / name).stat().st_mtime
    return found


def stamped(folder: Place) -> Mapping[str, float | None]:
    """The same, with None for a time that would have to be asked for by itself."""
    return _listed(folder) if isinstance(folder, UrlPath) else dict.fromkeys(_names(folder))


def modified(place: Place) -> float:
    """When a file was written, in seconds by the clock of its disk or store. Raises FileNotFoundError."""
    if isinstance(place, Path):
        return place.stat().st_mtime
    found: float = asked(place.url, lambda system: system.modified(place.url).timestamp())
    return found


def is_file(place: Place) -> bool:
    """Whether a file may be opened: what would be waited for, as a pipe, or leads elsewhere, as a link, is none.

    Raises FileNotFoundError on a disk where nothing is there. At a URL there is nothing else.
    """
    return not isinstance(place, Path) or stat.S_ISREG(place.lstat().st_mode)


def remove(place: Place) -> None:
    """Remove what is there, if anything is; of a folder all in it, of a link the link."""
    if isinstance(place, Path):
        leftovers.remove(place)
    else:
        place.unlink(missing_ok=True)


def created(place: Place, content: str) -> bool:
    """Make a file, whole, where none is; whether it was this call that made it. Raises DiskFull."""
    return _put_new(place, content) if isinstance(place, UrlPath) else new_file(place, content)


def touch(place: Place) -> None:
    """Say that a file is of now. Raises FileNotFoundError on a disk; at a URL it is there again."""
    if isinstance(place, Path):
        os.utime(place)
        return
    content = place.read_bytes()
    put(place, content)


def put(place: UrlPath, content: bytes) -> None:
    """Write a file whole, in place of one that is there."""
    asked(place.url, lambda system: system.pipe_file(place.url, content))


@contextmanager
def whole_at(to: Place, needed: int = 0) -> Iterator[Path]:
    """A name of this machine to write a file under; it appears at its place, whole and to stay, after the block.

    needed: its bytes, as far as they are known. Raises DiskFull.
    """
    if isinstance(to, Path):
        with whole_file(to, durable=True, needed=needed) as part:
            yield part
        return
    with temporary_folder("hardlook-put-") as folder, needing_space(folder, needed):
        part = folder / to.name
        yield part
        put(to, part.read_bytes())


def ahead(folder: Place) -> float:
    """Seconds that the clock which stamps files here is ahead of ours; 0.0 where nothing can be written."""
    clock: APlace = part_of_file(folder / "clock")  # type: ignore[arg-type]
    try:
        if isinstance(clock, Path):
            clock.touch()
        else:
            put(clock, b"")
        difference = modified(clock) - time.time()
        clock.unlink()
    except OSError:  # a folder that is only looked at
        return 0.0
    return difference


@cache
def refuse_shared(folder: Place) -> None:
    """Raise BadInput where no two processes could tell who of them came first, or none could write."""
    if isinstance(folder, Path):
        return
    if scheme_of(folder.url) in WEB:
        raise BadInput(f"{folder} can be read, and nothing is written there.", "Name a bucket: s3://, gs:// or az://.")
    _remove_momentary(folder)
    probe: APlace = part_of_file(folder / "probe")  # type: ignore[arg-type]
    try:
        if _put_new(probe, "1") and not _put_new(probe, "2"):
            return
    finally:
        probe.unlink(missing_ok=True)
    raise BadInput(
        f"{folder} lets two files of one name be written, so that two processes would take the same shard.",
        "Use a bucket that knows conditional writes (If-None-Match), or a folder that the machines share.",
    )


def _remove_momentary(folder: UrlPath) -> None:
    """Remove what was put at a URL for a moment by processes that have ended there.

    Of another machine's process nothing is known; what is a day old is of none that still waits for its answer.
    """
    there = {name: put_at for name, put_at in _listed(folder).items() if _MOMENTARY.match(name)}
    old = {name for name, put_at in there.items() if 0 < put_at < time.time() - DAY}
    for name in old.union(leftover_names(there)):
        with suppress(OSError):  # it may not be removed from here
            (folder / name).unlink(missing_ok=True)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _listed(folder: UrlPath) -> dict[str, float]:
    try:
        entries = asked(folder.url, lambda system: system.ls(folder.url, detail=True, **_fresh(folder.url)))
    except FileNotFoundError:
        return {}
    found = {}
    for entry in entries:
        if name := name_of(str(entry["name"])):
            found[name] = _time_of(entry)
    found.pop(folder.name, None)  # some stores list a folder in itself
    return found


def _fresh(url: str) -> dict[str, bool]:
    return {} if scheme_of(url) == "memory" else {"refresh": True}


def _time_of(entry: dict[str, object]) -> float:
    """The time of an entry of a listing, under whichever name its store has it."""
    for key in ("LastModified", "last_modified", "mtime", "updated", "created"):
        value = entry.get(key)
        if isinstance(value, int | float):
            return float(value)
        if value is not None and hasattr(value, "timestamp"):
            return float(value.timestamp())
    return 0.0


def _put_new(place: UrlPath, content: str) -> bool:
    """A file that says by whom it is, so that an answer that was lost is told from another's file."""
    own = f"{content}\n{os.getpid()}-{next(_numbers)}"
    try:
        asked(place.url, lambda system: system.pipe_file(place.url, own.encode(), mode="create"))
    except FileExistsError:
        with suppress(FileNotFoundError):
            return place.read_text() == own
        return False
    return True
