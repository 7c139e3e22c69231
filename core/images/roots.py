"""Which folders an input's images may lie in: a manifest cannot make us read any file of the machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from ..errors import BadInput


class Roots:
    """The input's own folder and those the user named, links resolved."""

    def __init__(self, own: Path, further: Sequence[str]) -> None:
        missing = [root for root in further if not os.path.isdir(root)]
        if missing:
            raise BadInput(f"The root {missing[0]!r} is not a folder.", "Pass an existing folder as --root.")
        self.given = [os.path.abspath(own), *(os.path.abspath(root) for root in further)]
        self._real = tuple(os.path.realpath(root) for root in self.given)
        self._folder = lru_cache(maxsize=None)(os.path.realpath)

    def find(self, path: str) -> str:
        """`path` made absolute: under the first root that has it, else under the input's own folder."""
        if os.path.isabs(path):
            return os.path.normpath(path)
        places = [os.path.normpath(os.path.join(root, path)) for root in self.given]
        return next(filter(os.path.lexists, places), places[0]) if len(places) > 1 else places[0]

    def refuses(self, path: str, as_given: str = "") -> str:
        """Why the absolute `path`, in the input `as_given`, may not be read; "" if it may."""
        if ".." in as_given and ".." in Path(as_given).parts:
            return "'..' in a path is not followed"
        head, tail = os.path.split(path)
        real = os.path.join(self._folder(head), tail)
        if os.path.islink(real):
            real = os.path.realpath(real)
        if any(real == root or real.startswith(root.rstrip(os.sep) + os.sep) for root in self._real):
            return ""
        return f"it lies in {os.path.dirname(real)}; pass --root {os.path.dirname(real)} to allow it"

    def key(self, path: str) -> str:
        """`path` relative to the root it was given under, POSIX style; the path itself under none."""
        for root in self.given:
            if path.startswith(root.rstrip(os.sep) + os.sep):
                return path[len(root.rstrip(os.sep)) + 1 :].replace(os.sep, "/")
        return path
