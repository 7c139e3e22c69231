"""Files of an audit's cache: they can be made again, and appear whole or not at all."""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..files.arrays import named_arrays
from ..files.broken import BROKEN
from ..files.leftovers import set_aside
from ..files.space import needing_space
from ..files.whole import whole_file
from ..progress import warning


def write_whole(path: Path, data: bytes) -> None:
    """Write a file in one rename; its folder is made if it is not there. Not synced: after a power cut it is remade."""
    with needing_space(path, len(data)):
        path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        warning(set_aside(path, "it is a folder"))
    with whole_file(path, needed=len(data)) as part:
        part.write_bytes(data)


def write_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Keep arrays by name."""
    out = BytesIO()
    named: dict[str, Any] = dict(arrays)
    np.savez(out, **named)
    write_whole(path, out.getvalue())


def read_arrays(path: Path, names: Collection[str]) -> dict[str, NDArray[Any]] | None:
    """The arrays of these names in a file, None if there is none, or one that cannot be read or lacks some: it is made
    again, and written over."""
    try:
        with open(path, "rb") as file:
            return named_arrays(file, names)
    except BROKEN:
        return None
