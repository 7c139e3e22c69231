"""The toy experiment: is VoG highest at the boundary between two classes, and from which stage of the training on?

Agarwal, D'souza & Hooker 2022, figure 1. Rows of the `metric` table, subject "two blobs", slice the stage; n: seeds:

    toy_boundary_correlation   Spearman correlation of VoG with the distance to the boundary, mean over seeds
    toy_vog_by_distance        slice "<stage>, decile 1" (nearest) to "decile 10": mean VoG there as a multiple of the
                               stage's mean over all points
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ....metrics.agreement import spearman
from ....metrics.difficulty import DECILES, deciles
from ....metrics.seeds import mean_over_seeds
from ....progress import Reporter
from ....store.audit import Audit
from ....store.metrics import LEVEL, TOY_BY_DISTANCE, TOY_CORRELATION, Metric, metric_table
from ....store.writer import RunWriter, Stopwatch
from ....types import Floats, RunSpec
from ....wording import with_interval
from ...steps import Done, compute
from .blobs import BATCH, EPOCHS, POINTS, STAGES, Toy, toy

NAME, SUBJECT = "vog-toy", "two blobs"
SEEDS = 20


def toy_experiment(audit: Audit, reporter: Reporter, *, seeds: int = SEEDS) -> Done:
    """Seconds of work, of no image of the audit: it is kept with it because reports are of an audit."""
    parameters = {
        "vog_check": "toy", "points": POINTS, "epochs": EPOCHS, "batch": BATCH, "seeds": seeds, "level": LEVEL,
    }  # fmt: skip
    spec = RunSpec("evaluate", NAME, {"items": audit.items_fingerprint}, parameters)

    def work(writer: RunWriter) -> None:
        watch, toys = Stopwatch(), []
        with reporter.bar("toy experiment", "seeds") as advance:
            for seed in range(seeds):
                toys.append(toy(seed))
                advance(seed + 1, seeds)
        rows = list(toy_rows(toys))
        writer.commit("all", metric_table(rows), seconds=watch.lap())
        said = ", ".join(f"{row.slice} {with_interval(row.estimate)}" for row in rows if row.name == TOY_CORRELATION)
        reporter.say(f"toy experiment: correlation of VoG with the distance to the boundary: {said}")

    return compute(audit, spec, work, reporter)


def toy_rows(toys: list[Toy]) -> Iterator[Metric]:
    """Rows of some seeds' toys."""
    note = f"mean of {len(toys)} Spearman correlations"
    for stage in STAGES:
        found = mean_over_seeds([spearman(one.vog[stage], one.distance) for one in toys], LEVEL)
        yield Metric(TOY_CORRELATION, SUBJECT, stage, found, note)
    for stage in STAGES:
        curves = np.array([by_distance(one.vog, one.distance, stage) for one in toys])
        for number, column in enumerate(curves.T, 1):
            name = f"{stage}, decile {number}"
            yield Metric(TOY_BY_DISTANCE, SUBJECT, name, mean_over_seeds(column, LEVEL), "1 is the mean of all points")


def by_distance(vog: Mapping[str, Floats], distance: Floats, stage: str) -> Floats:
    """(10,) mean VoG of each decile of the distance, nearest first, as a multiple of the mean over all points."""
    values, decile = vog[stage].astype(np.float64), deciles(distance)
    return np.asarray([values[decile == one].mean() / values.mean() for one in range(DECILES)])
