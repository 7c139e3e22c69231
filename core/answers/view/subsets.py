"""Sets of images that a figure or a search gave, as the address carries them: `only=<kind>:<payload>`.

A kind is registered by the module that draws what it comes from, so that a bar, a box on a map and a saved selection
open in every page in the same way. A subset is recomputed from its description: the address never carries the ids of
a million images, and means the same to whoever opens it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np

from ...errors import BadInput
from ...types import Ints
from ...wording import count
from .reader import Reader


@dataclass(frozen=True)
class SubsetKind:
    """ids: payload -> (m,) ids of the images, in the order they should be shown. words: payload -> what they are.

    Both raise BadInput on a payload that is not theirs, as someone may have typed it.
    """

    ids: Callable[[Reader, str], Ints]
    words: Callable[[Reader, str], str]


_KINDS: dict[str, SubsetKind] = {}

DEEPEST = 6
_depth: ContextVar[int] = ContextVar("_depth", default=0)

NUMBER = re.compile(r"[0-9]{1,9}")
"""A number in an address: of an image or of an entry. Longer ones are of neither."""


def register_subset(name: str, ids: Callable[[Reader, str], Ints], words: Callable[[Reader, str], str]) -> None:
    """Make `only=<name>:…` mean something. Raises ValueError on a name that is taken."""
    if name in _KINDS:
        raise ValueError(f"subset kind {name!r} is registered twice")
    _KINDS[name] = SubsetKind(ids, words)


def subset_ids(reader: Reader, only: str) -> Ints:
    """(m,) int32 ids of the images that `only` names, in its order. Raises BadInput on one that names none.

    A subset may lie within another, and a saved selection may mean one: `DEEPEST` of them, for they may go in a circle.
    """
    kind, payload = _kind(only)
    deep = _depth.get()
    if deep >= DEEPEST:
        raise BadInput(
            f"The selections of the address refer to themselves, or to one another more than {DEEPEST} times over.",
            "Save the selection anew under Filter, from fewer steps.",
        )
    token = _depth.set(deep + 1)
    try:
        return kind.ids(reader, payload)
    finally:
        _depth.reset(token)


def checked_subset(reader: Reader, only: str) -> str:
    """`only` itself, once it is known to name images. Raises BadInput where it does not."""
    subset_ids(reader, only)
    return only


def subset_words(reader: Reader, only: str) -> str:
    """What the images of `only` have in common, for the line above them."""
    kind, payload = _kind(only)
    return kind.words(reader, payload)


def _kind(only: str) -> tuple[SubsetKind, str]:
    name, _, payload = only.partition(":")
    if name not in _KINDS:
        raise BadInput(
            f"The address asks for images by {name[:60]!r}, which is not known.",
            f"Known are: {', '.join(sorted(_KINDS))}. Remove only= from the address.",
        )
    return _KINDS[name], payload


def _listed_ids(reader: Reader, payload: str) -> Ints:
    listed = np.zeros(reader.n_images, bool)
    for part in payload.split(","):
        first, dash, last = part.partition("-")
        if not NUMBER.fullmatch(first) or (dash and not NUMBER.fullmatch(last)):
            raise BadInput(f"{part[:60]!r} is no image number.", "Write numbers and ranges, such as ids:3,8-12.")
        listed[int(first) : int(last or first) + 1] = True
    return np.flatnonzero(listed).astype(np.int32)


def _listed_words(reader: Reader, payload: str) -> str:
    return f"{count(len(_listed_ids(reader, payload)))} chosen images"


register_subset("ids", _listed_ids, _listed_words)
