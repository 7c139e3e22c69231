"""Lengths of time as a person says them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Seconds as a person says them: "8 s", "2 min 5 s", "3 h 20 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s" if seconds >= 1 else "under 1 s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, rest = divmod(whole, 3600)
    return f"{hours} h {rest // 60} min"
