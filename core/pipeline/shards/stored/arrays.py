"""Arrays by name in an .npz file, every one of which is read to its end: zip's checksums are looked at there.

Where the file lies stands in the comment that a zip may have.
"""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ....files.arrays import stated_array
from .seals import SEAL, digest_of, refuse_other

_END = struct.Struct("<4s4H2LH")
"""The record at the end: its mark, of four numbers the last is how many members there are, and the comment's length."""
_MARK = b"PK\x05\x06"


def write_arrays(arrays: Mapping[str, Any], to: Path, place: str) -> None:
    """Write them. place: see `digest_of`. Raises OSError."""
    with to.open("wb") as file:
        np.savez(file, **arrays)
    with zipfile.ZipFile(to, "a") as archive:
        archive.comment = SEAL + digest_of(place)


def read_arrays(file: BinaryIO, place: str) -> dict[str, NDArray[Any]]:
    """All of them, also of a file that says nothing of itself. place: see `digest_of`.

    Raises what zipfile and NumPy do on a damaged file, and ValueError.
    """
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) != _stated(file, len(archive.comment)):
            raise ValueError("it holds fewer arrays than it states")
        found = {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}
        if archive.comment.startswith(SEAL):
            refuse_other(place, archive.comment[len(SEAL) :])
    return found


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(member) as content:  # a damaged shape may be larger than memory
        stated_array(content, member)
    with archive.open(member) as content:
        array = np.lib.format.read_array(content, allow_pickle=False)
        if content.read(1):  # of a shape that was changed: what is left is not read, and no checksum looked at
            raise ValueError(f"{member.filename} holds more than its shape says")
        return np.asarray(array)


def _stated(file: BinaryIO, comment: int) -> int:
    """How many members the end of a zip says that there are; -1 where it is none."""
    file.seek(-_END.size - comment, os.SEEK_END)
    mark, *_, count, _, _, length = _END.unpack(file.read(_END.size))
    return count if mark == _MARK and length == comment else -1
