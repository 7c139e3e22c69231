"""Whether difficulty-aware training changes what a model knows, or how loudly it says it."""

from __future__ import annotations

from ....metrics.seeds import mean_over_seeds, paired_difference
from ....store.metrics import CALIBRATION_NLL, NLL, REFINEMENT, WHOLE
from ....store.provenance import BY_SEED
from ....wording import count, with_interval
from ...grids import TrainedGrid
from ...text_table import TextTable
from ..registry import register
from ..rules import below
from ..section import Findings, Plot, Reproduced, Series
from ..subjects import evaluated, trained

PARTS = {NLL: "NLL", REFINEMENT: "refinement", CALIBRATION_NLL: "calibration"}
BySeed = dict[int, float]


@register(
    "refinement",
    paper="further",
    place="Berta et al. 2025",
    title="Refinement and calibration of every way of training",
    claim="Difficulty-aware training makes a model know more, and not only say what it knows with better confidence.",
    rule="Holds where refinement of difficulty-aware training less that of cross-entropy, paired by seed, lies below 0 "
    "by its whole interval; does not where none of it does.",
    steps=("grid",),
    page="calibration",
    show="training",
)
def refinement(findings: Findings) -> Reproduced | None:
    """From the rows that `evaluate` keeps of each model of the grid, those of its usual setting."""
    report = findings.difficulty_grid
    grid = report.grid if report else None
    main = grid.main(grid.usual) if grid else None
    methods = _by_method(grid) if grid else {}
    if report is None or grid is None or main is None or main.label not in methods:
        return None
    rows = tuple(
        (name, count(len(of[REFINEMENT])), *(with_interval(mean_over_seeds(list(of[part].values()))) for part in PARTS))
        for name, of in methods.items()
    )
    table = TextTable("Means over seeds, nats", ("method", "seeds", *PARTS.values()), rows, sources={"mean": BY_SEED})
    baseline = grid.baseline(main)
    ours, theirs = methods[main.label], methods.get(baseline.label, {}) if baseline else {}
    difference, of_volume = (
        paired_difference(ours.get(part, {}), theirs.get(part, {})) for part in (REFINEMENT, CALIBRATION_NLL)
    )
    because = (
        f"Refinement of {main.label} less cross-entropy, paired by seed: {with_interval(difference)} nats; calibration "
        f"likewise: {with_interval(of_volume)} nats."
        if set(ours[REFINEMENT]) & set(theirs.get(REFINEMENT, {}))
        else f"{main.label} and cross-entropy were not both trained from one seed."
    )
    series = tuple(
        Series(title, tuple((float(i), mean_over_seeds(list(of[part].values()))) for i, of in
                            enumerate(methods.values())))
        for part, title in PARTS.items() if part != NLL
    )  # fmt: skip
    plot = Plot("What the loss is made of, by method", "lower is better", "method", "nats", series, {"mean": BY_SEED},
                tuple(methods), joined=False)  # fmt: skip
    note = f"{trained(grid, report.seeds)} {evaluated(grid, PARTS)}"
    return Reproduced(below(difference), because, (table,), (plot,), (note,))


def _by_method(grid: TrainedGrid) -> dict[str, dict[str, BySeed]]:
    """Method of the usual setting -> metric -> seed -> nats, of methods that have all three."""
    methods = {
        method.label: {part: grid.figures(method, part, WHOLE) for part in PARTS}
        for method in grid.methods
        if method.setting == grid.usual
    }
    return {label: parts for label, parts in methods.items() if all(parts.values())}
