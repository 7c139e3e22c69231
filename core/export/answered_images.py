"""Which image an answer is about: by its key, else by the address or name of its file where that is unique."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from ..dataset.aligned.path_tails import PathTails
from ..images.filenames import from_text
from .answers import Answer
from .rows import ExportRow

_UPLOAD = re.compile(r"[0-9a-f]{4,}-(?P<name>.+)", re.DOTALL)
"""What Label Studio puts before the name of a file that is uploaded."""


class NotFound(NamedTuple):
    """Why an answer is about no image. name: of what it is about."""

    reason: str
    name: str


class AnswerPlaces:
    """The images of an audit, to be found by what an answer says of them."""

    def __init__(self, rows: Sequence[ExportRow]) -> None:
        self._rows = rows
        self._by_key = {row.key: row for row in rows}
        self._tails: tuple[PathTails, ...] = ()
        self._by_path: dict[str, ExportRow] = {}

    def find(self, answer: Answer) -> ExportRow | NotFound:
        """The image an answer is about, or why there is none."""
        if answer.key:
            return self._by_key.get(answer.key) or NotFound("of no image of this audit", repr(answer.key))
        if answer.other_id in self._by_key:
            return self._by_key[answer.other_id]
        path = address_path(answer.image)
        if not path:
            return NotFound("that names no image", answer.where)
        fitting = self._fitting(path)
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            return NotFound("whose file's name fits several images", f"{path!r} fits {len(fitting)}")
        return NotFound("whose file's name fits no image", repr(path))

    def _fitting(self, path: str) -> list[ExportRow]:
        if not self._tails:  # made when a task without a key is met: most files have none
            self._by_path = {os.path.realpath(from_text(row.path)): row for row in self._rows if not row.contained}
            self._tails = (PathTails([row.key for row in self._rows]), PathTails([row.path for row in self._rows]))
        exact = self._by_path.get("/" + path.lstrip("/"))
        if exact is not None:
            return [exact]
        upload = _UPLOAD.fullmatch(posixpath.basename(path))
        names = [path, *([upload["name"]] if upload and "upload" in path else [])]
        for name in names:
            for tails in self._tails:
                if places := tails.fitting(name):
                    return [self._rows[place] for place in places]
        return []


def address_path(address: str) -> str:
    """The path that an address ends in: of a local or uploaded file, a bucket's, a web page's; "" for none."""
    if address.startswith("data:"):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:  # "http://[": no address, but it may be a path
        return address
    if "d" in (query := parse_qs(parts.query)):
        return query["d"][0]
    return unquote(parts.path) if len(parts.scheme) > 1 or address.startswith("/") else address
