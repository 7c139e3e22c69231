"""What is computed, in several processes: beliefs under one choice, other scores, and the jobs that ask for them."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from scipy.special import softmax

import core.scorers.suspicion as product
from core.maths.noise_channel import NoiseChannel, matrix_weight, posterior
from core.scorers.inputs import Inputs
from core.scorers.registry import get_scorer
from core.types import Floats, Ints

from .features import Seen, features
from .sets import Case

RIVALS = ("rmd", "knn", "probe", "centroid", "confident", "cleanlab")
SCORES = (
    "rmd", "rmd_oof", "rmd_margin", "knn", "probe_self_confidence", "probe_margin", "centroid", "confident",
    "cleanlab_self_confidence",
)  # fmt: skip


@dataclass(frozen=True)
class Pass:
    """What the views say of every image, (n, K), and the matrix that was fitted to it, (K, K)."""

    prior: Floats
    transition: Floats


@dataclass(frozen=True)
class Fit:
    """What one choice says of one case. labels: (n,) given. weight: of the matrix, as the product sets it."""

    first: Pass
    last: Pass
    labels: Ints
    weight: float

    def belief(self, weight: float | None = None) -> Floats:
        """(n, K), the matrix at this weight in the last step, or at the product's."""
        chosen = self.weight if weight is None else weight
        return posterior(self.last.prior, self.last.transition, self.labels, chosen)

    def suspicion(self, weight: float | None = None) -> Floats:
        """(n,) one minus the belief in the given label."""
        return np.asarray(1.0 - self.belief(weight)[np.arange(len(self.labels)), self.labels])

    def suggested(self, weight: float | None = None) -> Ints:
        """(n,) the likeliest other class."""
        others = self.belief(weight)
        others[np.arange(len(self.labels)), self.labels] = -1.0
        return np.asarray(others.argmax(axis=1))


@dataclass(frozen=True)
class Rival:
    """Another score. values: (n,) higher is more suspect. suggested: (n,) or None. share: wrong labels, estimated."""

    values: Floats
    suggested: Ints | None
    share: float


@dataclass(frozen=True)
class Job:
    """One computation. key: by which its result is found; jobs of one key are one."""

    key: tuple[str, ...]
    work: Callable[..., Any]
    arguments: tuple[Any, ...]


Results = dict[tuple[str, ...], Any]


def fit(folder: Path, case: Case, seen: Seen, model: Floats | None = None) -> Fit:
    """The product's beliefs. Every class has images in every case, so that labels are positions."""
    everything = np.ones(len(case.rows), bool)
    first: list[Pass] = []

    def noted(evidence: Floats, labels: Ints, channel: NoiseChannel) -> float:
        first.append(Pass(softmax(channel.temper * evidence, axis=1), channel.transition))
        return matrix_weight(evidence, labels, channel)

    with patch.object(product, "matrix_weight", noted):  # the product's own, looked at where it is asked
        beliefs = product.believe(features(folder, case.data, case.rows, seen), case.labels, everything, model=model)
    last = Pass(beliefs.prior, beliefs.channel.transition)
    return Fit(first[0], last, case.labels, beliefs.matrix_weight)


def rivals(folder: Path, case: Case, seen: Seen) -> dict[str, Rival]:
    """Every other score of the feature space by name."""
    vectors, everything = features(folder, case.data, case.rows, seen), np.ones(len(case.rows), bool)
    inputs = Inputs(labels=case.labels, n_classes=int(case.truth.max()) + 1, fit=everything, features=vectors)
    columns = [column for scorer in RIVALS for column in get_scorer(scorer).run(inputs)]
    return {
        column.name: Rival(
            column.values, column.suggested_label, float(column.parameters.get("estimated_error_rate", np.nan))
        )
        for column in columns
        if column.name in SCORES
    }


def fit_job(folder: Path, case: Case, seen: Seen) -> Job:
    return Job(("fit", case.name, str(seen)), fit, (folder, case, seen))


def rivals_job(folder: Path, case: Case, seen: Seen) -> Job:
    return Job(("rivals", case.name, str(seen)), rivals, (folder, case, seen))


def timed(job: Job) -> tuple[Any, float]:
    started = time.process_time()
    result = job.work(*job.arguments)
    return result, time.process_time() - started


def run(jobs: Iterable[Job], processes: int) -> tuple[Results, float]:
    """Results by key, and the CPU seconds they took."""
    distinct = {job.key: job for job in jobs}
    results: Results = {}
    seconds = 0.0
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(timed, job): key for key, job in distinct.items()}
        for number, done in enumerate(as_completed(waiting), start=1):
            results[waiting[done]], spent = done.result()
            seconds += spent
            print(f"{number}/{len(distinct)} {spent:5.1f} s  {' · '.join(waiting[done])}", flush=True)
    return results, seconds
