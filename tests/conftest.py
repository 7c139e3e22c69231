"""Threads wait as they do in the command, settled before a numeric library loads; see core/__main__.py."""

from __future__ import annotations

import core.__main__  # noqa: F401
