"""Near-OOD detection over seeds: mean and standard deviation of models that nothing but the seed sets apart."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..store.metrics import OOD_AUROC, Metric
from ..types import Provenance, Run
from ..wording import MISSING, three
from .text_table import TextTable

FIGURES = {OOD_AUROC: "AUROC", "ood_aupr_in": "AUPR in", "ood_aupr_out": "AUPR out", "ood_fpr95": "FPR at 95 % TPR"}
OVER_SEEDS = Provenance("estimated", "mean ± standard deviation over seeds (n − 1 in its divisor), no interval")
AGAINST = " against "


@dataclass(frozen=True)
class SeedGroup:
    """Models that nothing but the seed sets apart. runs: seed -> the newest run of it."""

    label: str
    runs: Mapping[int, Run]

    def figures(self, rows: Mapping[tuple[str, str, str], float], name: str, part: str) -> list[float]:
        """One figure of a (metric, slice) for each seed that has it. rows: by (metric, slice, run id)."""
        of_seeds = (rows.get((name, part, run.run_id)) for run in self.runs.values())
        return [value for value in of_seeds if value is not None and not np.isnan(value)]


def seed_groups(runs: Iterable[Run]) -> list[SeedGroup]:
    """Models of two seeds or more, by how they were trained; in the order of the runs, oldest first."""
    grouped: dict[str, dict[int, Run]] = {}
    for run in runs:
        if run.kind == "train":
            grouped.setdefault(_apart_from_seed(run), {})[run.seed] = run
    return [SeedGroup(_label(next(iter(group.values()))), group) for group in grouped.values() if len(group) > 1]


def _apart_from_seed(run: Run) -> str:
    """How a model was trained. The seed stands among the parameters too, and in the words of a split drawn by it."""
    chosen = {name: value for name, value in run.parameters.items() if name != "seed"}
    if "held_out" in chosen:
        chosen["held_out"] = str(chosen["held_out"]).replace(f"by seed {run.seed}", "by the seed")
    return json.dumps([run.name, dict(run.inputs), chosen], sort_keys=True, default=str)


def _label(run: Run) -> str:
    return " · ".join(filter(None, (run.name, str(run.parameters.get("method") or ""))))


def by_run(rows: Iterable[Metric]) -> dict[tuple[str, str, str], float]:
    """(metric, slice, run id) -> value."""
    return {(row.name, row.slice, row.subject): row.estimate.value for row in rows}


def ood_over_seeds(runs: Iterable[Run], rows: Sequence[Metric]) -> list[TextTable]:
    """A table for each group of models and set of images, a score a line; of what two seeds or more have."""
    values = by_run(rows)
    parts = list(dict.fromkeys(part for name, part, _ in values if name == OOD_AUROC))
    tables = []
    for group in seed_groups(runs):
        for others in dict.fromkeys(part.partition(AGAINST)[2] for part in parts):
            lines = [line for part in parts if part.endswith(AGAINST + others) and (line := _line(group, values, part))]
            if lines:
                title = f"{group.label} against {others}: mean ± standard deviation over seeds"
                columns = ("score", "seeds", *FIGURES.values())
                tables.append(TextTable(title, columns, tuple(lines), sources={"": OVER_SEEDS}))
    return tables


def _line(group: SeedGroup, values: Mapping[tuple[str, str, str], float], part: str) -> tuple[str, ...]:
    """A score's cells; none where fewer than two seeds have it."""
    of_figures = [group.figures(values, name, part) for name in FIGURES]
    if len(of_figures[0]) < 2:
        return ()
    return (part.partition(AGAINST)[0], str(len(of_figures[0])), *map(mean_and_sd, of_figures))


def mean_and_sd(figures: Sequence[float]) -> str:
    """ "0.912 ± 0.0123" of two figures or more, "–" of fewer."""
    if len(figures) < 2:
        return MISSING
    apart = float(np.std(figures, ddof=1)) if np.ptp(figures) else 0.0  # of equal figures rounding leaves 1e-16
    return f"{three(float(np.mean(figures)))} ± {three(apart)}"
