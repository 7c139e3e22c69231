"""What an unfinished run goes on from: its state after the last whole epoch, or the one before, should that be torn."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from ..files.leftovers import set_aside
from ..files.space import needing_space
from ..kinds.train import STATES
from ..progress import warning
from .checkpoints import TornFile, checkpoint_name, load_tensors, save_atomically

STATE_FILE, STATE_BEFORE = STATES


@dataclass(frozen=True)
class TrainingState:
    """What the next epoch starts from. identity: of configuration and data, so that no other run goes on from it.

    times_correct: (n,) in how many epochs each image was predicted correctly, for the ranking loss."""

    epoch: int
    identity: str
    model: Mapping[str, Any]
    optimiser: Mapping[str, Any]
    times_correct: Tensor


def save_state(folder: Path, state: TrainingState) -> None:
    """Put a later state in the place of the last, which is kept as the one before. Raises DiskFull."""
    last = folder / STATE_FILE
    # Renamed, not copied: killed between the two there is none but the one before, and an epoch is computed again.
    with suppress(FileNotFoundError), needing_space(last):
        os.replace(last, folder / STATE_BEFORE)
    save_atomically(last, vars(state))


def load_state(
    folder: Path, identity: str, *, kept: Collection[int] = (), committed: Collection[int] | None = None,
    warn: Callable[[str], None] = warning,
) -> TrainingState | None:  # fmt: skip
    """The newest state of this run that can be gone on from; None before the first, or where another run left one.

    kept: epochs whose checkpoints have to be whole, up to the state's. committed: epochs whose rows are kept, None
    where none have to be. warn: told of each file that cannot be read, which is set aside, and of what is lost by it.
    """
    torn = False
    for name in (STATE_FILE, STATE_BEFORE):
        state = read_state(folder / name, warn)
        torn = torn or (state is None and name == STATE_FILE)
        if state is None or state.identity != identity:
            continue
        if not (missing := _missing(folder, state.epoch, kept, committed, warn)):
            if torn:
                warn(f"training goes on after epoch {state.epoch}, the newest whose state can be read")
            return state
        warn(f"training does not go on after epoch {state.epoch}: {missing}")
    return None


def read_state(path: Path, warn: Callable[[str], None]) -> TrainingState | None:
    """The state in a file, None where there is none or it cannot be read; then it is set aside, which is said."""
    try:
        return TrainingState(**load_tensors(path))
    except FileNotFoundError:
        return None
    except (TornFile, TypeError) as error:  # a file of tensors, but of no state
        warn(set_aside(path, error))
        return None


def forget_states(folder: Path) -> None:
    """The run is finished: nothing will go on from here."""
    for name in STATES:
        (folder / name).unlink(missing_ok=True)


def _missing(
    folder: Path, epoch: int, kept: Collection[int], committed: Collection[int] | None, warn: Callable[[str], None]
) -> str:
    """What is not there any more of the epochs up to one, in words; "" where all of it is."""
    for each in sorted(each for each in kept if each <= epoch):
        path = folder / checkpoint_name(each)
        try:
            load_tensors(path)
        except FileNotFoundError:
            return f"{path.name} is not there"
        except TornFile as error:
            warn(set_aside(path, error))
            return f"{path.name} is not whole"
    if committed is not None and (rows := sorted(set(range(1, epoch + 1)) - set(committed))):
        return f"the rows of epoch {rows[0]} are not kept"
    return ""
