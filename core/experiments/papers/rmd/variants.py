"""Other encoders, other models, and other measures of difficulty."""

from __future__ import annotations

from ... import paper_tables
from ...comparing import compare, said
from ...grid_table import measure
from ...grid_tables import ECE
from ...paper_tables import named
from ..grid_claims import better, notes_of, tables_of, text_of, with_baseline
from ..registry import register
from ..rules import every
from ..section import UNTOLD, Findings, Reproduced


@register(
    "rmd-variants",
    paper="rmd",
    place=named(paper_tables.ENCODERS, paper_tables.ARCHITECTURES),
    title="Other models, and difficulty from other encoders",
    claim="Whichever model is trained, and whichever pre-trained encoder the difficulty comes from, calibration is "
    "better than by cross-entropy.",
    rule="Holds where ECE lies below that of cross-entropy by its whole paired 95 % interval over seeds with each of "
    "two models or encoders or more; does not where it lies above so with one of them.",
    steps=("grid",),
    page="calibration",
    show="training",
)
def variants(findings: Findings) -> Reproduced | None:
    """From the grid's table of models and encoders."""
    report = findings.difficulty_grid
    tables = tables_of(report, "Models and encoders") if report else []
    if report is None or not tables:
        return None
    methods = [row.method for row in tables[0].rows if row.method.is_weighted]
    compared = [one for method in methods for one in with_baseline(tables[0], method) if one.figure == ECE]
    shown, notes = (text_of(tables[0]),), notes_of(report, tables)
    if len(compared) < 2:
        because = f"Cross-entropy is beside difficulty-aware training with {len(compared)} of two models or encoders."
        return Reproduced(UNTOLD, because, shown, (), notes)
    because = "; ".join(f"{one.ours.label} less {one.theirs.label}: {said([one])}" for one in compared)
    return Reproduced(every([better(one) for one in compared]), f"{because}.", shown, (), notes)


@register(
    "rmd-measures",
    paper="rmd",
    place=named(paper_tables.MEASURES),
    title="Other measures of difficulty as the weights",
    claim="Weights made from RMD calibrate better than weights from MD, K-means, loss, frequency of errors or RMD of a "
    "supervised model's features.",
    rule="Holds where ECE with RMD lies below that of each other measure tried by its whole paired 95 % interval over "
    "seeds; does not where it lies above that of one of them so.",
    steps=("grid",),
    page="calibration",
    show="training",
)
def measures(findings: Findings) -> Reproduced | None:
    """From the grid's table of measures; RMD is the one that the grid means."""
    report = findings.difficulty_grid
    tables = tables_of(report, "Measures of difficulty") if report else []
    main = report.grid.main(report.grid.usual) if report else None
    if report is None or main is None or not tables:
        return None
    others = [
        row.method for row in tables[0].rows if row.method.is_weighted and row.method.label != main.label
    ]  # fmt: skip
    shown, notes = (text_of(tables[0]),), notes_of(report, tables)
    compared = [one for other in others if (one := compare(report.grid, main, other, ECE)).pairs]
    if not compared:
        return Reproduced(UNTOLD, "No other measure weighs a model of the same seeds.", shown, (), notes)
    because = "; ".join(f"{measure(main)} less {measure(one.theirs)}: {said([one])}" for one in compared)
    return Reproduced(every([better(one) for one in compared]), f"{because}.", shown, (), notes)
