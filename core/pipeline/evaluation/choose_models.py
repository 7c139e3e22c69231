"""Which models an evaluation is of, and the ones among them that can be shown other images.

PyTorch is loaded where weights are: an evaluation of what is stored chooses models too, and does without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import BadInput, MissingRun, command
from ...progress import Reporter
from ...store.audit import Audit
from ...types import Bools, Ints, Run
from ..scoring.score import only_predictions

if TYPE_CHECKING:
    import torch

    from ...training.checkpoints import TrainedNetwork
    from ...training.pixels import Transform


def choose_models(audit: Audit, *, model: str | None = None, every: bool = False, grid: str | None = None) -> list[Run]:
    """The finished models that are meant: all, those of a grid, the one named, or else the newest.

    Raises BadInput where more than one of these is asked for, and MissingRun where there is none.
    """
    if sum((model is not None, every, grid is not None)) > 1:
        raise BadInput("--model, --all and --grid each choose models, and more than one is given.", "Give one.")
    if grid is None and not every:
        return [audit.latest("train", model)]
    runs = audit.runs("train")
    chosen = [run for run in runs if every or run.parameters.get("grid") == grid]
    if not chosen:
        grids = sorted({run.parameters["grid"] for run in runs if run.parameters.get("grid")})
        there = f" There is: {', '.join(grids)}." if grids else ""
        what = "no model" if every else f"no model of a grid {grid!r}"
        raise MissingRun(
            f"Audit {audit.name!r} has {what} for its current images.{there}", "Run", command(audit.name, "train")
        )
    return chosen


def with_weights(audit: Audit, runs: Sequence[Run], reporter: Reporter) -> list[Run]:
    """Those whose weights are there, so that they can be shown other images; says which are left out.

    Raises MissingRun if none is.
    """
    from ...training.checkpoints import saved_epochs

    able = [run for run in runs if not only_predictions(run) and saved_epochs(audit.checkpoints(run.run_id))]
    for run in runs:
        if run not in able:
            why = "is imported predictions" if only_predictions(run) else "has lost its checkpoints"
            if not able:
                raise MissingRun(
                    f"{run.name!r} {why}: it cannot be shown any other image.",
                    "Run",
                    command(audit.name, "import-model", "--help"),
                    command(audit.name, "train"),
                )
            reporter.warn(f"{run.run_id} is left out: it {why}")
    return able


@dataclass(frozen=True)
class ModelInput:
    """What a model can be shown. size: pixels a side. transform: how images become a square of that size."""

    size: int
    transform: Transform


def finished_model(audit: Audit, run: Run, device: torch.device) -> TrainedNetwork:
    """The model with its last weights, in evaluation mode."""
    from ...training.checkpoints import load_checkpoint, saved_epochs

    folder = audit.checkpoints(run.run_id)
    return load_checkpoint(folder, saved_epochs(folder)[-1], device)


def shown_to(run: Run) -> ModelInput:
    """The images a model takes."""
    return ModelInput(run.parameters["image_size"], run.parameters.get("transform", "stretch"))


def sample(rows: Bools, at_most: int, seed: int) -> Ints:
    """Row numbers, ascending, `at_most` of them drawn without replacement. The same for the same (rows, seed)."""
    numbers = np.flatnonzero(rows)
    if len(numbers) <= at_most:
        return numbers
    return np.sort(np.random.default_rng([seed, 0x5A3B1E]).choice(numbers, at_most, replace=False))
