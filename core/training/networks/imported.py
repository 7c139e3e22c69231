"""Checkpoints of a network trained elsewhere, checked and taken into an audit as if they had been trained here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from ...errors import BadInput
from ..checkpoints import Reordered, TrainedNetwork, on_device, save_checkpoint
from ..fold import refuse_batch_statistics
from ..pixels import Normalisation
from .factory import build_from_factory
from .state_dicts import load_weights, read_weights


def checked_networks(
    spec: str, paths: Sequence[Path], n_classes: int, image_size: int, normalisation: Normalisation,
    device: torch.device | str = "cpu", *, class_names: Sequence[str] = (), order: tuple[int, ...] = (),
) -> Iterator[TrainedNetwork]:  # fmt: skip
    """Check every checkpoint, then yield each ready to predict, as epochs 1, 2, …

    spec: `package.module:function`, which builds the network. paths: the checkpoints in order of training.
    class_names, order: what the network's outputs are and which of them each class is, where they come in another
    order than the audit's. Raises BadInput with the reason on the first that does not fit; see `refuse_unusable`.
    """
    for number, path in enumerate(paths):  # the last one too, before the first predicts for an hour
        model = _loaded(spec, path)
        if number == 0:
            refuse_unusable(model, spec, len(class_names) or n_classes, image_size)
    for epoch, path in enumerate(paths, start=1):
        model = _loaded(spec, path)
        ready = on_device(Reordered(model, order).eval() if order else model, device)
        yield TrainedNetwork(ready, spec, n_classes, image_size, normalisation, epoch, order)


def kept_networks(networks: Iterable[TrainedNetwork], folder: Path) -> Iterator[TrainedNetwork]:
    """The networks, a copy of each kept in the folder before it is yielded.

    `checkpoints.load_checkpoint` reads the copies later, and calls the function again to do so.
    """
    for network in networks:
        folder.mkdir(parents=True, exist_ok=True)
        save_checkpoint(folder, network)
        yield network


def _loaded(spec: str, path: Path) -> nn.Module:
    model = build_from_factory(spec)
    load_weights(model, read_weights(path), path)
    return model.eval()


def refuse_unusable(model: nn.Module, spec: str, n_classes: int, image_size: int) -> None:
    """Raise BadInput unless the network turns each image, by itself, into one logit per class.

    Refused: a layer that uses the batch's own statistics, an error on images of this size, an output that is no
    tensor or has another number of classes, an output that depends on the other images of the batch.
    """
    refuse_batch_statistics(model)
    images = torch.randn(3, 3, image_size, image_size, generator=torch.Generator().manual_seed(0))
    try:
        with torch.no_grad():
            logits, alone = model(images), model(images[:1])
    except Exception as error:
        raise BadInput(
            f"{spec!r} fails on images of {image_size}×{image_size} pixels: {type(error).__name__}: {error}.",
            "Pass the --image-size it was trained at.",
        ) from error
    if not isinstance(logits, Tensor):
        raise BadInput(
            f"{spec!r} returns {type(logits).__name__}, not a tensor of logits.",
            "Wrap it in a module whose forward() returns the logits alone (docs/own-models.md shows one).",
        )
    if logits.shape != (3, n_classes):
        raise BadInput(
            f"{spec!r} turns 3 images into an output of shape {tuple(logits.shape)}, and {n_classes} classes are "
            f"expected: (3, {n_classes}) is needed.",
            "Name the model's own classes in their order with --classes; without it they are the audit's.",
        )
    if not torch.allclose(logits[:1], alone, rtol=1e-3, atol=1e-3 * float(logits.abs().max())):
        raise BadInput(
            f"{spec!r} gives an image another output when other images are in its batch.",
            "Use a model whose outputs depend on one image each.",
        )
