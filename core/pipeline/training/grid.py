"""Training a grid of runs: what their images are weighed by first, then all runs side by side, past those done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from ...device import one_thread, pick_device
from ...engines.local import default_workers
from ...errors import BadInput, command
from ...progress import Reporter
from ...store.audit import Audit
from ...training.team import started_by_torchrun
from ...wording import duration
from .grid_file import GridJob, GridPlan, read_grid
from .grid_scores import GridScores
from .plan import measured_speed
from .processes import Ended, Steps, train_side_by_side
from .request import TrainRequest
from .schedule import GridSchedule
from .train import training_pixels


def train_grid(
    audit: Audit, path: Path, reporter: Reporter, *, workers: int | None = None, device: str = "auto"
) -> None:
    """Train every run of a grid file that is not there yet.

    Raises BadInput on a file that cannot be meant, before anything is computed, and TrainingFailed at the end, naming
    the runs that failed; the others are kept.
    """
    grid = read_grid(path, device)
    refuse_torchrun()
    scores = GridScores(audit, grid)
    scores.make_first(reporter)
    train_jobs(audit, GridSchedule(audit, grid, scores, reporter), reporter, workers or grid.workers)


def train_seeds(
    audit: Audit, request: TrainRequest, seeds: int, reporter: Reporter, *, workers: int | None = None
) -> None:
    """Train one request with several seeds, from its own on. Raises TrainingFailed as `train_grid`."""
    refuse_torchrun()
    jobs = tuple(GridJob(replace(request, seed=request.seed + i)) for i in range(seeds))
    train_jobs(audit, GridSchedule(audit, GridPlan("", jobs), None, reporter), reporter, workers)


def train_jobs(
    audit: Audit, jobs: GridSchedule, reporter: Reporter, workers: int | None, *, then: str | None = None
) -> None:
    """Train the jobs that are left, side by side, with one bar over all of them.

    then: said when all are there; None for the command that evaluates them.
    """
    for size in sorted({prepared.config.image_size for prepared in jobs.prepared.values()}):
        training_pixels(audit, size, reporter)  # once, ahead of the workers
    grid = jobs.grid
    name = f"grid {grid.name!r}" if grid.name else "train"
    left = len(grid.jobs) - len(jobs.done)
    if left:
        on = devices(grid.jobs[0].request.device, workers, left)
        there = f", {len(jobs.done)} of them there already" if jobs.done else ""
        lasts = duration(seconds_left(jobs, len(on)))
        reporter.say(f"{name}: {len(grid.jobs)} runs{there}; {len(on)} side by side; about {lasts}")
        with reporter.bar("grid" if grid.name else "train", "steps") as advance:

            def told(job: GridJob, message: Steps | Ended) -> None:
                jobs.told(job, message)
                advance(*jobs.steps())

            train_side_by_side(audit, on, jobs.following, told=told)
    jobs.conclude(f"; next: {command(audit.name, 'evaluate')}" if then is None else then)


def seconds_left(jobs: GridSchedule, workers: int) -> float:
    """What is left to train takes, as busy as this machine is now, by so many workers of one thread or GPU each.

    Runs that are not prepared yet count as the mean of the others.
    """
    left = [prepared for label, prepared in jobs.prepared.items() if label not in jobs.done]
    of_model = {(each.plan.model, each.plan.image_size): each for each in left}
    with one_thread():
        speed = {
            key: measured_speed(each.plan, len(each.class_names), each.device, batch=each.config.batch_size)
            for key, each in of_model.items()
        }
    seconds = [each.flops / speed[each.plan.model, each.plan.image_size] for each in left]
    runs = len(jobs.grid.jobs) - len(jobs.done)
    return sum(seconds) / max(len(left), 1) * runs / min(workers, runs)


def devices(asked: str, workers: int | None, runs: int) -> list[str]:
    """The device of each worker: one worker a core, or one a GPU, and no more than there are runs."""
    on = pick_device(asked)
    several = on.type == "cuda" and on.index is None
    each = [f"cuda:{i}" for i in range(torch.cuda.device_count())] if several else [str(on)]
    count = workers or (default_workers() if on.type == "cpu" else len(each))
    return [each[i % len(each)] for i in range(min(count, runs))]


def refuse_torchrun() -> None:
    """Raise BadInput under torchrun, whose processes train one network together."""
    if started_by_torchrun():
        raise BadInput(
            "Several runs were asked for under torchrun, which trains one model on several GPUs.",
            "Leave torchrun out; each GPU is given runs of its own",
            command(None, "train", "--grid", "FILE"),
        )
