"""Files that hold many images: Parquet, array files, torchvision's data sets. One object reads one file by row.

The store's `images.path` says where an image lies, and these functions write and read that text:
`FILE.parquet::COLUMN`, `FILE.npz::KEY`, `FILE.npy`, `FILE.zip::`, `FILE.tar::`, `torchvision:NAME::SPLIT::ROOT`.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..files.arrays import named_arrays
from ..files.broken import BROKEN
from .archives import ARCHIVES, open_archive
from .filenames import from_text
from .rgb import to_rgb

if TYPE_CHECKING:
    import pyarrow as pa

CACHE_BYTES = 512 << 20
"""Row groups of one Parquet file kept in memory; the last one read is kept whatever its size."""

TORCHVISION = "torchvision:"
_ADDRESS = re.compile(r"(?P<file>.*\.(?i:parquet|pq|npz|zip|tar))::(?P<part>.*)", re.DOTALL)

Stored = bytes | NDArray[Any]


class Container(Protocol):
    """A file of many images."""

    def read(self, row: int) -> Stored:
        """The image of one row: encoded bytes, or an array of pixels. Raises what `core.files.broken.BROKEN` lists."""


def address(file: str, part: str) -> str:
    """What `images.path` holds for an image in a column of a Parquet file or under a key of an npz file."""
    return f"{file}::{part}"


def file_of(path: str) -> str:
    """The file behind an address, "" for torchvision data; a plain path is its own."""
    if path.startswith(TORCHVISION):
        return ""
    found = _ADDRESS.fullmatch(path)
    return from_text(found["file"] if found else path)


def open_container(path: str) -> Container:
    """The container behind an address. Raises OSError where the file is gone, and what `BROKEN` lists."""
    if path.startswith(TORCHVISION):
        name, split, root = path.removeprefix(TORCHVISION).split("::", 2)
        return TorchvisionImages(name, split, root)
    found = _ADDRESS.fullmatch(path)
    if found is None:
        return ArrayImages(np.load(from_text(path), mmap_mode="r", allow_pickle=False))
    file = from_text(found["file"])
    if file.casefold().endswith(ARCHIVES):
        return open_archive(file)
    if file.casefold().endswith(".npz"):
        with open(file, "rb") as opened:
            return ArrayImages(named_arrays(opened, [found["part"]])[found["part"]])
    return ParquetImages(file, found["part"])


class ArrayImages:
    """(n, …) pixels, loaded (npz) or mapped (npy) once."""

    def __init__(self, pixels: NDArray[Any]) -> None:
        self._pixels = pixels

    def read(self, row: int) -> Stored:
        """The pixels of one image, as stored but in this machine's byte order."""
        pixels = np.asarray(self._pixels[row])
        return pixels if pixels.dtype.isnative else pixels.astype(pixels.dtype.newbyteorder("="))


class ParquetImages:
    """An image column of one Parquet file: encoded bytes, plain or in Hugging Face's {bytes, path} struct.

    Whole row groups are read and the latest kept, so going through the rows in order reads each once.
    """

    def __init__(self, file: str, column: str) -> None:
        # Here and below, because the dashboard loads this module and reads Parquet only to show an image at full size.
        import pyarrow.parquet as pq
        from pyarrow.types import is_struct

        from ..files.arrow import readable

        self._file = pq.ParquetFile(readable(file))
        field = self._file.schema_arrow.field(column)
        self._column = column
        self._in_struct = is_struct(field.type)
        metadata = self._file.metadata
        sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        self._starts = [0, *accumulate(sizes)]
        self._groups: OrderedDict[int, pa.ChunkedArray] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, row: int) -> Stored:
        """The encoded bytes of one row."""
        if not 0 <= row < self._starts[-1]:
            raise IndexError(f"row {row} of {self._starts[-1]}")
        group = bisect_right(self._starts, row) - 1
        value = self._group(group)[row - self._starts[group]].as_py()
        if not isinstance(value, bytes | None):
            raise TypeError(f"the column {self._column!r} holds no images")
        return value or b""

    def _group(self, group: int) -> pa.ChunkedArray:
        import pyarrow as pa

        with self._lock:  # a second thread that wants this group waits for it instead of reading it again
            if group not in self._groups:
                leaf = f"{self._column}.bytes" if self._in_struct else self._column
                column = self._read(group, leaf)
                if self._in_struct:
                    inner = column.type.field("bytes").type  # binary, large_binary (Polars) or a view
                    column = pa.chunked_array([chunk.field("bytes") for chunk in column.chunks], inner)
                while self._groups and sum(kept.nbytes for kept in self._groups.values()) + column.nbytes > CACHE_BYTES:
                    self._groups.popitem(last=False)
                self._groups[group] = column
            self._groups.move_to_end(group)
            return self._groups[group]

    def _read(self, group: int, leaf: str) -> pa.ChunkedArray:
        import pyarrow as pa

        try:
            return self._file.read_row_group(group, columns=[leaf], use_threads=False)[self._column]
        except pa.ArrowException as error:
            if isinstance(error, BROKEN):
                raise
            raise ValueError(str(error)) from error  # one that only pyarrow knows


class TorchvisionImages:
    """One split of a torchvision data set on disk; torchvision is imported when the first is opened."""

    def __init__(self, name: str, split: str, root: str) -> None:
        from .torchvision_sets import open_split

        self._data = open_split(name, split, from_text(root), download=False)
        self._lock = threading.Lock()

    def read(self, row: int) -> Stored:
        """(H, W, 3) uint8 pixels of one image."""
        with self._lock:  # some of these data sets keep one open file
            image, _ = self._data[row]
        return np.asarray(to_rgb(image))
