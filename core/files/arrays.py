"""Arrays by name, from an `.npz` in which nothing is believed: what a header states is compared before it is made."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Collection
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

MEMBER = ".npy"


def named_arrays(opened: IO[bytes], names: Collection[str] = ()) -> dict[str, NDArray[Any]]:
    """The arrays of these names, of all where none is given. Raises what `core.files.broken.BROKEN` lists.

    opened: a file, not its name: given one, NumPy leaves the file open when it is no zip archive.
    """
    with np.load(opened, allow_pickle=False) as arrays:
        wanted = names or arrays.files
        sizes = {info.filename.removesuffix(MEMBER): info for info in arrays.zip.infolist()}
        for name in wanted:
            with arrays.zip.open(sizes[name]) as member:
                stated_array(member, sizes[name])
        return {name: arrays[name] for name in wanted}


def stated_array(member: IO[bytes], info: zipfile.ZipInfo) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """The shape and type that an array's header states; what follows is its values.

    Raises ValueError where the member holds fewer bytes or more than those: memory is not taken for a damaged number.
    """
    major, _ = npy.read_magic(member)
    read = npy.read_array_header_1_0 if major == 1 else npy.read_array_header_2_0
    shape, _, kind = read(member)
    expected = member.tell() + math.prod(shape) * kind.itemsize
    if not kind.hasobject and expected != info.file_size:
        raise ValueError(f"{info.filename} has {info.file_size} bytes, and {expected} by its header")
    return shape, kind
