"""The rows of an evaluation over shards, as an audit's evaluation names them, and the files that they are kept in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from ....metrics.calibration.sums import ForecastSums
from ....metrics.difficulty import DECILES
from ....store.metrics import ACCURACY, BRIER, ECE_WIDTH, ERROR_BY_DECILE, LEVEL, NLL, WHOLE, Metric, metric_table
from ...evaluation.model_metrics import ENOUGH
from ..begun import spec_named
from ..folder import ShardFolder
from ..stage import StageSpec, merged_file, read_part, write_part
from .sums import from_arrays


def rows_of(folder: ShardFolder, spec: StageSpec, numbers: list[int]) -> tuple[str, list[Metric], list[Path]]:
    """What these shards of a stage `evaluate` add up to: the model's name, its rows, and the files they are kept in.

    metrics-….parquet has the columns of the table `metric` of an audit, confusion-….parquet a row for each pair of
    a label and a predicted label that occurs.
    """
    file = merged_file(folder, spec, numbers)
    found = read_part(file)
    model = spec_named(folder, spec.inputs["predict"])
    score = f"{spec.inputs['score']}:{spec.parameters['score']}" if "score" in spec.parameters else ""
    rows = list(_metrics(model.name, from_arrays(found), folder.classes, score))
    names = np.array(folder.classes)
    label, predicted, count = found["confusion"].T
    tables = {
        "metrics": pa.table(metric_table(rows)["metric"]),
        "confusion": pa.table({"label": names[label], "predicted": names[predicted], "images": count}),
    }
    files = [file.with_name(file.stem.replace("merged", name) + ".parquet") for name in tables]
    for path, table in zip(files, tables.values(), strict=True):
        write_part(path, table)
    return str(model.parameters["name"]), rows, files


def _metrics(subject: str, sums: ForecastSums, classes: list[str], score: str) -> Iterator[Metric]:
    """accuracy, ece_width, brier and nll of all images, of each class and of each decile, and error_by_decile."""
    yield Metric(ACCURACY, subject, WHOLE, sums.accuracy(0, LEVEL))
    yield from _calibration(subject, WHOLE, sums, 0)
    for label, name in enumerate(classes, 1):
        if sums.n(label):
            yield Metric(ACCURACY, subject, f"class {name}", sums.accuracy(label, LEVEL))
        if sums.n(label) >= ENOUGH:
            yield from _calibration(subject, f"class {name}", sums, label)
    for decile in range(DECILES) if score else ():
        group = 1 + len(classes) + decile
        if sums.n(group) >= ENOUGH:
            yield from _calibration(subject, f"decile {decile + 1}", sums, group, f"of {score}")
    for decile in range(DECILES) if score else ():
        group = 1 + len(classes) + decile
        if sums.n(group):
            yield Metric(ERROR_BY_DECILE, score, f"decile {decile + 1}", sums.error(group, LEVEL))


def _calibration(subject: str, part: str, sums: ForecastSums, group: int, note: str = "") -> Iterator[Metric]:
    yield Metric(ECE_WIDTH, subject, part, sums.ece_width(group), note)
    yield Metric(BRIER, subject, part, sums.brier_score(group, LEVEL), note)
    yield Metric(NLL, subject, part, sums.negative_log_likelihood(group, LEVEL), note)
