"""One thing that was looked at: how it is, what was seen, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ...errors import HardlookError
from ..failures import refused_by_system

State = Literal["ok", "warn", "fail"]
"""fail: an audit or the dashboard would stop on it. warn: it works, and less well than it could."""


@dataclass(frozen=True)
class Check:
    """said: what was seen, in words. advice: the next step, "" where there is none."""

    name: str
    state: State
    said: str
    advice: str = ""


def checked(name: str, look: Callable[[], Check]) -> Check:
    """What a look says; an error that it raises is what fails."""
    try:
        return look()
    except HardlookError as error:
        return Check(name, "fail", error.message, error.hint)
    except OSError as error:
        refused = refused_by_system(error)
        return Check(name, "fail", refused.message if refused else str(error), refused.hint if refused else "")
