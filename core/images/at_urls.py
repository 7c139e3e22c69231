"""Images at URLs: one that cannot be had is told from a place that is out of reach by asking for another one there."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import Unreachable
from ..remote.address import is_url
from ..remote.fetching import fetch

OTHERS = 3
"""Images that are asked for before a place is given up."""


class UrlImages:
    """Reads images at URLs, from many threads. paths: of all images, those at URLs and others."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._latest: dict[str, str] = {}

    def read(self, url: str) -> bytes:
        """Its content. Raises FileNotFoundError, PermissionError, OSError, and Unreachable where it is not alone."""
        try:
            content = fetch(url)
        except Unreachable as error:
            if not self._another_answers(url):
                raise
            try:
                content = fetch(url)  # the place may have come back meanwhile
            except Unreachable:
                raise OSError(f"{error.message.rstrip('.')}, while others there were") from error
        self._latest[_place(url)] = url
        return content

    def _another_answers(self, url: str) -> bool:
        place = _place(url)
        step = max(len(self._paths) // (8 * OTHERS), 1)
        sample = [one for one in self._paths[::step] if is_url(one) and _place(one) == place]
        others = [one for one in dict.fromkeys([self._latest.get(place, ""), *sample]) if one not in ("", url)]
        return any(map(_answers, others[:OTHERS]))


def _answers(url: str) -> bool:
    try:
        fetch(url)
    except Unreachable:
        return False
    except OSError:  # it is not there, or not to be read: an answer all the same
        return True
    return True


def _place(url: str) -> str:
    """Scheme and bucket or host."""
    return "/".join(url.split("/", 3)[:3])
