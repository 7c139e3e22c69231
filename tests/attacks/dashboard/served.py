"""The dashboard with a clock that can be set: seconds in the file of HARDLOOK_ATTACKED_CLOCK are added to the time.

It is started as `streamlit` is, with the same arguments.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

CLOCK_VARIABLE = "HARDLOOK_ATTACKED_CLOCK"


def shift() -> float:
    """How far the clock is off now, in seconds."""
    path = os.environ.get(CLOCK_VARIABLE)
    return float(Path(path).read_text() or 0) if path else 0.0


class Clock(datetime):
    """The time as the clock has it."""

    @classmethod
    def now(cls, tz: tzinfo | None = UTC) -> Clock:
        """Now, off by the shift."""
        return super().now(tz) + timedelta(seconds=shift())


def main() -> None:
    """Set the clock, and serve."""
    from streamlit.web import cli

    from core.reviews import journal

    true_time = time.time
    time.time = lambda: true_time() + shift()
    journal.datetime = Clock  # type: ignore[attr-defined]
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()
