"""What a grid says of a claim about ways of training: which comparisons bear on it, and which way they go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ...store.provenance import BY_SEED
from ...types import Estimate
from ..comparing import Comparison, Figure, said
from ..grid_report import GridReport
from ..grid_table import Table
from ..grid_text import cells, columns
from ..grids import Method
from ..text_table import TextTable
from .rules import most
from .section import FAILS, HOLDS, UNTOLD, Plot, Reproduced, Series, Verdict
from .subjects import evaluated, trained

LOWER = ("ece", "ece_width", "brier", "nll", "fpr95", "aurc", "confidence", "squared_gap")
"""How the names of figures end that are better when they are lower; of all others higher is."""
BASELINE = (
    "Better by its whole paired 95 % interval over seeds than plain cross-entropy in more than half of the columns; it "
    "does not hold where it is worse so in more than half. What difficulty adds to its controls is said beside it and "
    "does not decide."
)
READING = (
    "Shares in per cent, ± half the width of the 95 % interval; in brackets the difference from cross-entropy, paired "
    "by seed."
)
Rule = Callable[[Sequence[Verdict]], Verdict]


def better(one: Comparison) -> Verdict:
    """Whether the first of two ways of training is better in one figure: by its whole interval, worse, or untold."""
    if one.verdict not in ("higher", "lower"):
        return UNTOLD
    return HOLDS if (one.verdict == "lower") == lower_is_better(one.figure) else FAILS


def lower_is_better(figure: Figure) -> bool:
    """Of a column of a grid's table."""
    return figure.name.endswith(LOWER)


def tables_of(report: GridReport, *titles: str) -> list[Table]:
    """The tables whose titles begin so, where they have figures."""
    return [table for table in report.tables if table.title.startswith(titles) and _measured(table)]


def _measured(table: Table) -> bool:
    return any(cell.n for row in table.rows for cell in row.cells)


def with_baseline(table: Table, method: Method) -> tuple[Comparison, ...]:
    """A method's comparisons with cross-entropy in a table."""
    return next((row.comparisons for row in table.rows if row.method.label == method.label), ())


def main_against_baseline(
    report: GridReport, tables: Sequence[Table], rule: Rule = most, *, deciding: str = ""
) -> Reproduced | None:
    """Difficulty-aware training less cross-entropy in every column of some tables; None where nothing is measured.

    deciding: a part of the metrics' names that the verdict goes by; "" for every column.
    """
    main = report.grid.main(report.grid.usual)
    if main is None or not tables:
        return None
    compared = [one for table in tables for one in with_baseline(table, main)]
    because = "; ".join(
        f"{table.title}: {said(ours)}" for table in tables if (ours := with_baseline(table, main))
    )  # fmt: skip
    verdict = rule([better(one) for one in compared if deciding in one.figure.name])
    because = f"{main.label} less cross-entropy. {because or 'No seed is there of both'}."
    return Reproduced(
        verdict, because, tuple(map(text_of, tables)), tuple(differences(table, main) for table in tables),
        notes_of(report, tables),
    )  # fmt: skip


def text_of(table: Table) -> TextTable:
    """A grid's table as sections show it."""
    rows = tuple(tuple(cells(row, table.figures)) for row in table.rows)
    missing = (f"Missing: {table.missing}",) if table.missing else ()
    sources = dict.fromkeys((figure.label for figure in table.figures), BY_SEED)
    return TextTable(table.title, tuple(columns(table)), rows, (READING, *missing), sources)


def differences(table: Table, main: Method) -> Plot:
    """Every share of a table less cross-entropy's, of difficulty-aware training and of its controls."""
    shown = [figure for figure in table.figures if figure.share]
    shown = shown or list(table.figures)
    series = tuple(
        Series(row.method.label, points)
        for row in table.rows
        if row.method.label == main.label or row.method.is_control
        if (points := points_of(row.comparisons, shown))
    )
    return Plot(
        f"{table.title}: difference from cross-entropy", "an interval that holds 0: not told apart", "column",
        "difference", series, dict.fromkeys((figure.label for figure in shown), BY_SEED),
        tuple(figure.label for figure in shown), joined=False, zero=True,
    )  # fmt: skip


def points_of(comparisons: Iterable[Comparison], shown: Sequence[Figure]) -> tuple[tuple[float, Estimate], ...]:
    """Differences at the places of their columns."""
    places = {figure.key: float(place) for place, figure in enumerate(shown)}
    return tuple(
        (places[one.figure.key], replace(one.difference, unit="share" if one.figure.share else ""))
        for one in comparisons
        if one.figure.key in places
    )


def notes_of(report: GridReport, tables: Sequence[Table]) -> tuple[str, ...]:
    """Which models of which grid, on how many images, and what difficulty is worth beside its controls."""
    metrics = [figure.name for table in tables for figure in table.figures]
    model = f"{trained(report.grid, report.seeds)} {evaluated(report.grid, metrics)}"
    beside = []
    for table in tables:
        for ours, theirs in dict.fromkeys((one.ours.label, one.theirs.label) for one in table.against_controls):
            compared = [one for one in table.against_controls if (one.ours.label, one.theirs.label) == (ours, theirs)]
            beside.append(f"{table.title}, {ours} less {theirs}: {said(compared)}.")
    return (model, *(beside or ["No control is trained beside it: what difficulty itself adds is not known."]))
