"""Keeping the checkpoints VoG needs, from a training loop of one's own."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import Any

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


def lightning_recorder(folder: str | Path, *, network: str = "model", keep: int = 10) -> Any:
    """A callback for Lightning's `Trainer(callbacks=[…])` that keeps checkpoints as `CheckpointRecorder` does.

    network: the attribute of the LightningModule that is the network; the module itself where it has none of that name.
    """
    from lightning.pytorch.callbacks import Callback

    class LightningRecorder(Callback):  # type: ignore[misc]  # Lightning's types are not installed
        def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
            self.recorder = CheckpointRecorder(folder, trainer.max_epochs, keep)

        def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
            self.recorder.after_epoch(trainer.current_epoch + 1, getattr(pl_module, network, pl_module))

    return LightningRecorder()


def trainer_recorder(folder: str | Path, *, keep: int = 10) -> Any:
    """The same for Hugging Face's `Trainer(callbacks=[…])`.

    Its own checkpoints name the weights of ViT, Swin, DINOv2, BEiT and others otherwise than the model in memory does.
    """
    from transformers import TrainerCallback

    class TrainerRecorder(TrainerCallback):  # type: ignore[misc]  # as above
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.recorder = CheckpointRecorder(folder, ceil(state.num_train_epochs or args.num_train_epochs), keep)

        def on_epoch_end(self, args: Any, state: Any, control: Any, model: nn.Module, **_: Any) -> None:
            self.recorder.after_epoch(round(state.epoch), model)

    return TrainerRecorder()
