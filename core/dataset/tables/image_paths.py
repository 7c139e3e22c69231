"""Where the image lies that a table names: a path as it is, or as other programs and systems write it."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from ...images.roots import Roots
from ...remote.address import folder_of, is_url, without_secrets, wrong_with
from ..folders.walk import IMAGE_SUFFIXES
from ..model import Understood

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_PICTURE_TEXT = re.compile(r"data:image/|/9j/|iVBORw0KGgo|R0lGOD")
_LONGEST_PATH = 4096  # Linux's; what is longer is something else, mostly a picture as text
_SUFFIXES = frozenset(IMAGE_SUFFIXES)
_ODD = re.compile(r"[\\%:]|^/9j/|^iVBOR|^R0lGOD")

Refusal = tuple[str, str]
"""A reason and a detail in words."""


class ImagePlaces:
    """Finds what rows name, and counts how often a name was not the path itself."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots
        self._ways: Counter[str] = Counter()
        self._stems = lru_cache(maxsize=None)(_stems)

    def find(self, name: str, within: str = "") -> tuple[str, str, Refusal | None]:
        """A row's name as (the path as given, that path made absolute, why it may not be read).

        within: a folder that relative names are relative to, "" for the roots.
        """
        if os.path.splitext(name)[1].lower() in _SUFFIXES and not _ODD.search(name):
            given = os.path.join(within, name) if within else name
            return self._allowed(given, self._roots.find(given))
        if refusal := _no_path(name):
            return name, name[:_LONGEST_PATH], refusal
        if is_url(name):
            return self._at_url(name)
        if _URL.match(name):
            name = unquote(urlsplit(name).path)
            self._ways["file:// addresses read as paths"] += 1
        for way, variant in _variants(name):
            given = os.path.join(within, variant)
            path = self._roots.find(given)
            if "\0" not in path and os.path.lexists(path):
                self._ways[way] += bool(way)
                return self._allowed(given, path)
        given = os.path.join(within, name)
        path = self._roots.find(given)
        files = self._with_endings(given)
        if len(files) > 1:
            named = " or ".join(repr(os.path.basename(file)) for file in files[:3])
            return given, path, ("several files", f"it could be {named}; write the ending")
        if files:
            self._ways["names without an ending, found by the only file of that name"] += 1
            return self._allowed(given, files[0])
        if "\\" in name:
            return given, path, ("missing file", "it is not there, neither as it is nor with / for each backslash")
        return self._allowed(given, path)

    def key(self, path: str) -> str:
        """`path` relative to the root it was given under."""
        return self._roots.key(path)

    def lines(self) -> Iterator[Understood]:
        """One line for each way in which names were not paths."""
        for way, n in self._ways.items():
            if way:
                yield Understood("layout", f"{way}: {n:,}")

    def _at_url(self, name: str) -> tuple[str, str, Refusal | None]:
        """An image at a URL, whose secrets are not kept where it is refused for them."""
        given = without_secrets(name)
        if why := wrong_with(name):
            return given, given, ("a URL", f"it is not opened: {why}")
        if not self._roots.prefixes:
            why = f"nothing is fetched that no --root allows; pass --root {folder_of(name)}, or download the images"
            return given, given, ("a URL", why)
        return self._allowed(given, self._roots.find(name))

    def _allowed(self, given: str, path: str) -> tuple[str, str, Refusal | None]:
        reason = self._roots.refuses(path, as_given=given)
        return given, path, ("outside the roots", reason) if reason else None

    def _with_endings(self, given: str) -> list[str]:
        """The images, below any root, that are called like a path but for their ending."""
        if ".." in given or "\0" in given:
            return []
        files: dict[str, None] = {}
        for root in self._roots.given:
            folder, stem = os.path.split(os.path.normpath(os.path.join(root, given)))
            if not self._roots.refuses(folder):
                files |= dict.fromkeys(os.path.join(folder, name) for name in self._stems(folder).get(stem, []))
        return list(files)


def _no_path(name: str) -> Refusal | None:
    """Why a name can be no path at all."""
    if _PICTURE_TEXT.match(name) and len(name) > 64:
        return "not a path", "it is a picture written as text (base64); put the bytes into Parquet, or into files"
    if len(name) > _LONGEST_PATH:
        return "not a path", f"it is {len(name):,} characters long"
    if _WINDOWS.match(name):
        return "a Windows path", "write it relative to the table or to a --root, with / between folders"
    return None


def _variants(name: str) -> Iterator[tuple[str, str]]:
    yield "", name
    if "\\" in name:
        yield "backslashes in paths read as /", name.replace("\\", "/")
    if "%" in name:
        yield "paths with %-escapes read as what they stand for", unquote(name)


def _stems(folder: str) -> dict[str, list[str]]:
    """The images of a folder by their names without endings."""
    stems: dict[str, list[str]] = defaultdict(list)
    try:
        for name in sorted(os.listdir(folder)):
            stem, ending = os.path.splitext(name)
            if ending.lower() in _SUFFIXES:
                stems[stem].append(name)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}  # the image is then missing, which is said when it is opened
    return dict(stems)
