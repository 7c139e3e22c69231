"""Arrays by name in an .npz file, every one of which is read to its end: zip's checksums are looked at there."""

from __future__ import annotations

import os
import zipfile
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_END, _COUNT = b"PK\x05\x06", slice(10, 12)
"""How the record at the end begins, and where it says how many members there are."""
_LENGTH = 22  # bytes of that record, without the comment that NumPy writes none of


def read_arrays(file: BinaryIO) -> dict[str, NDArray[Any]]:
    """All of them. Raises what zipfile and NumPy do on a damaged file, and ValueError."""
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) != _stated(file):
            raise ValueError("it holds fewer arrays than it states")
        return {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(member) as content:
        array = np.lib.format.read_array(content, allow_pickle=False)
        if content.read(1):  # of a shape that was changed: what is left is not read, and no checksum looked at
            raise ValueError(f"{member.filename} holds more than its shape says")
        return np.asarray(array)


def _stated(file: BinaryIO) -> int:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - _LENGTH, 0))
    end = file.read()
    return int.from_bytes(end[_COUNT], "little") if end.startswith(_END) else -1
