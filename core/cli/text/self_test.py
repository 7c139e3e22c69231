"""What `hardlook selftest` found, as text: for a terminal, and as Markdown."""

from __future__ import annotations

from ...experiments.self_test import SelfTest, read_self_test
from ...experiments.self_test_tables import READING, full_tables, short_tables, what_was_tested
from ...store import views
from ...store.audit import Audit
from ...store.metrics import read_metrics
from ...types import Run
from .markdown import plain, table_lines
from .tables import show_text

SELF_TEST = "# Self-test on planted noise: "
"""How the file of `selftest` begins."""


def stored(audit: Audit, run: Run) -> SelfTest:
    """A finished self-test."""
    return read_self_test(run, read_metrics(views.open_hub(audit, [run])))


def show_self_test(tested: SelfTest) -> None:
    """Print average precision by score and rate, a table for each kind, with what it says, and the verdict last."""
    for table in short_tables(tested):
        show_text(table, below="  ")
        print()
    print(f"{what_was_tested(tested)} {READING}")
    print(tested.verdict)


def as_markdown(tested: SelfTest, audit: str) -> str:
    """Every table as a Markdown document."""
    lines = [f"{SELF_TEST}{plain(audit)}", "", f"{plain(tested.verdict)}.", ""]
    lines += [f"{plain(what_was_tested(tested))} {READING}", ""]
    for table in (*short_tables(tested), *full_tables(tested)):
        lines += [f"## {plain(table.title)}", "", *table_lines(table)]
    return "\n".join(lines)
