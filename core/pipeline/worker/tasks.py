"""What the dashboard's worker computes: the vector of a text or a picture, one image's gradient maps.

Each takes a request's frame and gives the answer's. The networks of the latest requests stay loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from ...device import set_threads
from ...encoders.protocol import Encoder
from ...errors import MissingRun
from ...images.pixels import PixelSource
from ...store import lookups, views
from ...store.audit import Audit
from ...training.batches import Batches
from ...training.checkpoints import TrainedNetwork, load_checkpoint
from ...training.fold import ready_for_gradients
from ...training.gradients import gradient_maps
from ...training.pixels import to_square
from ...types import UNLABELLED, Run
from ...worker.messages import Frame
from ..checkpoints import kept_checkpoints
from ..scoring.encoded import encoder_of

Say = Callable[[str, int, int], None]
MOST_THREADS = 4  # one image gains nothing from more, and the dashboard's own queries want the rest
DEVICE = "cpu"  # an accelerator's memory belongs to what is being trained there


def encode_texts(frame: Frame, say: Say) -> Frame:
    """message: audit, run, texts. Answers vectors (t, d) float32, comparable with the images' by cosine.

    Raises BadInput where the encoder has no text side.
    """
    encoder = _encoder(frame, say)
    say("Encoding the text", 0, 0)
    return Frame({}, {"vectors": encoder.encode_text([str(text) for text in frame.message["texts"]])})


def encode_image(frame: Frame, say: Say) -> Frame:
    """message: audit, run. arrays: rgb (H, W, 3) uint8. Answers vector (d,) float32, as `embed` would give it."""
    encoder = _encoder(frame, say)
    say("Encoding the image", 0, 0)
    pixels = encoder.prepare(Image.fromarray(frame.arrays["rgb"]))
    return Frame({}, {"vector": encoder.encode(pixels[None])[0]})


def gradient_maps_of(frame: Frame, say: Say) -> Frame:
    """message: audit, run (of training), image_id, label (UNLABELLED: what the last checkpoint predicts), target.

    Answers maps (K, H, W) float32, signed, one a checkpoint; spread (H, W) float32, whose mean is VoG over all of
    them; epochs (K,) int; pixels (H, W, 3) uint8 as the network sees them; and in the message the label.
    """
    audit, run = _run(frame)
    networks, models = _checkpoints(str(audit.path), run.run_id, say)
    last = networks[-1]
    row = lookups.whole_image_row(views.open_hub(audit), int(frame.message["image_id"]))
    if row is None:
        raise MissingRun("The image is not in the audit as it is now.", "Reload the page.")
    image = PixelSource([row["path"]], [row["row"]], [row["content_hash"]]).rgb(0)
    transform = run.parameters.get("transform", "stretch")
    pixels = np.asarray(to_square(image, last.image_size, transform), dtype=np.uint8)[None]
    inputs = Batches(pixels, last.normalisation, torch.device(DEVICE)).images(np.arange(1))
    label = int(frame.message["label"])
    if label == UNLABELLED:
        with torch.inference_mode():
            label = int(models[-1](inputs).argmax())
    say(f"Differentiating {len(models)} checkpoints", 0, 0)
    maps, spread = gradient_maps(models, inputs, label, str(frame.message["target"]))
    epochs = np.array([network.epoch for network in networks])
    return Frame({"label": label}, {"maps": maps, "spread": spread, "epochs": epochs, "pixels": pixels[0]})


def _run(frame: Frame) -> tuple[Audit, Run]:
    """The audit and the run that a request names. Raises MissingRun if that was deleted meanwhile."""
    audit, run_id = Audit(Path(str(frame.message["audit"]))), str(frame.message["run"])
    for run in audit.runs():
        if run.run_id == run_id:
            return audit, run
    raise MissingRun(f"Audit {audit.name!r} has no run {run_id!r} for its current images.", "Reload the page.")


def _encoder(frame: Frame, say: Say) -> Encoder:
    _, run = _run(frame)
    key = (run.run_id, run.weights)
    if key not in _encoders:
        say(f"Loading the weights of {run.name}", 0, 0)
        _settle_threads()
        _encoders.clear()  # one at a time: a large one takes gigabytes
        _encoders[key] = encoder_of(run, DEVICE)
    return _encoders[key]


_encoders: dict[Any, Encoder] = {}


def _checkpoints(audit: str, run_id: str, say: Say) -> tuple[list[TrainedNetwork], list[nn.Module]]:
    """A training run's networks in order of training, and their copies made ready for gradients."""
    folder, epochs = kept_checkpoints(Audit(Path(audit)), run_id)
    say(f"Loading {len(epochs)} checkpoints", 0, 0)
    return _loaded(folder, tuple(epochs))


@lru_cache(maxsize=1)
def _loaded(folder: Path, epochs: tuple[int, ...]) -> tuple[list[TrainedNetwork], list[nn.Module]]:
    _settle_threads()
    networks = [load_checkpoint(folder, epoch, DEVICE) for epoch in epochs]
    return networks, [ready_for_gradients(network.model) for network in networks]


def _settle_threads() -> None:
    torch.set_num_threads(min(set_threads(), MOST_THREADS))
