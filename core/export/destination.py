"""Where an export may go: never among the user's own images, never over something that is there."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from ..dataset.folders.walk import is_image_name
from ..errors import BadInput, command
from ..files.names import LONGEST_FILE, is_device
from ..images.containers import Stored
from ..images.decoding import format_of
from ..images.filenames import from_text
from ..images.pixels import PixelSource
from ..images.ranges import PixelRange, Samples, split_range
from ..images.rgb import from_array, samples_to_rgb, to_rgb
from .rows import Export, ExportRow, source_folders

COPY, LINK, PLAN = "copy", "link", "plan"
HOW = (COPY, LINK, PLAN)
PLAN_FILE = "plan.csv"
ENDINGS = {"JPEG": ".jpg", "JPEG2000": ".jp2", "TIFF": ".tif", "MPO": ".jpg", "HEIF": ".heic", "JPEG XL": ".jxl"}
SPECIAL = '/\\:*?"<>|[]{}'
PASSED_OVER = ("@eaDir", "$", "#recycle", "__MACOSX", "lost+found", "~")
"""How folders begin that systems make for themselves and readers of images pass over."""


def refuse_among_originals(export: Export, to: Path) -> None:
    """Raise BadInput if `to` lies in a folder of the data set, or something is there already."""
    refuse_in_folders(source_folders(export), to)


def refuse_in_folders(folders: Iterable[str], to: Path) -> None:
    """The same of folders that hold users' images."""
    real = os.path.realpath(to)
    for folder in folders:
        if real == folder or real.startswith(folder.rstrip(os.sep) + os.sep):
            raise BadInput(
                f"{to} lies in {folder}, among the images of the data set, where nothing is ever written.",
                "Choose a place outside it for --to.",
            )
    if to.is_dir() and any(to.iterdir()):
        raise BadInput(f"The folder {to} is not empty.", "Choose a new or an empty one for --to.")
    if to.exists() and not to.is_dir():
        raise BadInput(f"{to} exists already.", "Choose another name for --to, or remove it first.")


def refuse_contained(export: Export, what: str) -> None:
    """Raise BadInput if the images have no paths of their own, for formats that name them by path."""
    if any(row.contained for row in export.kept):
        raise BadInput(
            f"The images of this audit lie inside {export.source}, so {what} has no paths to name.",
            "Export them as files",
            command(None, "export", "--format", "huggingface", "--to", "FOLDER"),
        )


def file_name(row: ExportRow, stored: Stored | None) -> str:
    """A plain file name for an image: the last part of its key, with an ending that fits what is in it."""
    plain = plain_name(os.path.basename(row.key) or str(row.image_id))
    suffix = os.path.splitext(row.path)[1]
    if stored is not None:
        suffix = ending(format_of(stored) if isinstance(stored, bytes) else "")
    elif not is_image_name(row.path):
        suffix = ending(row.format)
    return plain if plain.lower().endswith(suffix.lower()) else plain + suffix


def ending(name: str) -> str:
    """The usual ending of files of a format by Pillow's name; pixels without one are written as PNG."""
    return ENDINGS.get(name, f".{name.lower() or 'png'}")


def plain_name(text: str) -> str:
    """`text` as one part of a path on any system, and one that no reader passes over.

    Without separators, wild cards, control characters, outer blanks and a leading dot; a name that systems keep for
    themselves gets an underscore.
    """
    kept = "".join("_" if c in SPECIAL or ord(c) < 32 else c for c in from_text(text)).strip()
    kept = kept.encode("utf-8", "surrogateescape")[:LONGEST_FILE].decode("utf-8", "ignore").rstrip(". ")
    reserved = kept.startswith((".", *PASSED_OVER)) or is_device(kept)
    return f"_{kept.lstrip('.')}" if reserved or not kept else kept


def plain_names(names: Iterable[str]) -> dict[str, str]:
    """A plain name for each of several, all different also where a file system does not tell cases or forms apart."""
    plain: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        first = chosen = plain_name(name)
        again = 1
        while alike(chosen) in taken:
            again += 1
            chosen = f"{first}_{again}"
        taken.add(alike(chosen))
        plain[name] = chosen
    return plain


def alike(name: str) -> str:
    """What a name comes down to for file systems that tell neither cases nor Unicode forms apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def encoded(stored: Stored, shown: PixelRange | None = None) -> bytes:
    """The bytes of an image file: as they are stored; pixels of an array as a PNG, as the audit shows them."""
    if isinstance(stored, bytes):
        return stored
    out = BytesIO()
    pixels = from_array(stored)
    if isinstance(pixels, Samples):
        pixels = samples_to_rgb(pixels, shown)
    elif shown is not None:
        pixels = to_rgb(pixels, shown)
    pixels.save(out, "PNG")
    return out.getvalue()


class Placer:
    """Puts images under a folder: copies, links, or a plan that says what a copy would do and touches nothing else."""

    def __init__(self, export: Export, to: Path, how: str) -> None:
        if how not in HOW:
            raise BadInput(f"{how!r} is no way to place images.", f"Use one of {', '.join(HOW)}.")
        if how == LINK and any(row.no_file for row in export.kept):
            where = f"inside {export.source}" if any(row.contained for row in export.kept) else "at URLs"
            raise BadInput(f"There is nothing to link to: the images lie {where}.", "Use --how copy.")
        self.to, self.how = to, how
        self.plan: list[tuple[str, str]] = []
        rows = export.rows
        self._source = PixelSource([row.path for row in rows], [row.row for row in rows])
        self._position = {row.key: i for i, row in enumerate(rows)}
        self._taken: set[str] = set()

    def place(self, row: ExportRow, folder: str, prefix: str = "") -> str:
        """Put one image into `folder` (relative to the export's). Returns its path there, "a/b.png"."""
        stored = self._source.read(self._position[row.key]) if row.no_file else None
        name = self._free(folder, prefix + file_name(row, stored))
        self.plan.append((f"{row.path} row {row.row}" if row.contained else row.path, name))
        target = self.to / name
        if self.how == PLAN:
            return name
        target.parent.mkdir(parents=True, exist_ok=True)
        if stored is not None:
            target.write_bytes(encoded(stored, split_range(row.content_hash)[1]))
        elif self.how == LINK:
            target.symlink_to(os.path.realpath(from_text(row.path)))
        else:
            shutil.copyfile(from_text(row.path), target)
        return name

    def _free(self, folder: str, name: str) -> str:
        stem, suffix = os.path.splitext(name)
        path, again = f"{folder}/{name}" if folder else name, 1
        while alike(path) in self._taken:
            again += 1
            path = f"{folder}/{stem}_{again}{suffix}" if folder else f"{stem}_{again}{suffix}"
        self._taken.add(alike(path))
        return path
