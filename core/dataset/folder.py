"""Folders of images: one folder per class, with or without split folders above; or no classes at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from ..images.filenames import to_text
from ..images.roots import Roots
from .model import SPLITS, Candidate, IngestOptions, Listing, Refused, known_split, split_notes

IMAGE_SUFFIXES = (
    ".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".ico", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".jxl",
    ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".qoi", ".svg", ".tif", ".tiff", ".webp",
)  # fmt: skip
"""What counts as an image by name. SVG and HEIC are among them so that they are refused by name, not passed over."""


def is_image_name(name: str) -> bool:
    """Whether a file's name says that it is an image."""
    return PurePath(name).suffix.lower() in IMAGE_SUFFIXES


def list_folder(folder: Path, names: Sequence[str], options: IngestOptions) -> Listing:
    """Every image of an ImageFolder. names: what `walk` found in it. Class and split come from the folders."""
    files = [name for name in names if is_image_name(name)]
    tops = {name.split("/", 1)[0] for name in files if "/" in name}
    has_splits = bool(tops) and all(top.lower() in SPLITS for top in tops)
    roots = Roots(folder, options.roots)
    candidates, refused = [], []
    for name in files:
        path = str(folder / name)
        outside = roots.refuses(path)
        if outside:
            refused.append(Refused(to_text(name), to_text(path), "outside the roots", outside))
            continue
        parts = name.split("/")
        split = known_split(parts.pop(0)) if has_splits and len(parts) > 1 else options.split
        label = to_text(parts[0]) if len(parts) > 1 else None
        candidates.append(Candidate(to_text(name), to_text(path), label=label, split=split))
    return Listing(
        kind="image folder",
        candidates=tuple(candidates),
        refused=tuple(refused),
        notes=(
            *(split_notes(tops) if has_splits else ()),
            *_passed_over([to_text(name) for name in names if not is_image_name(name)]),
        ),
    )


def _passed_over(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"files passed over, not images by their names: {len(names)}, {names[0]!r} first"
    for name in names:
        if "/" not in name and name.endswith((".csv", ".tsv", ".jsonl")):
            yield f"{name!r} was not read; if it is a manifest of these images, ingest it instead of the folder"


def walk(folder: Path) -> Iterator[str]:
    """Relative POSIX paths of all files, in name order; hidden ones are left out, folder links followed once.

    A folder that is named like an image is given as if it were a file, for the reader to refuse.
    """
    seen = {os.path.realpath(folder)}
    for top, folders, names in os.walk(folder, followlinks=True):
        relative = os.path.relpath(top, folder)
        prefix = "" if relative == "." else relative.replace(os.sep, "/") + "/"
        odd = [name for name in folders if is_image_name(name)]
        yield from (prefix + name for name in sorted([*names, *odd]) if not name.startswith("."))
        kept = []
        for name in sorted(set(folders) - set(odd)):
            real = os.path.realpath(os.path.join(top, name))
            if not name.startswith((".", "__MACOSX")) and real not in seen:
                seen.add(real)
                kept.append(name)
        folders[:] = kept
