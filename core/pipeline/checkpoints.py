"""Where a training run's checkpoints lie; they may be deleted while what was computed from them stays."""

from __future__ import annotations

from pathlib import Path

from ..errors import MissingRun, command
from ..store.audit import Audit
from ..training.checkpoints import saved_epochs


def kept_checkpoints(audit: Audit, run_id: str) -> tuple[Path, list[int]]:
    """A run's folder and its epochs in order of training. Raises MissingRun where none is left."""
    folder = audit.checkpoints(run_id)
    epochs = saved_epochs(folder)
    if not epochs:
        raise MissingRun(
            f"The checkpoints of {run_id} are gone from {folder}.", "Run", command(audit.name, "train", "--seed", "1")
        )
    return folder, epochs
