"""Paths that a user names: what may be read or written there, said before anything is; and what may be removed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadInput
from ..files import leftovers
from ..files.whole import take_back
from ..images.regular_files import file_kind

if TYPE_CHECKING:
    from .audit import Audit


def file_to_read(path: Path, option: str = "") -> Path:
    """A file that is there. option: that names it, for the error.

    Raises BadInput where there is none, or what is there would be waited for (a pipe) or never end (a device).
    """
    advice = f"Name a file{f' with {option}' if option else ''}."
    what = kind_of(path, advice)
    if not what:
        raise BadInput(f"There is no file {str(path)!r}.", advice)
    if what != "a file":
        raise BadInput(f"{str(path)!r} is {what}, and a file is read.", advice)
    return path


def path_to_write(path: Path, option: str = "--to", *, folder: bool = False) -> Path:
    """A place where a file, or a folder, can be written; one may be there already. What ended processes left beside it
    of writing it is removed.

    Raises BadInput where something of another kind is there, a link to nothing too, or a folder above it is none.
    """
    wanted = "a folder" if folder else "a file"
    advice = f"Name {wanted} with {option}."
    what = kind_of(path, advice)
    if what and what != wanted:
        raise BadInput(f"{str(path)!r} exists already: it is {what}, and {wanted} is written.", advice)
    if not what and path.is_symlink():
        raise BadInput(
            f"{str(path)!r} is a link to {os.readlink(path)!r}, where nothing is: a file would take the link's place.",
            advice,
        )
    if not path.name or path.name == "..":
        raise BadInput(f"{str(path)!r} names no file.", advice)
    above = next((each for each in path.parents if kind_of(each, advice)), Path("/"))
    if kind_of(above, advice) != "a folder":
        raise BadInput(f"{str(above)!r} is no folder, and {str(path)!r} would lie in it.", advice)
    if not os.access(above, os.W_OK):
        raise BadInput(f"Nothing can be written in {str(above)!r}: permission denied.", advice)
    take_back(
        Path(os.path.realpath(path)) if folder and what else path
    )  # also where it is refused next, for it is there
    return path


def kind_of(path: Path, advice: str = "") -> str:
    """What is there, links followed: "a file", "a folder", "a named pipe", "a device" …; "" where nothing is.

    Raises BadInput where no system call takes the path: it is too long, holds a NUL, or its links go in a circle.
    """
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be reached: {error.strerror}.", advice) from error
    except ValueError as error:  # a NUL, or half of a character
        raise BadInput(f"{str(path)!r} cannot be a path: {error}.", advice) from error
    return file_kind(mode) or ("a folder" if os.path.isdir(path) else "a file")


def remove(audit: Audit, path: Path) -> None:
    """Remove a file or a folder of an audit; of a link the link, never what it leads to. One that is gone is no error.

    Raises BadInput where the path leads out of the audit's folder.
    """
    refuse_elsewhere(audit, path)
    leftovers.remove(path)


def refuse_elsewhere(audit: Audit, path: Path) -> None:
    """Raise BadInput unless `path` lies in the audit's folder, links in front of its last part followed."""
    folder = os.path.realpath(path.parent)
    inside = os.path.realpath(audit.path)
    if folder != inside and not folder.startswith(inside + os.sep):
        raise BadInput(
            f"{path.name} lies in {folder}, outside the folder of audit {audit.name!r}, where nothing is removed.",
            "Remove it there yourself.",
        )
