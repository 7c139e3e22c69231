"""Hardlook's core: `open_audit` for notebooks; everything else has a room of its own."""

from .answers.notebook import open_audit

__all__ = ["open_audit"]
