"""What libraries raise on a damaged file: one list, so that no reader lets one of them through as a traceback."""

from __future__ import annotations

import errno
import lzma
import struct
import zipfile
import zlib
from tokenize import TokenError

from .reading import OUT_OF_REACH, READ_ERRORS

BROKEN = (
    OSError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, MemoryError,
    NotImplementedError, RuntimeError, SyntaxError, TokenError, struct.error, zlib.error, lzma.LZMAError,
    zipfile.BadZipFile,
)  # fmt: skip
"""By NumPy, zipfile and json; pyarrow has more, see `core.files.arrow`. An array's header is read as Python's
source, which raises what a compiler does; one that states a shape beyond memory raises MemoryError or OverflowError; a
member packed or encrypted in a way that zipfile does not know raises NotImplementedError or RuntimeError; JSON nested
too deeply raises RecursionError, which is a RuntimeError. Mutated files (`tests/dataset/fuzz.py`, `tests/fuzz`,
`tests/files/test_broken.py`) are what the list is held against. Whoever catches them raises `from` them, so that a
fault of ours can be traced."""

_OF_THE_MACHINE = OUT_OF_REACH | READ_ERRORS | {
    errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EINTR,
}  # fmt: skip


def is_of_the_machine(error: BaseException) -> bool:
    """Whether a sound file could raise it: memory, open files, rights or the way to its disk were wanting.

    Where a file is set aside or removed for what it raised, such an error has to pass: nothing is wrong with the file.
    `core.files.arrays` sees to it that memory is not wanting for what a damaged header states.
    """
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _OF_THE_MACHINE)


def reason_of(error: BaseException) -> str:
    """What an error says, in one line; its kind where it says nothing."""
    return " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
