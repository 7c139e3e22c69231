"""Finding images by paths that name more or less of the way to them than their keys do."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Sequence


class PathTails:
    """Keys by their last parts. `fitting("/data/in/cat/0.png")` finds "cat/0.png", and `fitting("0.png")` every
    key that ends in it; "dog/0.png" finds no "cat/0.png", because both name a folder."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._tails: dict[str, list[int]] = defaultdict(list)
        for place, key in enumerate(keys):
            whole, *tails = _tails(key)
            self._whole[whole].append(place)
            for tail in tails:
                self._tails[tail].append(place)

    def fitting(self, path: str) -> list[int]:
        """Places of the keys that are the end of this path, the longest first choice, or else that end in it."""
        for tail in _tails(path):
            if tail in self._whole:
                return self._whole[tail]
        return self._tails.get(plain_path(path), [])


def plain_path(path: str) -> str:
    """A path with forward slashes and without "./", doubled slashes and outer blanks."""
    path = path.strip().replace("\\", "/")
    return posixpath.normpath(path) if path else path


def _tails(path: str) -> Iterator[str]:
    """The path and each end of it, longest first."""
    tail = plain_path(path)
    yield tail
    while "/" in tail:
        tail = tail.partition("/")[2]
        if tail:
            yield tail
