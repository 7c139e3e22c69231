"""Comparing a grid's models over seeds, and keeping what was found as rows of the `metric` table.

seed_mean           subject "grid <name>: <method>"             slice: metric and slice, as "ece" or "aurc MSP"
paired_difference   subject "grid <name>: <method> - CE" (or a control in CE's place), likewise; n: seeds in common;
                    note: the sentence
paired_accuracy_difference   subject likewise, of difficulty-aware training less CE: over seeds and held-out images; n:
                    images; slice "all"
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ...errors import MissingRun, command
from ...experiments.comparing import subject_of
from ...experiments.grid_report import GridReport, grid_report
from ...experiments.grids import Method, TrainedGrid
from ...metrics.seeds import mean_over_seeds_and_images
from ...progress import Reporter
from ...store import views
from ...store.audit import Audit
from ...store.held_out import held_out
from ...store.metrics import (
    ACCURACY,
    ACCURACY_DIFFERENCE,
    LEVEL,
    PAIRED_DIFFERENCE,
    SEED_MEAN,
    WHOLE,
    Metric,
    metric_table,
    read_metrics,
    unit_of,
)
from ...store.writer import RunWriter, fingerprint
from ...types import Floats, Run, RunSpec
from ..steps import compute

FORM = 2
"""Raised when a comparison's rows change, so that older ones are not taken for it."""


def compare_grid(audit: Audit, name: str, reporter: Reporter) -> GridReport:
    """A grid's tables from the evaluations that are there. Raises MissingRun if no model belongs to the grid."""
    runs = audit.runs()
    ours = {run.run_id for run in runs if run.kind == "train" and run.parameters.get("grid") == name}
    judging = [run for run in runs if run.kind == "evaluate" and run.inputs.get("train") in ours]
    rows = read_metrics(views.open_hub(audit, judging))
    report = grid_report(name, runs, rows)
    if report is None:
        raise MissingRun(
            f"Audit {audit.name!r} has no model of a grid {name!r}.",
            "Run",
            command(audit.name, "train", "--grid", "FILE"),
        )
    keep(audit, report, judging, reporter)
    return report


def keep(audit: Audit, report: GridReport, judging: list[Run], reporter: Reporter) -> None:
    """The report's figures as a run, for pages and notebooks."""
    evaluations = fingerprint(sorted(run.run_id for run in judging))
    spec = RunSpec(
        "evaluate", f"grid {report.grid.name}", {"items": audit.items_fingerprint},
        {"grid": report.grid.name, "evaluations": evaluations, "level": LEVEL, "form": FORM},
    )  # fmt: skip

    def work(writer: RunWriter) -> None:
        writer.commit("comparison", metric_table([*rows_of(report), *accuracy_rows(audit, report.grid)]))

    compute(audit, spec, work, reporter)


def rows_of(report: GridReport) -> Iterator[Metric]:
    """Means over seeds and paired differences."""
    whole = f"grid {report.grid.name}"
    means = {}
    for table in report.tables:
        for row in table.rows:
            for figure, cell in zip(table.figures, row.cells, strict=True):
                if cell.n:
                    means[(row.method.label, figure.key)] = cell
    for (label, key), cell in means.items():
        yield Metric(SEED_MEAN, f"{whole}: {label}", key, cell)
    for one in report.comparisons:
        subject = subject_of(report.grid, one.ours, one.theirs)
        yield Metric(PAIRED_DIFFERENCE, subject, one.figure.key, one.difference, one.sentence)


def accuracy_rows(audit: Audit, grid: TrainedGrid) -> Iterator[Metric]:
    """Accuracy of difficulty-aware training less cross-entropy's, paired by seed and image; nothing without a seed of
    both. That it costs nothing is a claim about other images too, of which an interval over seeds holds nothing."""
    main = grid.main(grid.usual)
    base = grid.baseline(main) if main else None
    if main is None or base is None:
        return
    ours, theirs = (grid.figures(method, ACCURACY, WHOLE) for method in (main, base))
    differences = [right(audit, main, seed) - right(audit, base, seed) for seed in sorted(ours.keys() & theirs.keys())]
    known = [one for one in differences if not np.isnan(one).all()]
    if known:
        found = mean_over_seeds_and_images(np.stack(known), LEVEL)
        low, high = np.clip((found.low, found.high), -1, 1).tolist()
        estimate = replace(found, low=low, high=high, unit=unit_of(ACCURACY_DIFFERENCE, WHOLE))
        yield Metric(ACCURACY_DIFFERENCE, subject_of(grid, main, base), WHOLE, estimate, f"{len(known)} seeds")


def right(audit: Audit, method: Method, seed: int) -> Floats:
    """(n,) 1 where the model of a seed is right by the given label, 0 where it is wrong, NaN where not evaluated."""
    run = audit.latest("train", method.runs[seed])
    hub = views.open_hub(audit, [run])
    is_right = views.predictions(hub, run.run_id, "predicted")["predicted"] == views.labels(hub)
    return np.where(held_out(hub, run), is_right, np.nan)
