"""The models that a proof compares: a few ways of training, each with the same seeds, trained side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...progress import Reporter
from ...store.audit import Audit
from ...types import Run
from ..steps import finished_run
from ..training.grid import train_jobs
from ..training.grid_file import GridJob, GridPlan
from ..training.request import TrainRequest
from ..training.schedule import GridSchedule


def train_arms(
    audit: Audit, grid: str, arms: Mapping[str, TrainRequest], seeds: int, reporter: Reporter, workers: int | None
) -> dict[str, dict[int, Run]]:
    """The models by arm and seed, past those that are there. arms: by name; each request's seed is the first.

    Raises TrainingFailed as `train_grid`.
    """
    jobs = {
        (arm, request.seed + i): GridJob(replace(request, grid=grid, method=arm, seed=request.seed + i))
        for i in range(seeds)
        for arm, request in arms.items()
    }
    state = GridSchedule(audit, GridPlan(grid, tuple(jobs.values())), None, reporter)
    train_jobs(audit, state, reporter, workers, then="")
    found: dict[str, dict[int, Run]] = {arm: {} for arm in arms}
    for (arm, seed), job in jobs.items():
        found[arm][seed] = finished_run(audit, state.prepared[job.label].spec)
    return found
