"""Writing so that whoever looks sees the old file, or the new one, or none; never a part. One rename at the end."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import BadInput
from .leftovers import leftovers_in, part_of_file, remove, remove_leftovers
from .space import needing_space, want_of_space

_TAKEN = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EISDIR}
_WITHOUT_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}
"""What a file system says that knows no hard links."""


def begin_file(path: Path) -> None:
    """Make an empty file with the rights that the umask leaves, where none is there.

    One that is there is not even opened: when any descriptor of a file is closed, POSIX ends every lock that the
    process has on it, and so those of SQLite, whose log another program would then take for left behind.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))


def new_file(to: Path, content: str) -> bool:
    """Make a file with its content in one step, where nothing has its name; whether it was this call that made it.

    One that is killed meanwhile, or finds no space, leaves none of that name. Raises DiskFull.
    """
    with needing_space(to):
        part = part_of_file(to)
        try:
            _made_exclusively(part, content)
            os.link(part, to)  # unlike a rename, never over another file
        except FileExistsError:
            return part.stat().st_nlink > 1  # a server that answers twice: it was this call after all
        except OSError as error:
            if error.errno not in _WITHOUT_LINKS:
                raise
            return _made_exclusively(to, content)
        finally:
            part.unlink(missing_ok=True)
        return True


def _made_exclusively(to: Path, content: str) -> bool:
    """Make a file and write it, where nothing has its name; it is removed where its content cannot be written."""
    try:
        descriptor = os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    except FileExistsError:
        return False
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
    except BaseException:
        to.unlink(missing_ok=True)
        raise
    return True


@contextmanager
def whole_file(to: Path, *, durable: bool = False, needed: int = 0) -> Iterator[Path]:
    """A name to write a file under that is renamed to `to` when the block is through, and removed if it fails.

    Its folder has to be there. durable: it is on the disk, with its name, when the block is left; otherwise it may be
    gone after a power cut. needed: its bytes, as far as they are known, for the error. Raises DiskFull.
    """
    with needing_space(to, needed):
        part = part_of_file(to)
        try:
            yield part
            if durable:
                sync(part)
            os.replace(part, to)
            if durable:
                sync(to.parent)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def whole_export(to: Path) -> Iterator[Path]:
    """A path of the same name, in a folder of its own, for a file or a folder; it appears as `to` when all is written.

    What is written beside it (`NAME.csv.json`) goes along, ahead of it. Everything is on the disk before it gets its
    name. What an ended process left of an export is removed; whatever else lies there is never touched.
    Raises DiskFull, and BadInput if something has been put in one of the places meanwhile.
    """
    to = Path(os.path.realpath(to)) if to.is_dir() else to
    if os.path.ismount(to) or (to.is_dir() and to.samefile(Path.cwd())):
        raise BadInput(
            f"{to} is the folder you are in, or a disk's own: it cannot appear in one go.", f"Pass --to {to / 'NAME'}"
        )
    take_back(to)
    with needing_space(to):
        folder = part_of_file(to)
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
        except OSError as error:
            if want_of_space(error):
                raise
            raise BadInput(f"{to} cannot be written: {error.strerror}.", "Choose another place for --to.") from error
        try:
            written = folder / to.name
            yield written
            _sync_below(folder)
            for path in sorted(folder.iterdir(), key=lambda path: path == written):  # what is asked for comes last
                _name_new(path, to.with_name(path.name))
            sync(to.parent)
        finally:
            remove(folder)


def place_of(part: Path) -> Path:
    """Where something will be that is written beside a path of `whole_export`, for what has to name it in a file."""
    return Path(os.path.realpath(part.parent.parent)) / part.name


def take_back(to: Path) -> None:
    """Remove what ended processes left beside `to`: their parts, and what an export killed between two names has named
    ahead of it, which is the same file as its part. What has the name of `to` stays: it is whole.
    """
    for folder in leftovers_in(to.parent) if not to.exists() else ():
        for path in folder.iterdir() if folder.is_dir() and not folder.is_symlink() else ():
            beside = to.with_name(path.name)
            if path.is_file() and beside.is_file() and path.samefile(beside):
                beside.unlink()
    remove_leftovers(to.parent)


def _name_new(path: Path, to: Path) -> None:
    """Give something its name, where nothing else has it but an empty folder, whose place and mode it takes."""
    try:
        if path.is_dir():
            if to.is_dir():
                shutil.copymode(to, path)
            os.rename(path, to)  # onto a file, or a folder with something in it, this is an error
        else:
            os.link(path, to)  # unlike a rename, never over another file
    except OSError as error:
        without_links = error.errno in _WITHOUT_LINKS and not path.is_dir()
        if error.errno in _TAKEN or (without_links and to.exists()):
            raise BadInput(f"{to} exists already.", "Choose another name for --to, or remove it first.") from error
        if not without_links:
            raise
        os.replace(path, to)


def sync(path: Path) -> None:
    """Have a file's content, or a folder's names, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_below(folder: Path) -> None:
    """Have all in a folder on the disk; in one go where the system can, because each file by itself takes its turn."""
    if sys.platform == "linux":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), str(folder))
        finally:
            os.close(descriptor)
    else:
        os.sync()
