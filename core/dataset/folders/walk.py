"""Everything that lies in a folder: files to read, and each other thing with the reason why it is not read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from ...images.filenames import to_text
from ...images.regular_files import file_kind
from ..model import PassedOver, Refused

IMAGE_SUFFIXES = (
    ".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".ico", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".jxl", ".pbm",
    ".pgm", ".png", ".pnm", ".ppm", ".qoi", ".svg", ".tif", ".tiff", ".webp",
)  # fmt: skip
"""What counts as an image by name. SVG and HEIC are among them so that they are refused by name, not passed over."""

JUNK = frozenset({
    "$recycle.bin", "#recycle", "#snapshot", "@eadir", "@tmp", "@recycle", "@recently-snapshot", "__macosx",
    "lost+found", "recycler", "system volume information", "__pycache__",
})  # fmt: skip
"""Folders that operating systems, network drives and tools make, in lower case. Their images are copies or deleted."""

HIDDEN_FOLDER = "in a hidden folder"
JUNK_FOLDER = "in a folder that a system or a network drive makes"
HIDDEN_FILE = "a hidden file"
LINKED_TWICE = "a link to a folder that is read already"
NO_FILE = "no regular file"


@dataclass
class Contents:
    """What an input holds. names: of files to read, relative POSIX paths in reading order.

    refused: what is called an image and cannot be opened as a file. found: everything there is, counted one by one.
    """

    names: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    counts: dict[str, tuple[int, str]] = field(default_factory=dict)
    found: int = 0

    def pass_over(self, reason: str, name: str) -> None:
        """Count one thing that is not read. The first of each reason is kept as its example."""
        count, example = self.counts.get(reason, (0, to_text(name)))
        self.counts[reason] = (count + 1, example)

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """What is not read, by reason."""
        return tuple(PassedOver(reason, count, example) for reason, (count, example) in self.counts.items())


def is_image_name(name: str) -> bool:
    """Whether a file's name says that it is an image."""
    return PurePath(name).suffix.lower() in IMAGE_SUFFIXES


def is_junk(folder: str) -> bool:
    """Whether a folder's name is one that a system, a network drive or a tool gives its own folders."""
    return folder.casefold() in JUNK


def walk(folder: Path) -> Contents:
    """Everything below `folder`, in name order. Folder links are followed once; nothing is opened."""
    contents = Contents()
    _walk(str(folder), "", contents, {os.path.realpath(folder)})
    return contents


def _walk(top: str, prefix: str, contents: Contents, seen: set[str]) -> None:
    folders: list[tuple[str, str]] = []
    for entry in _entries(top, prefix, contents):
        name = prefix + entry.name
        if _is_folder(entry):
            folders.append((entry.name, entry.path))
        else:
            contents.found += 1
            _file(entry, name, contents)
    for name, path in folders:
        if is_junk(name) or name.startswith("."):
            _count(path, f"{prefix}{name}/", contents, JUNK_FOLDER if is_junk(name) else HIDDEN_FOLDER)
            continue
        real = os.path.realpath(path) if os.path.islink(path) else ""
        if real and _inside(real, seen):
            contents.found += 1
            contents.pass_over(LINKED_TWICE, prefix + name)
            continue
        if real:
            seen.add(real)
        before = contents.found
        _walk(path, f"{prefix}{name}/", contents, seen)
        if contents.found == before and is_image_name(name):
            contents.found += 1
            contents.refused.append(Refused(to_text(prefix + name), to_text(path), "unreadable", "it is a folder"))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link into a folder that may not be entered: opening it will say so
        return False


def _inside(real: str, seen: set[str]) -> bool:
    """Whether a linked folder is one that is read, lies in one, or holds one."""
    return any(f"{real}/".startswith(f"{one}/") or f"{one}/".startswith(f"{real}/") for one in seen)


def _file(entry: os.DirEntry[str], name: str, contents: Contents) -> None:
    if entry.name.startswith("."):
        contents.pass_over(HIDDEN_FILE, name)
    elif entry.is_file(follow_symlinks=False) or (entry.is_symlink() and not _leads_to_special(entry.path)):
        contents.names.append(name)
    elif is_image_name(name):
        kind = file_kind(entry.stat().st_mode)
        contents.refused.append(Refused(to_text(name), to_text(entry.path), NO_FILE, kind))
    else:
        contents.pass_over(NO_FILE, name)


def _leads_to_special(path: str) -> bool:
    """Whether a link leads to a pipe, a socket or a device. A broken one leads nowhere and is refused when opened."""
    return os.path.exists(path) and not os.path.isfile(path)


def _entries(top: str, prefix: str, contents: Contents) -> Iterator[os.DirEntry[str]]:
    """What a folder holds, in name order. A folder that may not be listed is refused by name."""
    try:
        with os.scandir(top) as found:
            yield from sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        contents.found += 1
        detail = f"the folder cannot be listed: {error.strerror or error}"
        contents.refused.append(Refused(to_text(prefix or top), to_text(top), "unreadable", detail))


def _count(top: str, prefix: str, contents: Contents, reason: str) -> None:
    """Count the files of a folder that is not read: its images apart from the rest. Links are not followed."""
    for entry in _entries(top, prefix, contents):
        if entry.is_dir(follow_symlinks=False):
            _count(entry.path, f"{prefix}{entry.name}/", contents, reason)
        else:
            contents.found += 1
            what = "an image" if is_image_name(entry.name) else "a file"
            contents.pass_over(f"{what} {reason}", prefix + entry.name)
