"""Inputs of a few bytes, and what listing them gives: most of what an input is read as needs no image opened."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from PIL import Image

from core.dataset import IngestOptions, list_source
from core.dataset.model import Listing


def _one_pixel() -> bytes:
    out = BytesIO()
    Image.new("RGB", (1, 1)).save(out, "PNG")
    return out.getvalue()


PNG = _one_pixel()
"""A whole picture of one pixel."""


def put(folder: Path, *names: str, data: bytes = PNG) -> Path:
    """Write files, each with the same content; the folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def tree(folder: Path, places: Iterable[str], each: int = 2) -> Path:
    """Write `each` images into each place: "train/cat" gets train/cat/train-cat-0 without the split in a name."""
    for number, place in enumerate(places):
        put(folder, *(f"{place}/{number:03d}{i}.png".lstrip("/") for i in range(each)))
    return folder


def listed(source: Path | str, **options: object) -> Listing:
    """What an input names."""
    return list_source(str(source), IngestOptions(**options))  # type: ignore[arg-type]


def places(listing: Listing) -> dict[str, set[tuple[str, str | None]]]:
    """Folder of the key to the (split, label) pairs of the images in it."""
    found: dict[str, set[tuple[str, str | None]]] = {}
    for one in listing.candidates:
        label = None if one.label is None else str(one.label)
        found.setdefault(one.key.rpartition("/")[0], set()).add((one.split, label))
    return found


def counted(listing: Listing) -> int:
    """Everything kept, refused and passed over."""
    return len(listing.candidates) + len(listing.refused) + sum(one.count for one in listing.passed_over)
