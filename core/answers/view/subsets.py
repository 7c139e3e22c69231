"""Sets of images that a figure or a search gave, as the address carries them: `only=<kind>:<payload>`.

A kind is registered by the module that draws what it comes from, so that a bar, a box on a map and a saved selection
open in every page in the same way. A subset is recomputed from its description: the address never carries the ids of
a million images, and means the same to whoever opens it.
"""

from __future__ import annotations

from collections.abc import Callable
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


def register_subset(name: str, ids: Callable[[Reader, str], Ints], words: Callable[[Reader, str], str]) -> None:
    """Make `only=<name>:…` mean something. Raises ValueError on a name that is taken."""
    if name in _KINDS:
        raise ValueError(f"subset kind {name!r} is registered twice")
    _KINDS[name] = SubsetKind(ids, words)


def subset_ids(reader: Reader, only: str) -> Ints:
    """(m,) int32 ids of the images that `only` names, in its order. Raises BadInput on one that names none."""
    kind, payload = _kind(only)
    return kind.ids(reader, payload)


def subset_words(reader: Reader, only: str) -> str:
    """What the images of `only` have in common, for the line above them."""
    kind, payload = _kind(only)
    return kind.words(reader, payload)


def _kind(only: str) -> tuple[SubsetKind, str]:
    name, _, payload = only.partition(":")
    if name not in _KINDS:
        raise BadInput(
            f"The address asks for images by {name!r}, which is not known.",
            f"Known are: {', '.join(sorted(_KINDS))}. Remove only= from the address.",
        )
    return _KINDS[name], payload


def _listed_ids(reader: Reader, payload: str) -> Ints:
    found = []
    for part in payload.split(","):
        first, dash, last = part.partition("-")
        if not (first.isdecimal() and (last.isdecimal() or not dash)):
            raise BadInput(f"{part!r} is no image number.", "Write numbers and ranges, such as ids:3,8-12.")
        found.append(np.arange(int(first), min(int(last or first), reader.n_images - 1) + 1))
    ids = np.unique(np.concatenate(found))
    return ids[ids < reader.n_images].astype(np.int32)


def _listed_words(reader: Reader, payload: str) -> str:
    return f"{count(len(_listed_ids(reader, payload)))} chosen images"


register_subset("ids", _listed_ids, _listed_words)
