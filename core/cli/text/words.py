"""What `hardlook words` found, on a terminal."""

from __future__ import annotations

from ...store import views
from ...store.audit import Audit
from ...store.metrics import read_metrics
from ...store.provenance import PERMUTED
from ...types import Run
from ...wording import count, with_interval
from ...words.rows import NAMES, told_in
from ...words.telling import AT_MOST_BY_CHANCE, Told
from .tables import make_table, show

CALLED = {"word": "words", "class": "classes, by the nearest centre", "column": "values of columns"}


def show_told(audit: Audit, run: Run) -> None:
    """Print each selection with what tells it, and say where nothing does."""
    found = told_in(read_metrics(views.open_hub(audit, [run])))
    for (subject, selection), told in found.items():
        by = f" by {subject.rpartition(':')[2]}" if ":" in subject else ""
        show_one(f"{selection}{by}", told)


def show_one(selection: str, told: Told) -> None:
    """One selection: a table of what tells it, what does not, and what a margin is."""
    print(f"{selection[:1].upper()}{selection[1:]}: {told.about} (counted)")
    tells = [one for kind in NAMES for one in told.beyond_chance(kind)]
    if tells:
        made = make_table("", "what tells them", "margin [95 %]", "p", "of")
        for one in tells:
            made.add_row(one.name, with_interval(one.margin), f"{one.p:.3f}", f"{count(one.of)} {CALLED[one.kind]}")
        show(made)
    for kind in NAMES:
        tried = told.of_kind(kind)
        if tried and not told.beyond_chance(kind):
            print(f"None of {count(tried[0].of)} {CALLED[kind]} tells them from the others.")
    if not told.tells:
        print("Nothing was there to tell them by: all images are alike in every column.")
    if tells:
        print(
            f"Margin, in standard deviations: {PERMUTED}. Told by at most {AT_MOST_BY_CHANCE} of selections by "
            "chance with any of as many names."
        )
    print()
