"""What libraries raise on a damaged file: one list, so that no format lets one of them through as a traceback."""

from __future__ import annotations

import struct
import zipfile
import zlib
from tokenize import TokenError

import pyarrow as pa

BROKEN = (
    OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, OverflowError, MemoryError,
    NotImplementedError, RuntimeError, SyntaxError, TokenError, struct.error, zlib.error, zipfile.BadZipFile,
    pa.ArrowException,
)  # fmt: skip
"""By NumPy, zipfile and pyarrow. An array's header is read as Python's source, which raises what a compiler does; one
that states a shape beyond memory raises MemoryError or OverflowError; a member packed or encrypted in a way that
zipfile does not know raises NotImplementedError or RuntimeError. Mutated files (`tests/dataset/fuzz.py`, `tests/fuzz`)
are what the list is held against. Whoever catches them raises `from` them, so that a fault of ours can be traced."""
