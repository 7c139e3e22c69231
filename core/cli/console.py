"""Where the command's words go: plain lines for a log, bars and colour on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from ..progress import Advance, Quiet, Reporter
from ..wording import duration

LOG_EVERY = 10.0  # seconds between lines where the output is not a terminal


class Log(Quiet):
    """Plain lines, for output that is not a terminal: progress about every ten seconds and at the end."""

    def say(self, text: str) -> None:
        """To standard output, at once."""
        print(text, flush=True)

    @contextmanager
    def bar(self, what: str, unit: str = "images") -> Iterator[Advance]:
        """A line now and then."""
        started = last = time.monotonic()
        state = (0, 0)
        first: tuple[float, int] | None = None  # when and where it began to move: setting up says nothing of the pace

        def advance(done: int, total: int) -> None:
            nonlocal last, state, first
            state = (done, total)
            now = time.monotonic()
            first = first or (now, done)
            if now - last >= LOG_EVERY and done > first[1]:
                last = now
                left = (now - first[0]) / (done - first[1]) * (total - done)
                about = "about " if left >= 1 else ""  # "under 1 s" is no more than that already
                print(f"{what}: {done:,} of {total:,} {unit}, {about}{duration(left)} left", flush=True)

        yield advance
        print(f"{what}: {state[0]:,} {unit} in {duration(time.monotonic() - started)}", flush=True)


class _Rate(ProgressColumn):
    """Units per second."""

    def render(self, task: Task) -> Text:
        """The rate of a task, once there is one."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed and speed >= 10 else f"{speed:.1f}/s" if speed else "", style="dim")


class Terminal(Quiet):
    """Bars and colour on a terminal."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)

    def say(self, text: str) -> None:
        """A line above any bar."""
        self._console.print(escape(text), soft_wrap=True)

    def warn(self, text: str) -> None:
        """A line in amber."""
        self._console.print(f"[yellow]warning:[/] {escape(text)}", soft_wrap=True)

    @contextmanager
    def bar(self, what: str, unit: str = "images") -> Iterator[Advance]:
        """A bar with count, rate and time left, which stays when it is done."""
        columns = (
            TextColumn("{task.description}"), BarColumn(bar_width=32, complete_style="blue", finished_style="blue"),
            MofNCompleteColumn(), TextColumn(f"[dim]{unit}[/]"), _Rate(), TimeRemainingColumn(compact=True),
        )  # fmt: skip
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task(escape(f"{what:<10}"), total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)


def make_reporter(*, quiet: bool) -> Reporter:
    """The reporter for this process's output."""
    if quiet:
        return Quiet()
    return Terminal() if sys.stdout.isatty() else Log()
