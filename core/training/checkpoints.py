"""Weights on disk: the checkpoints that a run keeps. Every file appears in one rename."""

from __future__ import annotations

import errno
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import BadInput, MissingRun, command
from ..files.whole import whole_file
from .networks.factory import build_from_factory
from .networks.models import build_model
from .networks.state_dicts import load_weights
from .pixels import Normalisation

NO_OUTPUT = -1


class TornFile(ValueError):
    """A file of tensors is cut short, altered or none; the text says what PyTorch found."""


TRAIN_AGAIN = ("Put the run's own file back, or train with another seed", command(None, "train", "--seed", "1"))


@dataclass(frozen=True)
class TrainedNetwork:
    """A network with one epoch's weights, in evaluation mode, and what its input has to look like.

    class_order: of a network whose outputs are not the audit's classes in their order, the output of each class,
    NO_OUTPUT for a class it does not know; then the model is a `Reordered` one.
    """

    model: nn.Module
    architecture: str
    n_classes: int
    image_size: int
    normalisation: Normalisation
    epoch: int
    class_order: tuple[int, ...] = ()


class Reordered(nn.Module):
    """A network whose outputs are put into the audit's class order; outputs that are not named are left out.

    A class without an output gets the logit -inf, that is the probability 0.
    """

    order: Tensor

    def __init__(self, network: nn.Module, order: tuple[int, ...]) -> None:
        super().__init__()
        self.network = network
        self.incomplete = NO_OUTPUT in order
        self.register_buffer("order", torch.tensor(order), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """(b, c, H, W) to (b, len(order)) logits."""
        logits: Tensor = self.network(images)
        if self.incomplete:
            logits = nn.functional.pad(logits, (0, 1), value=-torch.inf)  # the last column, which -1 then picks
        return logits[:, self.order]


def checkpoint_name(epoch: int) -> str:
    """The file of one epoch's weights, in the run's checkpoint folder."""
    return f"epoch-{epoch:04d}.pt"


def saved_epochs(folder: Path) -> list[int]:
    """Epochs whose weights are in the folder, in order."""
    return sorted(int(path.stem.removeprefix("epoch-")) for path in folder.glob("epoch-*.pt"))


def save_checkpoint(folder: Path, network: TrainedNetwork) -> None:
    """Keep one epoch's weights."""
    contents = {
        "architecture": network.architecture,
        "n_classes": network.n_classes,
        "image_size": network.image_size,
        "mean": list(network.normalisation.mean),
        "sd": list(network.normalisation.sd),
        "epoch": network.epoch,
        "class_order": list(network.class_order),
        "model": network.model.state_dict(),
    }
    save_atomically(folder / checkpoint_name(network.epoch), contents)


def load_checkpoint(folder: Path, epoch: int, device: torch.device | str = "cpu") -> TrainedNetwork:
    """The network with the weights it had after an epoch.

    Raises MissingRun if they were not kept, and BadInput on a file that is damaged or another network's.
    """
    path = folder / checkpoint_name(epoch)
    if not path.exists():
        kept = ", ".join(map(str, saved_epochs(folder))) or "none"
        raise MissingRun(
            f"The weights of epoch {epoch} are not in {folder} (there: {kept}).", "Train again", command(None, "train")
        )
    saved = _read(path)
    with torch.random.fork_rng(devices=[]):  # building draws weights that are replaced; the caller's numbers stay his
        model = _build(saved["architecture"], saved["n_classes"], saved["image_size"])
    order = tuple(saved.get("class_order", ()))
    model = Reordered(model, order) if order else model
    try:
        load_weights(model, saved["model"], path)
    except BadInput as error:
        raise BadInput(f"{error.message} It says it is {saved['architecture']!r}.", *TRAIN_AGAIN) from error
    return TrainedNetwork(
        model=on_device(model, device).eval(),
        architecture=saved["architecture"],
        n_classes=saved["n_classes"],
        image_size=saved["image_size"],
        normalisation=Normalisation(tuple(saved["mean"]), tuple(saved["sd"])),
        epoch=saved["epoch"],
        class_order=order,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        saved = load_tensors(path)
    except TornFile as error:
        raise BadInput(f"{path} cannot be read: {error}.", *TRAIN_AGAIN) from error
    if not isinstance(saved, dict) or not {"architecture", "n_classes", "image_size", "model"} <= saved.keys():
        raise BadInput(
            f"{path} is not a checkpoint of Hardlook.", "Take it in by", command(None, "import-model", "--help")
        )
    return saved


def on_device(model: nn.Module, device: torch.device | str) -> nn.Module:
    """The network there, its convolutions channels last in memory, which is the faster order on CPUs and GPUs."""
    return model.to(device).to(memory_format=torch.channels_last)


def _build(architecture: str, n_classes: int, image_size: int) -> nn.Module:
    """A network by name, or by the function that makes it, for one that was imported."""
    return build_from_factory(architecture) if ":" in architecture else build_model(architecture, n_classes, image_size)


def load_tensors(path: Path) -> Any:
    """What `save_atomically` has written, on the CPU. Raises FileNotFoundError, and TornFile on one that is damaged."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        if error.errno != errno.EINVAL:  # where a file is so short that its end would lie before its start
            raise
        raise TornFile("it is torn") from error
    except MemoryError:
        raise
    except Exception as error:  # of bytes that are no pickle, reading raises whatever the bytes ask for
        raise TornFile((str(error).splitlines() or [type(error).__name__])[0].rstrip(".")) from error


def save_atomically(path: Path, contents: Mapping[str, Any]) -> None:
    """Write tensors and plain values so that the file is the old one or the new one, also after a power cut.

    Raises DiskFull, the old file still in place.
    """
    buffer = io.BytesIO()  # torch reports a full disk as a RuntimeError without a reason; a plain write says ENOSPC
    torch.save(dict(contents), buffer)
    with whole_file(path, durable=True, needed=buffer.tell()) as part:
        part.write_bytes(buffer.getbuffer())
