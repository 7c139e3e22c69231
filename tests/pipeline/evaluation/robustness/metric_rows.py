"""Rows of metrics by name and slice, and a reporter that interrupts what makes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.progress import Advance
from core.store import views
from core.store.audit import Audit
from core.store.metrics import Metric, read_metrics
from tests.pictures import Heard

KINDS = ("gaussian_blur", "fog", "contrast")


class Stopped(Heard):
    """A reporter that stops the process it listens to, as Ctrl-C would, after some progress."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    @contextmanager
    def bar(self, what: str, unit: str = "images") -> Iterator[Advance]:
        def advance(done: int, total: int) -> None:
            self.left -= what in ("corrupt", "difficulty")
            if self.left == 0:
                raise KeyboardInterrupt

        yield advance


def rows_of(audit: Audit, prefix: str, subject: str | None = None) -> dict[tuple[str, str], Metric]:
    """Metric rows by (name, slice)."""
    rows = read_metrics(views.open_hub(audit))
    kept = [row for row in rows if row.name.startswith(prefix) and row.subject in (subject or row.subject,)]
    assert len({(row.name, row.slice, row.subject) for row in kept}) == len(kept)
    return {(row.name, row.slice): row for row in kept}
