"""audit.json: which data an audit's folder holds, and in which format. It is read here alone, and checked whole."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ..errors import Unreadable, command
from ..files.json_text import json_in
from .database.schema import FORMAT_VERSION

FILE = "audit.json"
LARGEST = 100_000  # bytes; a hundred is usual
_FINGERPRINT = re.compile(r"[\w-]{1,64}", re.ASCII)  # it becomes a part of a file's name


def read_manifest(folder: Path) -> dict[str, Any]:
    """What an audit's audit.json says: its format, its name, the fingerprint of its images (None before the first).

    Raises Unreadable on anything that no Hardlook of this format has written.
    """
    path = folder / FILE
    content = _parsed(path)
    what = _wrong_with(content)
    if what:
        raise _unreadable(path, what)
    if content["format"] != FORMAT_VERSION:
        what = f"it is of format {content['format']}, and this Hardlook reads and writes format {FORMAT_VERSION}"
        raise Unreadable(path, what, "Use the Hardlook that made it, or choose another --audit name.")
    return dict(content)


def _parsed(path: Path) -> Any:
    try:
        return json_in(path, LARGEST)
    except OSError as error:
        raise _unreadable(path, f"{error.strerror or error}") from error
    except ValueError as error:
        raise _unreadable(path, str(error)) from error


def _wrong_with(content: Any) -> str:
    """Why this is no manifest, as a part of a sentence; "" if it is one."""
    if not isinstance(content, dict):
        return f"it holds {json.dumps(content)[:40]}, which describes no audit"
    version, items = content.get("format"), content.get("items")
    if not isinstance(version, int) or isinstance(version, bool):
        return "it names no format"
    if items is not None and not (isinstance(items, str) and _FINGERPRINT.fullmatch(items)):
        return f"it names its images {json.dumps(items)[:80]}, which is no fingerprint"
    return ""


def _unreadable(path: Path, what: str) -> Unreadable:
    return Unreadable(
        path, what, "Put a copy back; or remove it, and ingest the same images again: runs and decisions stay",
        command(path.parent.name, "ingest", "PATH"),
    )  # fmt: skip
