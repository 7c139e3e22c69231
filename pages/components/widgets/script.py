"""What the components have beside their modules: scripts and styles."""

from __future__ import annotations

from pathlib import Path

COMPONENTS = Path(__file__).parents[1]


def script(*names: str) -> str:
    """JavaScript, or CSS, of several files as one: a component can load no other file. names: "room/file"."""
    return "\n".join((COMPONENTS / name).read_text(encoding="utf-8") for name in names)
