"""Standard output and error of the command: what becomes of words that nobody can take.

A reader that went away (`| head -1`) ends the command as a signal would have, with 141 and no word. Output that cannot
be written (a full disk) is an error that is said. What the error stream cannot take is lost: there is no other place.
Where a stream was closed before the start (`>&-`), nobody wants its words, and the work is done without them.
"""

from __future__ import annotations

import io
import os
import select
import sys
from typing import TYPE_CHECKING, Any

from ...errors import DiskFull

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

READER_GONE = 128 + 13
"""The exit code of a process that SIGPIPE has ended, as shells report it."""


class OutputLost(DiskFull):
    """What was to be printed could not be written."""


class _Output(io.FileIO):
    """A standard stream. After its first failure it takes everything and writes nothing."""

    failed = False

    def write(self, data: ReadableBuffer, /) -> int:
        """As FileIO's. Raises SystemExit where the reader went away, OutputLost on any other failure."""
        if self.failed:
            return memoryview(data).nbytes
        try:
            while (written := super().write(data)) is None:
                select.select((), (self,), ())  # full, and whoever else has the pipe open set it not to wait
            return written
        except OSError as error:
            failure = error
        self.failed = True
        return self.lose(failure, memoryview(data).nbytes)

    def lose(self, error: OSError, size: int) -> int:
        """What a failure becomes. size: of what was lost, in bytes."""
        if isinstance(error, BrokenPipeError):
            raise SystemExit(READER_GONE)
        raise OutputLost(
            f"Standard output cannot be written: {error.strerror}.",
            "What was computed is kept; print it to another place, or free some space.",
        )


class _Errors(_Output):
    """The error stream, whose failures nobody can be told of."""

    def lose(self, error: OSError, size: int) -> int:
        """Nothing comes of it: the exit code still says how the command ended."""
        return size


def guard_standard_streams() -> None:
    """Put both streams in place. Call it before a file is opened, which would get the number of a closed stream."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
    sys.stdout = _over(_Output(1, "w", closefd=False), sys.stdout)
    sys.stderr = _over(_Errors(2, "w", closefd=False), sys.stderr)


def _over(raw: _Output, before: Any) -> io.TextIOWrapper:
    """A text stream that is encoded and buffered as the one before it, which is None where that was closed."""
    if before is not None:
        before.flush()
    encoding, errors = getattr(before, "encoding", "utf-8"), getattr(before, "errors", "strict")
    of_errors = isinstance(raw, _Errors)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding, "backslashreplace" if of_errors else errors,
        line_buffering=of_errors or raw.isatty(),
    )  # fmt: skip
