"""left-out.json in an audit's folder: what each step of a reproduction left out when it was last done, and why.

A step that this data has nothing for leaves no run behind, and who reads its sections later was not at the terminal.

    {"items": "<fingerprint of the images>", "steps": {"<step>": ["<what and why>", …]}}

An empty list is of a step that left nothing out. What was written of other images counts for nothing. A reason is the
beginning of what was said, so that the file stays one that is read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...errors import Unreadable, command, legible
from ...files.json_text import json_in
from ...files.leftovers import make_way
from ...progress import warning
from ...store.audit import Audit, write_atomically

FILE = "left-out.json"
LARGEST = 1_000_000  # bytes; a thousand are usual
LONGEST, MOST = 500, 20
"""Characters of a reason, and reasons of a step, that are kept: with two dozen steps, far less than is read."""

Tried = dict[str, tuple[str, ...]]
"""Step -> what it left out, each with its reason; () where nothing."""


def steps_tried(audit: Audit) -> Tried:
    """Of the steps that were done on the images as they are now. Raises Unreadable on what no Hardlook has written."""
    path = audit.path / FILE
    if not os.path.lexists(path):
        return {}
    try:
        content = json_in(path, LARGEST)
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(getattr(error, "strerror", None) or error)[:300]) from error
    steps = content.get("steps") if isinstance(content, dict) else None
    if not isinstance(steps, dict) or not all(map(_are_reasons, steps.values())):
        raise _unreadable(path, "it lists no steps with what they left out")
    return {step: tuple(reasons) for step, reasons in steps.items()} if content.get("items") == _items(audit) else {}


def keep_tried(audit: Audit, step: str, left_out: Sequence[str], warn: Callable[[str], None] = warning) -> None:
    """Keep what a step left out, in place of what it left out before. Raises DiskFull.

    warn: told of what lies in the file's place and is no file, which is set aside.
    """
    make_way(audit.path / FILE, warn)
    try:
        tried = steps_tried(audit)
    except Unreadable:
        tried = {}  # what it held is found again by the steps themselves
    text = _written(audit, {**tried, step: tuple(left_out)})
    if len(text.encode()) > LARGEST:  # what it held was not of steps that there are
        text = _written(audit, {step: tuple(left_out)})
    write_atomically(audit.path / FILE, text)


def _written(audit: Audit, tried: Tried) -> str:
    content = {"items": _items(audit), "steps": {step: _shortened(reasons) for step, reasons in tried.items()}}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _shortened(reasons: Sequence[str]) -> list[str]:
    """The first reasons, each as one line up to a length; how many more there are is said."""
    several = len(reasons) > MOST + 1  # that many are kept of those that were shortened before
    lines = (" ".join(legible(reason).split()) for reason in (reasons[:MOST] if several else reasons))
    kept = [line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…" for line in lines]
    return kept + ([f"and {len(reasons) - MOST:,} more"] if several else [])


def _items(audit: Audit) -> str | None:
    """Which images: None before the first ingest."""
    items = audit.manifest.get("items")
    return None if items is None else str(items)


def _are_reasons(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(reason, str) for reason in value)


def _unreadable(path: Path, what: str) -> Unreadable:
    again = command(path.parent.name, "reproduce", "all", "--quick")
    return Unreadable(path, what, "It says why figures were left out, and is written again by", again)
