"""Files of an audit's cache: they can be made again, and appear whole or not at all."""

from __future__ import annotations

import os
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def write_whole(path: Path, data: bytes) -> None:
    """Write a file in one rename; its folder is made if it is not there. Not synced: after a power cut it is remade."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Keep arrays by name."""
    out = BytesIO()
    named: dict[str, Any] = dict(arrays)
    np.savez(out, **named)
    write_whole(path, out.getvalue())


def read_arrays(path: Path) -> dict[str, NDArray[Any]] | None:
    """The arrays of a file, None if there is none."""
    if not path.exists():
        return None
    with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
