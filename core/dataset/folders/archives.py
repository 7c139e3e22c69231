"""Archives as inputs: images are read where they lie in a .zip or .tar, and nothing is ever unpacked.

A member is read into memory by its place in the archive, so no path of it is ever opened; its name is a key alone.
"""

from __future__ import annotations

import shlex
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ...errors import BadInput
from ...files.broken import BROKEN, reason_of
from ...images.containers import address
from ...images.filenames import to_text
from ..folder import TABLES, list_images
from ..model import Candidate, IngestOptions, Listing, Refused, Understood
from .metadata_files import metadata_names
from .walk import HIDDEN_FILE, HIDDEN_FOLDER, JUNK_FOLDER, NO_FILE, Contents, is_image_name, is_junk

COMPRESSED = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
LARGEST = 512 << 20
"""Bytes of one member, unpacked: several times the largest photograph that is read. More is refused."""


def list_archive(file: Path, options: IngestOptions) -> Listing:
    """The images of an archive, with the split and class that their folders in it say.

    Members whose path leaves the archive, links, devices, encrypted members and ones beyond LARGEST are refused.
    Raises BadInput on an archive that cannot be read, or whose labels stand in a table in it.
    """
    contents = Contents()
    rows: dict[str, int] = {}
    members, backslashes = _with_slashes(_members(file))
    for row, (name, reason) in enumerate(members):
        if reason is None:
            continue
        contents.found += 1
        if reason:
            contents.refused.append(Refused(to_text(name), address(to_text(str(file)), str(row)), *reason))
        elif passed_over := _why_hidden(name):
            contents.pass_over(passed_over, name)
        else:
            contents.names.append(name)
            rows.setdefault(name, row)
    place = address(to_text(str(file)), "")

    def locate(name: str) -> Candidate:
        return Candidate(to_text(name), place, rows[name])

    tables = [name for name in contents.names if name.casefold().endswith(TABLES)]
    listing = list_images(contents, locate, options, f"{file.suffix[1:].casefold()} archive")
    told_apart = len({candidate.label for candidate in listing.candidates} - {None}) > 1
    if tables and not options.layout and (metadata_names(tables) or not told_apart):
        raise BadInput(
            f"{to_text(file.name)!r} holds the table {to_text(tables[0])!r}, which is not read inside an archive.",
            f"{_unpack(file)}. For its images by their folders alone: --layout class",
        )
    line = Understood("layout", f"backslashes in the archive's names read as /: {backslashes:,}")
    said = (*listing.understood, *((line,) if backslashes else ()))
    return replace(listing, files=(str(file),), understood=said)


def refuse_compressed(file: Path) -> BadInput:
    """The error for a compressed tar: it has no index, and each image would cost unpacking all before it."""
    return BadInput(
        f"{to_text(file.name)!r} is a compressed tar, which can only be read from its start to its end.", _unpack(file)
    )


def _unpack(file: Path) -> str:
    path = shlex.quote(to_text(str(file)))
    to = shlex.quote(to_text(str(file.parent / file.name.split(".")[0])))
    command = f"unzip {path} -d {to}" if file.suffix.casefold() == ".zip" else f"mkdir {to} && tar -xf {path} -C {to}"
    return f"Unpack it and ingest the folder: {command}"


Reason = tuple[str, str]
Member = tuple[str, Reason | tuple[()] | None]


def _with_slashes(members: Sequence[Member]) -> tuple[Sequence[Member], int]:
    """The members as paths, and how many were written with backslashes: some programs on Windows pack so.

    They are folders only where no name of the archive has a slash; beside slashes a backslash is a letter.
    """
    n = sum("\\" in name for name, _ in members)
    if not n or any("/" in name for name, _ in members):
        return members, 0
    slashed = ((name.replace("\\", "/"), reason) for name, reason in members)
    return [(name, None if name.endswith("/") else reason) for name, reason in slashed], n


def _members(file: Path) -> list[Member]:
    """(name, why it is refused) of each member in the archive's order: () for none, None for a folder."""
    try:
        if file.suffix.casefold() == ".zip":
            with zipfile.ZipFile(file) as opened:
                return [(one.filename, None if one.is_dir() else _zip_reason(one)) for one in opened.infolist()]
        with tarfile.open(file, "r:") as packed:
            return [(one.name, None if one.isdir() else _tar_reason(one)) for one in packed.getmembers()]
    except (*BROKEN, tarfile.TarError) as error:
        raise BadInput(
            f"{to_text(str(file))} could not be read: {reason_of(error)}.", "Fetch or pack the archive again."
        ) from error


def _zip_reason(member: zipfile.ZipInfo) -> Reason | tuple[()]:
    kind = member.external_attr >> 28  # the file type of Unix modes, where the archive was packed there
    if kind not in (0, 0o10):
        return (NO_FILE, "a link in the archive" if kind == 0o12 else "a special file in the archive")
    if member.flag_bits & 1:
        return ("unreadable", "it is encrypted")
    return _reason(member.filename, member.file_size)


def _tar_reason(member: tarfile.TarInfo) -> Reason | tuple[()]:
    if member.issparse():
        return ("unreadable", "it is packed as a sparse file")
    if not member.isreg():
        return (NO_FILE, "a link in the archive" if member.issym() or member.islnk() else "a special file")
    return _reason(member.name, member.size)


def _reason(name: str, size: int) -> Reason | tuple[()]:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or parts[0].endswith(":"):
        return ("outside the roots", "its path leaves the archive")
    return ("too large", f"{size:,} bytes unpacked; at most {LARGEST:,} are read") if size > LARGEST else ()


def _why_hidden(name: str) -> str:
    """Why a member is not read though it could be: as `walk` says it of files in a directory."""
    *folders, last = PurePosixPath(name).parts
    what = "an image" if is_image_name(last) else "a file"
    if any(map(is_junk, folders)):
        return f"{what} {JUNK_FOLDER}"
    if any(folder.startswith(".") and folder != "." for folder in folders):
        return f"{what} {HIDDEN_FOLDER}"
    return HIDDEN_FILE if last.startswith(".") else ""
