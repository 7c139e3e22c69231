"""What a file of a stage says of itself: that it has checksums, and which file it is.

A file that was put in the place of another is as sound as that one was, and of other images.
"""

from __future__ import annotations

import hashlib
from typing import Any

SEAL = b"hardlook"
DIGEST = 8  # bytes


def digest(content: Any) -> bytes:
    """A hash of bytes."""
    return hashlib.blake2b(content, digest_size=DIGEST).digest()


def digest_of(place: str) -> bytes:
    """A hash of where a file lies: the name of its stage, which is a hash of what that is made of, and its own."""
    return digest(place.encode("utf-8", "surrogateescape"))


def refuse_other(place: str, written: bytes) -> None:
    """Raise ValueError unless a file was written where it lies. written: `digest_of` that place, as the file says."""
    if written != digest_of(place):
        raise ValueError(f"it was not written as {place}, but as another file")
