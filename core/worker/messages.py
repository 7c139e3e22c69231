"""How the dashboard and its worker talk: a length, a JSON header, arrays as .npy. Nothing that is read can run code.

frame = 4 bytes, length of the header, big endian · header, JSON {"message": {…}, "arrays": {name: bytes}} · each array.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..files.broken import BROKEN

MOST_HEADER, MOST_ARRAY = 1 << 20, 1 << 28
"""Bytes. An image of 8192 × 8192 pixels fits; a length that is larger is a broken stream and not a message."""

_LENGTH = struct.Struct(">I")


@dataclass(frozen=True)
class Frame:
    """One message with its arrays."""

    message: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)


class BrokenFrame(ValueError):
    """The stream ended inside a frame, or holds something else: whoever reads it can only stop."""


def write_frame(stream: BinaryIO, frame: Frame) -> None:
    """Send a frame at once. Raises OSError (BrokenPipeError) if nobody reads it, ValueError on an array of objects."""
    parts = {name: _as_npy(array) for name, array in frame.arrays.items()}
    header = {"message": dict(frame.message), "arrays": {name: len(part) for name, part in parts.items()}}
    encoded = json.dumps(header).encode()
    for part in (_LENGTH.pack(len(encoded)), encoded, *parts.values()):
        stream.write(part)
    stream.flush()


def read_frame(stream: BinaryIO) -> Frame | None:
    """The next frame, None where the stream ends between two. Raises BrokenFrame."""
    start = stream.read(_LENGTH.size)
    if not start:
        return None
    try:
        header = json.loads(_exactly(stream, _limited(_LENGTH.unpack(start)[0], MOST_HEADER)))
        arrays = {
            name: np.load(BytesIO(_exactly(stream, _limited(length, MOST_ARRAY))), allow_pickle=False)
            for name, length in header["arrays"].items()
        }
        return Frame(dict(header["message"]), arrays)
    except BROKEN as error:
        raise BrokenFrame(f"not a frame: {error}") from error


def _as_npy(array: NDArray[Any]) -> bytes:
    out = BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def _limited(length: int, most: int) -> int:
    if not 0 <= length <= most:
        raise BrokenFrame(f"a part of {length:,} bytes; at most {most:,} are taken")
    return length


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise BrokenFrame(f"the stream ended {length - len(data):,} bytes early")
    return data
