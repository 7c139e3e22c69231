"""What the components have beside their modules: scripts and styles."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def script(*names: str) -> str:
    """JavaScript, or CSS, of several files as one: a component can load no other file."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)
