"""What tells images from others, as rows of the `metric` table and back: one place that knows how they are written.

    word_margin, class_margin, column_margin   slice "<selection>: <place>: <name>", place 1 the largest: the margin in
                                               standard deviations
    word_p, class_p, column_p                  the same slice: p, from as many of its kind as n says
    told_images                                slice "<selection>": images that were compared; the note says with which

The subject is the score whose ends they are, or "items" for any other selection. A later run may name other words: only
rows of the run that a selection was told by last are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import nan

from ..store.metrics import (
    CLASS_MARGIN,
    CLASS_P,
    COLUMN_MARGIN,
    COLUMN_P,
    TOLD_IMAGES,
    WORD_MARGIN,
    WORD_P,
    Metric,
)
from ..types import Estimate
from .telling import CLASS, COLUMN, WORD, Tells, Told

NAMES = {WORD: WORD_MARGIN, CLASS: CLASS_MARGIN, COLUMN: COLUMN_MARGIN}
CHANCE = {WORD: WORD_P, CLASS: CLASS_P, COLUMN: COLUMN_P}


def rows_of(told: Told, selection: str, subject: str) -> list[Metric]:
    """One selection's rows."""
    compared = next((one.margin.n for one in told.tells), 0)
    rows = [Metric(TOLD_IMAGES, subject, selection, Estimate(compared, nan, nan, compared), told.about)]
    for kind, metric in NAMES.items():
        for place, one in enumerate(told.of_kind(kind), 1):
            part = f"{selection}: {place}: {one.name}"
            rows.append(Metric(metric, subject, part, one.margin))
            rows.append(Metric(CHANCE[kind], subject, part, Estimate(one.p, n=one.of)))
    return rows


def told_in(rows: Iterable[Metric]) -> dict[tuple[str, str], Told]:
    """(subject, selection) -> what was told, of rows that `rows_of` wrote, among any others."""
    rows = list(rows)
    by_run: dict[tuple[str, str], list[Metric]] = {}
    for row in rows:
        by_run.setdefault((row.run, row.subject), []).append(row)
    return {
        (row.subject, row.slice): Told(row.note, tuple(_tells(by_run[row.run, row.subject], row.slice)))
        for row in rows
        if row.name == TOLD_IMAGES
    }


def _tells(rows: Sequence[Metric], selection: str) -> Iterator[Tells]:
    """What told one selection, kind by kind, the largest margin first. rows: of one run and subject."""
    of = {(row.name, row.slice): row.estimate for row in rows if row.slice.startswith(f"{selection}: ")}
    for kind, metric in NAMES.items():
        parts = [part for name, part in of if name == metric and (CHANCE[kind], part) in of]
        for part in sorted(parts, key=lambda part: _place_and_name(part, selection)[0]):
            name, chance = _place_and_name(part, selection)[1], of[CHANCE[kind], part]
            yield Tells(kind, name, of[metric, part], chance.value, chance.n)


def _place_and_name(part: str, selection: str) -> tuple[int, str]:
    """ "hardest 10 %: 2: bright: red" -> (2, "bright: red")."""
    place, _, name = part.removeprefix(f"{selection}: ").partition(": ")
    return int(place), name
