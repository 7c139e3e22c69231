"""How large an image may be, so that memory stays bounded whatever is read."""

from __future__ import annotations

import os

from ..errors import BadInput

MEGAPIXELS_VARIABLE = "HARDLOOK_MEGAPIXELS"
MEGAPIXELS = 200
"""Pixels of the largest image that is decoded, in millions: the largest sensors of phones have as many."""
WHOLE = 89_478_485
"""Pixels of the largest image that keeps its size; a larger one is averaged down by a whole factor as it is read."""
ALONE = 32_000_000
"""Pixels above which images are decoded one at a time, however many threads there are."""


def largest() -> int:
    """Pixels of the largest image that is decoded. Raises BadInput where the environment says no number."""
    given = os.environ.get(MEGAPIXELS_VARIABLE, str(MEGAPIXELS))
    if not given.isdecimal() or not int(given):
        raise BadInput(f"{MEGAPIXELS_VARIABLE} is {given!r}.", f"Give millions of pixels: {MEGAPIXELS_VARIABLE}=400")
    return int(given) * 1_000_000


def limit_in_words() -> str:
    """The limit, and how to raise it."""
    limit = largest() // 1_000_000
    return f"more than the {limit} million that are decoded; to allow more: export {MEGAPIXELS_VARIABLE}={2 * limit}"
