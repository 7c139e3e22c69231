"""Figure 4: accuracy of what is kept as the least sure predictions are rejected."""

from __future__ import annotations

from dataclasses import replace

from ...comparing import Comparison
from ...grid_tables import REJECTED
from ...grids import TrainedGrid
from ..grid_claims import better, main_against_baseline, tables_of, with_baseline
from ..registry import register
from ..rules import most
from ..section import UNTOLD, Findings, Reproduced

SHARES = tuple(share for share in REJECTED if share)
"""In per cent. Where none is rejected it is plain accuracy, which both tables would count."""
COLUMNS = 2 * len(SHARES)
FEWEST_COLUMNS = COLUMNS // 2
FEWEST_WRONG = 10
"""Wrong predictions of both ways of training together, below which hardly any difference could be told. Of both, since
columns chosen because one of them happens to be wrong more often there would favour the other."""


@register(
    "rmd-rejection",
    paper="rmd",
    place="Figure 4",
    title="Accuracy of what is kept as the least sure predictions are rejected",
    claim="At most shares that are rejected, by confidence or by entropy, difficulty-aware training keeps predictions "
    "of higher accuracy.",
    rule=f"A column is one of {SHARES[0]} to {SHARES[-1]} per cent rejected, by confidence or by entropy, and counts "
    f"where difficulty-aware training and cross-entropy together leave {FEWEST_WRONG} wrong predictions or more, over "
    "all seeds that both have. Holds where accuracy lies above that of cross-entropy by its whole paired 95 % interval "
    "over seeds in more than half of the columns that count; does not where it lies below so in more than half. Cannot "
    f"be shown where fewer than {FEWEST_COLUMNS} of the {COLUMNS} columns count. What difficulty adds to its controls "
    "is said beside it and does not decide.",
    steps=("grid",),
    page="calibration",
    show="rejection",
)
def rejection(findings: Findings) -> Reproduced | None:
    """From the grid's tables by MSP and by entropy."""
    report = findings.difficulty_grid
    main = report.grid.main(report.grid.usual) if report else None
    tables = tables_of(report, "Accuracy as predictions are rejected") if report else []
    outcome = main_against_baseline(report, tables) if report else None
    if report is None or main is None or outcome is None:
        return None
    compared = [one for table in tables for one in with_baseline(table, main) if rejects_some(one)]
    counted = [one for one in compared if wrong_of_both(report.grid, one) >= FEWEST_WRONG]
    verdict = most([better(one) for one in counted]) if len(counted) >= FEWEST_COLUMNS else UNTOLD
    because = f"{len(counted)} of {COLUMNS} columns count; of the others too few predictions that are kept are wrong."
    return replace(outcome, verdict=verdict, because=f"{because} {outcome.because}")


def rejects_some(one: Comparison) -> bool:
    """Whether a column is of a share of predictions that is rejected, and not of none."""
    return any(one.figure.part.startswith(f"rejected {share} %") for share in SHARES)


def wrong_of_both(grid: TrainedGrid, one: Comparison) -> int:
    """How many predictions that are kept are wrong, of both ways of training, over the seeds that both have."""
    name, part = one.figure.name, one.figure.part
    accuracy = [grid.figures(method, name, part) for method in (one.ours, one.theirs)]
    images = [grid.images(method, name, part) for method in (one.ours, one.theirs)]
    shared = accuracy[0].keys() & accuracy[1].keys()
    return round(sum((1 - of[seed]) * n[seed] for of, n in zip(accuracy, images, strict=True) for seed in shared))
