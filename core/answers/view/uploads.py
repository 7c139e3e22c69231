"""Pictures that a viewer uploads to search by: limited before they are decoded, kept as pixels alone, never as sent."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...errors import BadInput
from ...images.decoding import size_of
from ...images.pixels import Refusal, content_hash, examine
from ...store.audit import Audit
from ...store.cache import write_whole
from ...store.paths import remove

MOST_BYTES = 20 << 20
MOST_PIXELS = 50_000_000
"""As many as a large camera has. A few kilobytes can decode to gigabytes, so the header is asked first."""

LARGEST_SIDE = 1024  # pixels; more than any encoder sees
MOST_KEPT = 200
NAME = re.compile(r"[0-9a-f]{32}")


def keep_upload(audit: Audit, data: bytes) -> str:
    """Keep the picture in the audit's cache; the name to call it by. The oldest go where there are many.

    Raises BadInput on what is no picture, or too large a one.
    """
    if len(data) > MOST_BYTES:
        raise BadInput(
            f"The file has {len(data):,} bytes; at most {MOST_BYTES:,} are taken.", "Make it smaller and try again."
        )
    refuse_many_pixels(data)
    rgb = examine(data)[1]
    rgb.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.BICUBIC)
    out = BytesIO()
    rgb.save(out, "PNG")
    name = content_hash(data)
    path = path_of(audit, name)
    write_whole(path, out.getvalue())
    ours = [each for each in path.parent.glob("*.png") if NAME.fullmatch(each.stem)]
    for old in sorted(ours, key=lambda each: each.lstat().st_mtime, reverse=True)[MOST_KEPT:]:
        remove(audit, old)
    return name


def refuse_many_pixels(data: bytes) -> None:
    """Raise BadInput if the header says that there are more than MOST_PIXELS. What is no image passes."""
    try:
        width, height = size_of(data)
    except Refusal:  # `examine` says it
        return
    if width * height > MOST_PIXELS:
        raise BadInput(
            f"The image has {width:,} × {height:,} pixels; at most {MOST_PIXELS:,} are taken.",
            "Make it smaller and try again.",
        )


def read_upload(audit: Audit, name: str) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 of a kept picture. Raises BadInput if it is not there (any more)."""
    with Image.open(existing(audit, name), formats=("PNG",)) as image:
        return np.asarray(image.convert("RGB"))


def existing(audit: Audit, name: str) -> Path:
    """The file of a kept picture. Raises BadInput on another name."""
    if not NAME.fullmatch(name) or not path_of(audit, name).exists():
        raise BadInput("The uploaded image of this address is no longer kept.", "Upload it again.")
    return path_of(audit, name)


def path_of(audit: Audit, name: str) -> Path:
    """Where a picture of that name is kept."""
    return audit.cache / "uploads" / f"{name}.png"
