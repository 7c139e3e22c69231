"""Records in an .npy file, of which a reader takes slices: a page of the file is held against its hash when it is used.

Behind what NumPy writes, where NumPy's readers do not look, stand the hashes of the pages and an end that says how many
bytes they are of, and where the file lies. A hash of the whole would have every reader of ten rows read all of them.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ....types import Bools
from .seals import DIGEST, SEAL, digest, digest_of, refuse_other

PAGE = 4096  # bytes; as much as the system reads of a mapped file at least
_END = struct.Struct(f"<Q{DIGEST}s{len(SEAL)}s")  # bytes of the array with its header, where it lies, and the seal


class RecordFile:
    """The rows of a file on a disk of this machine, which are read where they are asked for.

    pages: None where the file has no hashes. first: the byte at which the rows begin. refuse: called with what is
    wrong, as a part of a sentence, and raises.
    """

    def __init__(
        self, rows: NDArray[Any], pages: HashedPages | None, first: int, refuse: Callable[[str], NoReturn]
    ) -> None:
        self._rows, self._pages, self._first, self._refuse = rows, pages, first, refuse

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, where: slice) -> NDArray[Any]:
        """The rows of a slice without a step. Raises what `refuse` does where they are not those that were written."""
        start, stop, _ = where.indices(len(self._rows))
        if self._pages and start < stop:
            bytes_of_row = self._rows.nbytes // len(self._rows)
            edges = self._first + start * bytes_of_row, self._first + stop * bytes_of_row
            if not self._pages.sound(*edges):
                self._refuse("some of its rows are not those that were written")
        return np.asarray(self._rows[where])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self[:], dtype, copy=copy)

    def first_from(self, field: str, value: int) -> int:
        """The first row of at least a value, where rows are sorted by that field; their number where there is none.

        Of the rows that are looked at on the way the two beside the place alone are held against their hashes: a
        damaged one that leads astray ends up beside it, for all that are looked at after it lead back to it.
        """
        place = bisect_left(self._rows[field], value)
        _ = self[max(place - 1, 0) : place + 1]
        return place


class HashedPages:
    """The bytes of a file and the hashes of its pages. Every page is hashed once at most."""

    def __init__(self, content: NDArray[np.uint8], end: int) -> None:
        self._content, self._end = content, end
        self._hashes = content[end : end + DIGEST * _pages_in(end)]
        self._known: Bools = np.zeros(_pages_in(end), bool)

    def sound(self, start: int, stop: int) -> bool:
        """Whether the pages of these bytes are those that were written."""
        pages = np.arange(start // PAGE, _pages_in(stop))
        for page in pages[~self._known[pages]].tolist():
            at = page * PAGE
            written = self._hashes[page * DIGEST : (page + 1) * DIGEST].tobytes()
            if digest(self._content[at : min(at + PAGE, self._end)]) != written:
                return False
            self._known[page] = True
        return True


def write_records(records: NDArray[Any], to: Path, place: str) -> None:
    """Write them. place: see `digest_of`. Raises OSError."""
    with to.open("wb") as file:
        np.save(file, records)
    with to.open("r+b") as file:
        hashes = b"".join(map(digest, iter(lambda: file.read(PAGE), b"")))
        file.write(hashes + _END.pack(file.tell(), digest_of(place), SEAL))


def open_records(file: Path, place: str, refuse: Callable[[str], NoReturn]) -> RecordFile:
    """The records of a file, also of one that was written without hashes. place: see `digest_of`. refuse: see
    `RecordFile`.

    Raises what NumPy does on a damaged file, and ValueError.
    """
    size = file.stat().st_size
    content = np.memmap(file, np.uint8, "r") if size else np.zeros(0, np.uint8)
    end, of_place, seal = _END.unpack(content[-_END.size :].tobytes()) if size >= _END.size else (0, b"", b"")
    pages = None
    if seal == SEAL:
        if end + DIGEST * _pages_in(end) + _END.size != size:
            raise ValueError("it is not as long as it says")
        pages = HashedPages(content, end)
        if not pages.sound(0, 1):  # says what the rows are, and how many
            raise ValueError("its first rows are not those that were written")
        refuse_other(place, of_place)
    rows = np.load(file, mmap_mode="r", allow_pickle=False)
    first = (end if pages else size) - rows.nbytes
    if getattr(rows, "offset", first) != first:
        raise ValueError("it is not as long as its shape says")
    return RecordFile(rows, pages, first, refuse)


def _pages_in(end: int) -> int:
    return -(-end // PAGE)
