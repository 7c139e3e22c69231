"""Keeping the checkpoints VoG needs, from a training loop of one's own."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from .checkpoints import checkpoint_name, save_atomically
from .config import checkpoint_epochs


class CheckpointRecorder:
    """Saves a network's weights after the first three, the last three and evenly spread epochs in between.

    folder: made if needed; holds epoch-0001.pt and so on, plain state dicts. epochs: how many there will be.
    keep: the most files. See docs/own-models.md.
    """

    def __init__(self, folder: str | Path, epochs: int, keep: int = 10) -> None:
        self.folder = Path(folder)
        self.epochs = frozenset(checkpoint_epochs(epochs, keep))
        self.folder.mkdir(parents=True, exist_ok=True)

    def after_epoch(self, epoch: int, model: nn.Module) -> bool:
        """Call at the end of each epoch, counted from 1. Returns whether the weights were kept.

        With torch.distributed, call it on every rank; the first one writes.
        """
        writes = not torch.distributed.is_initialized() or torch.distributed.get_rank() == 0
        if epoch not in self.epochs or not writes:
            return False
        save_atomically(self.folder / checkpoint_name(epoch), model.state_dict())
        return True
