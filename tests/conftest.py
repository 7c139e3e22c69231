"""Threads wait as they do in the command, settled before a numeric library loads; see core/__main__.py."""

from __future__ import annotations

import core.__main__  # noqa: F401 isort: skip

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As a shell leaves it for what it runs in the background; commands under test would be started deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
