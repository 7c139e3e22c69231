"""Training a network so that a kill at any moment costs at most one epoch and changes no bit of the result.

After each epoch, in this order: `on_epoch` (the caller commits the epoch's rows, idempotently by epoch), the
checkpoint if this epoch's is kept, the state. A kill between any two of them leaves an older state, from which the
epoch is computed again with the same numbers: order and augmentation come from (seed, epoch), and nothing random
is carried over. Bit for bit holds on the same machine with the same number of threads.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..device import pick_device
from ..progress import Advance, warning
from ..types import UNLABELLED, Bools, Floats, Ints
from .checkpoints import TrainedNetwork, checkpoint_name, save_checkpoint
from .config import TrainConfig, learning_rate
from .held_out import absent_classes, known_classes
from .pixels import Pixels
from .states import STATE_BEFORE, STATE_FILE, TrainingState, load_state, read_state, save_state
from .steps import Training
from .team import ALONE, Team


@dataclass(frozen=True)
class EpochResult:
    """What one epoch left, as the store's `epoch` and `dynamics` tables keep it.

    epoch: 1..epochs. train_loss, train_accuracy: over the epoch's steps, in training mode, augmented. dynamics: (n,)
    arrays p_label, margin, loss, correct, el2n of ALL images after the epoch, in evaluation mode (NaN where
    unlabelled and where the class is kept from the network); None after an epoch without a look at them.
    held_out_accuracy: over labelled images held out, NaN without any.
    checkpoint: file name of the weights if this epoch's are kept, "" if not.
    """

    epoch: int
    learning_rate: float
    train_loss: float
    train_accuracy: float
    held_out_accuracy: float
    dynamics: dict[str, Floats | Bools] | None
    seconds: float
    checkpoint: str


def train(
    pixels: Pixels,
    labels: Ints,
    train_rows: Bools,
    n_classes: int,
    config: TrainConfig,
    folder: Path,
    *,
    on_epoch: Callable[[EpochResult], None],
    resume: bool = True,
    s: Floats | None = None,
    advance: Advance | None = None,
    device: str = "auto",
    kept_from: Collection[int] = (),
    team: Team = ALONE,
    committed: Collection[int] | None = None,
    warn: Callable[[str], None] = warning,
    until: Callable[[int], bool] | None = None,
    start: TrainedNetwork | None = None,
    looked_at: Ints | None = None,
    held_out: Bools | None = None,
) -> TrainedNetwork:
    """Train on the rows of the mask and return the network after the last epoch.

    pixels: (n, S, S, 3) uint8. labels: (n,) int. train_rows: (n,) bool. folder: the run's checkpoints, made if needed.
    resume: go on from the folder's state, if a run with the same arguments left one. s: (n,) difficulty weights, for
    the loss that needs them. advance: called with (step, all steps). Evaluating every image after each epoch adds
    about a third to the time of training on all of them, and makes the dynamics exact. kept_from: classes the network
    is not given, an output included; none of their images may be among the rows. team: the processes that train it
    together, of which the first calls `on_epoch` and keeps files. committed, warn: see `load_state`.
    until: whether training ends after an epoch that `on_epoch` was told of, now or before the process was killed; then
    its weights are kept as the last epoch's are. For a network that one process trains.
    start: a network of the same architecture and classes, whose weights and normalisation training starts from instead
    of new ones; the optimiser is new. looked_at: (m,) int, the images that are looked at after an epoch; the dynamics
    are then of these alone, (m,).
    held_out: (n,) bool, the images an epoch's accuracy is of; every one not trained on if None. What pruning leaves out
    is neither.
    Raises BadInput or TooFewRows on labels that cannot be trained on, and TrainingFailed, naming epoch and step, if
    the loss stops being a number; the last good state stays.
    """
    known = known_classes(labels, n_classes, kept_from)
    absent_classes(known.labels, train_rows, known.n_classes)
    folder.mkdir(parents=True, exist_ok=True)
    training = Training(
        pixels, known.labels, np.flatnonzero(train_rows), known.n_classes, config, pick_device(device), s,
        class_order=known.order, team=team, start=start,
    )  # fmt: skip
    identity = _identity(training, train_rows, s, start)
    kept = config.kept_epochs()
    first = 1
    if resume:
        first = training.restore(_state_for(training, folder, identity, kept, committed, warn))
    unseen = (~train_rows if held_out is None else held_out) & (known.labels != UNLABELLED)
    unseen = unseen if looked_at is None else unseen[looked_at]
    epoch = first - 1
    while epoch < config.epochs and not (epoch and until and until(epoch)):
        epoch += 1
        started = time.perf_counter()
        loss, accuracy = training.one_epoch(epoch, advance)
        dynamics = training.evaluate(epoch, looked_at) if config.looks(epoch) else None
        if not team.writes:
            continue
        name = checkpoint_name(epoch) if epoch in kept else ""
        on_epoch(
            EpochResult(
                epoch=epoch,
                learning_rate=learning_rate(config, epoch),
                train_loss=loss,
                train_accuracy=accuracy,
                held_out_accuracy=_accuracy(dynamics, unseen),
                dynamics=dynamics,
                seconds=time.perf_counter() - started,
                checkpoint=name,
            )
        )
        if name or (until and until(epoch)):
            save_checkpoint(folder, training.network(epoch))
        save_state(folder, training.state(epoch, identity))
    return training.network(epoch)


def _state_for(
    training: Training, folder: Path, identity: str, kept: Collection[int], committed: Collection[int] | None,
    warn: Callable[[str], None],
) -> TrainingState | None:  # fmt: skip
    """What all processes of a team go on from: the one that writes knows what is kept, and tells the others."""
    team = training.team
    state = load_state(folder, identity, kept=kept, committed=committed, warn=warn) if team.writes else None
    epoch = int(team.summed(torch.tensor(state.epoch if state else 0, device=training.device)))
    if team.writes or not epoch:
        return state
    found = (read_state(folder / name, warn) for name in (STATE_FILE, STATE_BEFORE))
    return next(state for state in found if state is not None and state.epoch == epoch)


def _accuracy(dynamics: dict[str, Floats | Bools] | None, rows: Bools) -> float:
    """Accuracy over the rows, NaN where it is not known."""
    return float("nan") if dynamics is None or not rows.any() else float(np.mean(dynamics["correct"][rows]))


def _identity(training: Training, train_rows: Bools, s: Floats | None, start: TrainedNetwork | None) -> str:
    """A text over what the weights depend on, so that no run goes on from another's state."""
    digest = hashlib.blake2b(digest_size=16)
    normalisation = training.batches.normalisation  # stands for the pixels, whose own hash the run's folder carries
    facts = [training.config.parameters(), training.n_classes, normalisation.mean, normalisation.sd, training.team.size]
    digest.update(json.dumps(facts, sort_keys=True).encode())
    for array in (training.labels.astype(np.int64), train_rows, np.zeros(0) if s is None else s.astype(np.float64)):
        digest.update(np.ascontiguousarray(array).tobytes())
    for weights in start.model.state_dict().values() if start else ():
        digest.update(weights.cpu().numpy().tobytes())
    return digest.hexdigest()
