"""left-out.json in an audit's folder: what each step of a reproduction left out when it was last done, and why.

A step that this data has nothing for leaves no run behind, and who reads its sections later was not at the terminal.

    {"items": "<fingerprint of the images>", "steps": {"<step>": ["<what and why>", …]}}

An empty list is of a step that left nothing out. What was written of other images counts for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import Unreadable, command
from ...store.audit import Audit, write_atomically

FILE = "left-out.json"
LARGEST = 1_000_000  # bytes; a thousand are usual

Tried = dict[str, tuple[str, ...]]
"""Step -> what it left out, each with its reason; () where nothing."""


def steps_tried(audit: Audit) -> Tried:
    """Of the steps that were done on the images as they are now. Raises Unreadable on what no Hardlook has written."""
    path = audit.path / FILE
    if not path.exists():
        return {}
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it has {path.stat().st_size:,} bytes, and {LARGEST:,} are the most")
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, str(error)[:200]) from error
    steps = content.get("steps") if isinstance(content, dict) else None
    if not isinstance(steps, dict) or not all(map(_are_reasons, steps.values())):
        raise _unreadable(path, "it lists no steps with what they left out")
    return {step: tuple(reasons) for step, reasons in steps.items()} if content.get("items") == _items(audit) else {}


def keep_tried(audit: Audit, step: str, left_out: Sequence[str]) -> None:
    """Keep what a step left out, in place of what it left out before. Raises DiskFull."""
    try:
        tried = steps_tried(audit)
    except Unreadable:
        tried = {}  # what it held is found again by the steps themselves
    content = {"items": _items(audit), "steps": {**tried, step: list(left_out)}}
    write_atomically(audit.path / FILE, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _items(audit: Audit) -> str | None:
    """Which images: None before the first ingest."""
    items = audit.manifest.get("items")
    return None if items is None else str(items)


def _are_reasons(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(reason, str) for reason in value)


def _unreadable(path: Path, what: str) -> Unreadable:
    again = command(path.parent.name, "reproduce", "all", "--quick")
    return Unreadable(path, what, "It says why figures were left out, and is written again by", again)
