"""Hardlook's core: `open_audit` for notebooks; everything else has a room of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .answers.notebook import open_audit

__all__ = ["open_audit"]


def __getattr__(name: str) -> Any:
    """`open_audit`, loaded when it is asked for: it needs pandas, which no other room should have to wait for."""
    if name == "open_audit":
        from .answers.notebook import open_audit

        return open_audit
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
