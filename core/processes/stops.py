"""Ctrl-C, and what libraries make of it.

DuckDB's client answers it with errors of its own, RuntimeError or InvalidInputException by what it was doing, which
look like faults of the data or of ours. That it was pressed is remembered, and what is raised from then on comes of it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_pressed = threading.Event()


def stop_pressed() -> bool:
    """Whether Ctrl-C was pressed while `stops_remembered` watches."""
    return _pressed.is_set()


@contextmanager
def stops_remembered() -> Iterator[None]:
    """Remember in this block that Ctrl-C was pressed. It is raised as ever, and not where somebody else handles it."""
    _pressed.clear()
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _remember(number: int, frame: FrameType | None) -> None:
    _pressed.set()
    signal.default_int_handler(number, frame)
