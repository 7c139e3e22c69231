"""Difficulty-aware training at several strengths and temperatures, and the weights (Figure 10)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ....store.provenance import BY_SEED
from ....types import Estimate, Provenance
from ....wording import three
from ... import paper_tables
from ...comparing import Comparison, cell, compare, said
from ...grid_report import GridReport
from ...grid_table import Table
from ...grid_tables import ECE
from ...grids import ENTROPY, Method
from ...paper_tables import named
from ..grid_claims import better, notes_of, points_of, tables_of, text_of, with_baseline
from ..registry import register
from ..rules import most
from ..section import FAILS, HOLDS, UNTOLD, Findings, Plot, Reproduced, Series
from ..subjects import trained

WEIGHTS = Provenance("counted", "over the training images, without an interval")


@register(
    "rmd-strength",
    paper="rmd",
    place=named(paper_tables.STRENGTH),
    title="Strength of the regularisation, with difficulty and without",
    claim="Each at the strength that suits it best, entropy regularisation calibrates better weighed by difficulty "
    "than without.",
    rule="Of each kind the strength of the lowest mean ECE is taken. Holds where difficulty-aware training's ECE lies "
    "below plain entropy regularisation's by its whole paired 95 % interval over seeds, does not where it lies above "
    "so. One strength of either is none to choose from, and leaves it untold.",
    steps=("grid",),
    page="calibration",
    show="training",
)
def strength(findings: Findings) -> Reproduced | None:
    """From the grid's sweeps of alpha."""
    report = findings.difficulty_grid
    tables = tables_of(report, "Strength of the regularisation") if report else []
    if report is None or not tables:
        return None
    methods = [row.method for row in tables[0].rows]
    weighted = [one for one in methods if one.is_weighted]
    plain = [one for one in methods if one.loss == ENTROPY]
    notes, shown = notes_of(report, tables), (text_of(tables[0]),)
    plots = (by_alpha(report, {"difficulty-aware": weighted, "without difficulty": plain}),)
    ours, theirs = lowest(report, weighted), lowest(report, plain)
    if ours is None or theirs is None or min(len(weighted), len(plain)) < 2:
        tried = (
            f"{len(weighted)} strengths of difficulty-aware training and {len(plain)} of plain entropy regularisation"
        )
        return Reproduced(UNTOLD, f"{tried} are there; two of each are needed.", shown, plots, notes)
    one = compare(report.grid, ours, theirs, ECE)
    because = f"{ours.label} (alpha {ours.alpha:g}) less {theirs.label} (alpha {theirs.alpha:g}): {said([one])}."
    chosen = "Both strengths were chosen by these same seeds, which flatters either."
    return Reproduced(better(one), because, shown, plots, (*notes, chosen))


def lowest(report: GridReport, methods: Sequence[Method]) -> Method | None:
    """The method of the lowest mean ECE over its seeds."""
    measured = [one for one in methods if cell(report.grid, one, ECE).n]
    return min(measured, key=lambda one: cell(report.grid, one, ECE).value, default=None)


def by_alpha(report: GridReport, kinds: dict[str, list[Method]]) -> Plot:
    """Mean ECE of each kind along its strengths."""
    series = tuple(
        Series(name, tuple((float(one.alpha or 0), _share(cell(report.grid, one, ECE))) for one in in_order))
        for name, methods in kinds.items()
        if (in_order := sorted(methods, key=lambda one: one.alpha or 0.0))
    )
    return Plot(
        "ECE by strength of the regularisation", "mean over seeds", "alpha", "ECE", series, {"mean ECE": BY_SEED}
    )  # fmt: skip


def _share(estimate: Estimate) -> Estimate:
    return Estimate(estimate.value, estimate.low, estimate.high, estimate.n, "share")


@register(
    "rmd-temperature",
    paper="rmd",
    place="Equation 10, temperature",
    title="Temperature of the weights",
    claim="How sharply the temperature T sets hard images apart matters little: difficulty-aware training calibrates "
    "better than cross-entropy at all but extreme ones.",
    rule="Holds where ECE lies below that of cross-entropy by its whole paired 95 % interval over seeds at more than "
    "half of two temperatures or more; does not where it lies above so at more than half.",
    steps=("grid",),
    page="calibration",
    show="training",
)
def temperatures(findings: Findings) -> Reproduced | None:
    """From the grid's sweep of temperatures."""
    report = findings.difficulty_grid
    tables = tables_of(report, "Temperature of the weights") if report else []
    if report is None or not tables:
        return None
    compared = _against_baseline(tables[0])
    if len(compared) < 2:
        because = f"Cross-entropy is beside difficulty-aware training at {len(compared)} of two temperatures."
        return Reproduced(UNTOLD, because, (text_of(tables[0]),), (), notes_of(report, tables))
    because = "; ".join(f"T = {one.ours.difficulty['temperature']:g}: {said([one])}" for one in compared)
    points = tuple(
        (float(place), estimate) for place, one in enumerate(compared) for _, estimate in points_of([one], [ECE])
    )
    plot = Plot(
        "ECE less cross-entropy's by temperature", "an interval that holds 0: not told apart", "T", "difference",
        (Series("", points),), {"difference": BY_SEED},
        tuple(f"{one.ours.difficulty['temperature']:g}" for one in compared), joined=False, zero=True,
    )  # fmt: skip
    verdict = most([better(one) for one in compared])
    return Reproduced(verdict, f"{because}.", (text_of(tables[0]),), (plot,), notes_of(report, tables))


def _against_baseline(table: Table) -> list[Comparison]:
    """ECE less cross-entropy's of every difficulty-aware method of a table."""
    rows = [row.method for row in table.rows if row.method.is_weighted]
    return [one for method in rows for one in with_baseline(table, method) if one.figure == ECE]


@register(
    "rmd-weights",
    paper="rmd",
    place="Figure 10",
    title="The weights of the training images by temperature",
    claim="A low temperature leaves few images with much weight; the higher it is, the nearer all weights come to one "
    "another.",
    rule="Holds where the mean weight is higher at each higher temperature of two or more, as it is counted over the "
    "training images; does not where it is not.",
    steps=("grid",),
    page="calibration",
    show="weights",
    kind="illustration",  # the formula makes weights rise with its temperature, whatever the difficulty
)
def weights(findings: Findings) -> Reproduced | None:
    """From what the grid's training runs recorded of their weights."""
    report = findings.difficulty_grid
    main = report.grid.main(report.grid.usual) if report else None
    if report is None or main is None:
        return None
    table = next(one for one in report.tables if one.title == "Temperature of the weights")
    methods = [row.method for row in table.rows if row.method.is_weighted] or [main]
    means = sorted({
        float(one.difficulty["temperature"]): float(one.difficulty["mean_s"])
        for one in methods if {"temperature", "mean_s"} <= one.difficulty.keys()
    }.items())  # fmt: skip
    if not means:
        return None
    because = f"Mean weight {', '.join(f'{three(mean)} at T = {at:g}' for at, mean in means)}."
    points = tuple((at, Estimate(mean)) for at, mean in means)
    plot = Plot("Mean weight of the training images", "", "T", "mean s", (Series("mean s", points),), {"mean": WEIGHTS})
    rises = all(low < high for (_, low), (_, high) in pairwise(means))
    verdict = UNTOLD if len(means) < 2 else HOLDS if rises else FAILS
    shown = "Calibration, Weights, shows how many images have which weight at any temperature."
    return Reproduced(verdict, because, (), (plot,), (trained(report.grid, report.seeds), shown))
