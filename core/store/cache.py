"""Files of an audit's cache: they can be made again, and appear whole or not at all."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile
from zlib import error as BrokenStream

import numpy as np
from numpy.typing import NDArray

from ..files.space import needing_space
from ..files.whole import whole_file

DAMAGED = (BadZipFile, BrokenStream, ValueError, EOFError, KeyError, TypeError, AttributeError, SyntaxError)
"""What NumPy raises on a file of arrays that is cut short or altered; an .npy in an .npz's place has no `files`."""


def write_whole(path: Path, data: bytes) -> None:
    """Write a file in one rename; its folder is made if it is not there. Not synced: after a power cut it is remade."""
    with needing_space(path, len(data)):
        path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, needed=len(data)) as part:
        part.write_bytes(data)


def write_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Keep arrays by name."""
    out = BytesIO()
    named: dict[str, Any] = dict(arrays)
    np.savez(out, **named)
    write_whole(path, out.getvalue())


def read_arrays(path: Path) -> dict[str, NDArray[Any]] | None:
    """The arrays of a file, None if there is none, or one that is damaged: it is made again, and written over."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (FileNotFoundError, *DAMAGED):
        return None
