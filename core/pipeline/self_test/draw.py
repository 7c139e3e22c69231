"""One draw of planted labels: every score computed anew on it, and what it is worth. And the draws together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import nan
from typing import Any

import numpy as np

from ...errors import BadInput, TooFewRows
from ...experiments.self_test import BETWEEN, LOOKED_AT, by_average_precision, in_slice
from ...maths.planted_noise import PLANTERS
from ...metrics.intervals import share_of
from ...metrics.labels import average_precision_difference, found, found_first
from ...progress import Reporter
from ...scorers.registry import Scorer
from ...store.metrics import (
    LEVEL,
    PLANTED_AUROC,
    PLANTED_AVERAGE_PRECISION,
    PLANTED_FOUND,
    PLANTED_LEAD,
    PLANTED_SUGGESTED,
    Metric,
    unit_of,
)
from ...types import Bools, Estimate, Ints, ScoreColumn
from ...wording import counted, three
from .data import SelfTestData, ranking_columns

RESAMPLES = 1000
KEPT_OF_DRAWS = frozenset({PLANTED_AUROC, PLANTED_AVERAGE_PRECISION})
"""What is kept of each draw beside the means over draws."""


def draw_rows(
    run_id: str, data: SelfTestData, scorers: Sequence[Scorer], kind: str, rate: float, seed: int, reporter: Reporter
) -> list[Metric]:
    """Every figure of every score on one draw. rate: per cent. run_id: of the self-test.

    Scores are compared on the images that all of them have a value of. The labels of `data` stay as they are.
    """
    given = PLANTERS[kind](data.labels, rate / 100, data.seen, seed)
    planted = given != data.labels
    columns = columns_under(data, given, scorers, reporter)
    judged = np.asarray(np.isfinite(np.stack([column.values for column in columns])).all(axis=0))
    rows = [
        Metric(name, f"{run_id}:{column.name}", in_slice(kind, rate, first=first, draw=seed), estimate)
        for column in columns
        for name, first, estimate in figures(column, planted, judged, data.labels)
    ]
    part = in_slice(kind, rate, draw=seed)
    for one, other in combinations(columns, 2):
        ahead = average_precision_difference(one.values[judged], other.values[judged], planted[judged], LEVEL)
        rows.append(Metric(PLANTED_LEAD, f"{run_id}:{one.name}{BETWEEN}{other.name}", part, ahead))
    return rows


def columns_under(data: SelfTestData, labels: Ints, scorers: Sequence[Scorer], reporter: Reporter) -> list[ScoreColumn]:
    """What ranks these labels, of every scorer; one that these images are too few for is left out, and that is said.

    Raises TooFewRows where none is left.
    """
    columns: list[ScoreColumn] = []
    why: list[str] = []
    for scorer in scorers:
        try:
            made = ranking_columns(scorer.run(data.under(labels)))
        except (BadInput, TooFewRows) as error:
            why.append(f"{scorer.name}: {error}")
            continue
        columns += [column for column in made if np.isfinite(column.values).any()]
    if not columns:
        raise TooFewRows(f"No score ranks these labels. {' '.join(why)}", "Label more images.")
    for reason in why:
        reporter.warn(f"left out of a draw: {reason}")
    return columns


def figures(
    column: ScoreColumn, planted: Bools, judged: Bools, before: Ints
) -> Iterable[tuple[str, int | None, Estimate]]:
    """(metric, per cent looked at, estimate) of one score. planted, judged: (n,) bool. before: (n,) labels."""
    values, wrong = column.values[judged], planted[judged]
    worth = found(values, wrong, ks=(), n=RESAMPLES, level=LEVEL)
    yield PLANTED_AUROC, None, worth.auroc
    yield PLANTED_AVERAGE_PRECISION, None, worth.average_precision
    for first in LOOKED_AT:
        yield PLANTED_FOUND, first, found_first(values, wrong, first / 100, LEVEL)
    if column.suggested_label is not None:
        rows = planted & judged
        yield PLANTED_SUGGESTED, None, share_of(column.suggested_label[rows] == before[rows], LEVEL)


def together(rows: Iterable[Metric]) -> list[Metric]:
    """Rows of draws as the run keeps them: means over draws, each score's distance to the highest, and the draws.

    A mean's ends are the means of the draws' ends: draws share the images, so more of them make it no narrower.
    """
    by_part: dict[tuple[str, str, str], list[Estimate]] = {}
    kept = []
    for row in rows:
        part = row.slice.rpartition(", draw ")[0]
        by_part.setdefault((row.name, row.subject, part), []).append(row.estimate)
        kept += [row] if row.name in KEPT_OF_DRAWS else []
    means = {key: over_draws(estimates) for key, estimates in by_part.items()}
    of_scores = [
        Metric(name, subject, part, mean, _spread(by_part[name, subject, part]))
        for (name, subject, part), mean in means.items()
        if name != PLANTED_LEAD
    ]
    return [*of_scores, *_leads(means), *kept]


def _leads(means: dict[tuple[str, str, str], Estimate]) -> Iterable[Metric]:
    """In each slice the highest average precision less each other's."""
    precisions: dict[str, dict[str, Estimate]] = {}
    for (name, subject, part), mean in means.items():
        if name == PLANTED_AVERAGE_PRECISION:
            precisions.setdefault(part, {})[subject] = mean
    for part, of_scores in precisions.items():
        first, *others = by_average_precision(of_scores)
        for other in others:
            name = other.partition(":")[2]
            ahead = means.get((PLANTED_LEAD, f"{first}{BETWEEN}{name}", part))
            if ahead is None:
                behind = means[PLANTED_LEAD, f"{other}{BETWEEN}{first.partition(':')[2]}", part]
                ahead = Estimate(-behind.value, -behind.high, -behind.low, behind.n, behind.unit)
            note = f"highest average precision of {len(of_scores)} less this one's, paired"
            yield Metric(PLANTED_LEAD, f"{first}{BETWEEN}{name}", part, ahead, note)


def over_draws(estimates: Sequence[Estimate]) -> Estimate:
    """Mean of the draws' values, lower ends and upper ends; no end where a draw has none. n: of one draw."""
    value, low, high = (float(np.mean(column)) for column in zip(*(one.numbers for one in estimates), strict=True))
    return Estimate(value, low, high, min(one.n for one in estimates), estimates[0].unit)


def _spread(estimates: Sequence[Estimate]) -> str:
    values = [one.value for one in estimates]
    between = f", {three(min(values))} to {three(max(values))}" if len(values) > 1 else ""
    return f"mean over {counted(len(values), 'draw')}{between}"


def as_metric(row: dict[str, Any]) -> Metric:
    """A stored row."""
    value, low, high = (nan if row[end] is None else float(row[end]) for end in ("value", "low", "high"))
    unit = unit_of(row["name"], row["slice"])
    return Metric(row["name"], row["subject"], row["slice"], Estimate(value, low, high, int(row["n"]), unit))
