"""Comparing a grid's models over seeds, and keeping what was found as rows of the `metric` table.

seed_mean           subject "grid <name>: <method>"             slice: metric and slice, as "ece" or "aurc MSP"
paired_difference   subject "grid <name>: <method> - CE" (or a control in CE's place), likewise; n: seeds in common;
                    note: the sentence
"""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import MissingRun, command
from ...experiments.grid_report import GridReport, grid_report
from ...progress import Reporter
from ...store import views
from ...store.audit import Audit
from ...store.metrics import LEVEL, PAIRED_DIFFERENCE, SEED_MEAN, Metric, metric_table, read_metrics
from ...store.writer import RunWriter, fingerprint
from ...types import Run, RunSpec
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
        writer.commit("comparison", metric_table(rows_of(report)))

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
        subject = f"{whole}: {one.ours.label} - {one.theirs.label}"
        yield Metric(PAIRED_DIFFERENCE, subject, one.figure.key, one.difference, one.sentence)
