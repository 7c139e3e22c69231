"""Where an input's images may lie, folders and prefixes: a manifest cannot make us read any file, or ask any host."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..remote.address import folder_of, is_url, lies_under, sound, without_secrets, wrong_with
from .containers import TORCHVISION, file_of
from .filenames import from_text


class Roots:
    """The input's own folder, or prefix, and those the user named, links of folders resolved.

    own: a folder, or the URL of one. given: the folders. prefixes: the URLs, each with a slash at its end.
    """

    def __init__(self, own: Path | str, further: Sequence[str]) -> None:
        missing = [root for root in further if not is_url(root) and not os.path.isdir(root)]
        if missing:
            raise BadInput(f"The root {missing[0]!r} is not a folder.", "Pass an existing folder as --root.")
        self._take([str(own), *further])

    @classmethod
    def recorded(cls, places: Sequence[str]) -> Roots:
        """What `all` gave, as it was written down; a folder stays a root where it is not there on this machine.

        Of none, nothing is allowed but torchvision's own data.
        """
        roots = cls.__new__(cls)
        roots._take([root if is_url(root) else from_text(root) for root in places])
        return roots

    def _take(self, places: Sequence[str]) -> None:
        self.given = [os.path.abspath(root) for root in places if not is_url(root)]
        self.prefixes = tuple(sound(root, folder=True) for root in places if is_url(root))
        self._real = tuple(os.path.realpath(root) for root in self.given)
        self._folder = lru_cache(maxsize=None)(os.path.realpath)

    @property
    def all(self) -> list[str]:
        """Every folder and prefix, absolute."""
        return [*self.given, *self.prefixes]

    def find(self, path: str) -> str:
        """`path` made absolute: under the first root that has it, else under the input's own folder.

        What is in no folder is under the first prefix, if there is any: nothing is asked there.
        """
        if is_url(path):
            return path if wrong_with(path) else sound(path)
        if os.path.isabs(path):
            return os.path.normpath(path)
        places = [os.path.normpath(os.path.join(root, path)) for root in self.given]
        if self.prefixes:
            here = next(filter(_is_there, places), "")
            return here or self.find(self.prefixes[0] + path.removeprefix("./"))
        return next(filter(os.path.lexists, places), places[0]) if len(places) > 1 else places[0]

    def refuses(self, path: str, as_given: str = "") -> str:
        """Why the absolute `path`, in the input `as_given`, may not be read; "" if it may."""
        if is_url(path):
            return self._refuses_url(path)
        if ".." in as_given and ".." in Path(as_given).parts:
            return "'..' in a path is not followed"
        head, tail = os.path.split(path)
        real = os.path.join(self._folder(head), tail)
        if os.path.islink(real):
            real = os.path.realpath(real)
        if any(real == root or real.startswith(root.rstrip(os.sep) + os.sep) for root in self._real):
            return ""
        return f"it lies in {os.path.dirname(real)}; pass --root {os.path.dirname(real)} to allow it"

    def refuses_image(self, path: str, row: int | None) -> str:
        """Why an image may not be opened that lies where the store's `images.path` and `images.row` say; "" if it may.

        Links are followed as they are now. Raises ValueError on what is no path.
        """
        if row is not None and path.startswith(TORCHVISION):
            return "it is torchvision's, and folders or prefixes were allowed" if self.all else ""
        place = path if is_url(path) else from_text(path) if row is None else file_of(path)
        return self.refuses(place).partition(";")[0]

    def _refuses_url(self, url: str) -> str:
        if why := wrong_with(url):
            return why
        if lies_under(sound(url), self.prefixes):
            return ""
        return f"it lies under no prefix that is allowed; pass --root {folder_of(without_secrets(url))} to allow it"

    def key(self, path: str) -> str:
        """`path` relative to the root it was given under, POSIX style; the path itself under none."""
        for root in self.given:
            if path.startswith(root.rstrip(os.sep) + os.sep):
                return path[len(root.rstrip(os.sep)) + 1 :].replace(os.sep, "/")
        return next((path[len(prefix) :] for prefix in self.prefixes if path.startswith(prefix)), path)


def roots_of(source: str, options: Mapping[str, Any]) -> Roots | None:
    """The roots that an input was ingested with, by its name and options; None for torchvision's own files.

    A folder that is not there any more is none of them.
    """
    if source.startswith(TORCHVISION):
        return None
    further = [root for root in options.get("roots", ()) if is_url(root) or os.path.isdir(root)]
    if is_url(source):
        return Roots(folder_of(source), further)
    own = Path(from_text(source))
    return Roots(own if own.is_dir() else own.parent, further)


def _is_there(path: str) -> bool:
    return "\0" not in path and os.path.lexists(path)
