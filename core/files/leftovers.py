"""What killed processes left behind: parts of files, by name. And what cannot be read, put out of the way by name.

A file that is being written is called `.NAME.MARK-NUMBER.part` beside its name, where the mark says which process
writes it (`processes.identity`). It is removed by the next that meets it once that process has certainly ended.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from ..processes.identity import MARK, certainly_gone, own_mark

_PART = re.compile(rf"\..+\.(?P<mark>{MARK.pattern})-\d+\.part(\.wal)?", re.DOTALL)
_LONGEST = 120  # bytes of the name, which leaves room for the mark
_numbers = itertools.count()


def part_of_file(path: Path) -> Path:
    """A name beside `path` for what is not whole yet; another one each time."""
    name = os.fsencode(path.name)[:_LONGEST].decode("utf-8", "ignore")
    return path.with_name(f".{name}.{own_mark()}-{next(_numbers)}.part")


def remove_leftovers(folder: Path) -> list[Path]:
    """Remove what ended processes left in a folder, not below it; what went. What may not be removed stays."""
    return [path for path in leftovers_in(folder) if remove_where_allowed(path)]


def leftovers_in(folder: Path) -> list[Path]:
    """What ended processes left in a folder: nothing that a process still writes, or that nobody can tell of."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
    return [folder / name for name in leftover_names(names)]


def leftover_names(names: Iterable[str]) -> list[str]:
    """Of what lies in a folder, the names of parts whose process has certainly ended."""
    marks = {name: found["mark"] for name in names if (found := _PART.fullmatch(name))}
    return [name for name, mark in marks.items() if certainly_gone(mark)]


def remove_where_allowed(path: Path) -> bool:
    """Remove what nobody needs any more, and say whether it went: an audit on a read-only disk is read all the same."""
    try:
        remove(path)
    except FileNotFoundError:  # another command removes the same
        return False
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return False
        raise
    return True


def remove(path: Path) -> None:
    """Remove a file, or a folder with all in it; links are removed, not followed. Nothing where there is nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def make_way(path: Path, warn: Callable[[str], None]) -> None:
    """Set aside what lies in the place of a file and is none: a folder, a pipe, a link to nothing or to itself.

    warn: told what was set aside.
    """
    if os.path.lexists(path) and not path.is_file():
        warn(set_aside(path, "it is no file"))


def set_aside(path: Path, why: BaseException | str) -> str:
    """Rename a file that cannot be read, so that it is begun anew and nothing is lost. A sentence that says so."""
    number = 1
    while os.path.lexists(aside := path.with_name(f"{path.name}.unreadable-{number}")):
        number += 1
    os.replace(path, aside)
    reason = " ".join(str(why).split()) or type(why).__name__
    return (
        f"{path.name} cannot be read ({reason[:300].rstrip('.')}): it was set aside as {aside.name} and is begun anew"
    )
