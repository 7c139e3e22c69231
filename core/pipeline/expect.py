"""What an audit is going to do and how long that will take, said before it starts."""

from __future__ import annotations

import time

import numpy as np

from ..encoders import Encoder
from ..store.audit import Audit
from ..store.writer import run_id
from ..training.config import checkpoint_epochs
from ..types import RunSpec
from ..wording import duration
from .training.plan import gradient_flops, measured_speed
from .training.train import Prepared

TRIAL = 32  # images encoded to learn the encoder's speed


def expectation(audit: Audit, encoder: Encoder, embedding: RunSpec, network: Prepared | None, n_images: int) -> str:
    """The choices made and the time they will take, of what is not there already. "" if all of it is."""
    parts, seconds = [], 0.0
    if not audit.run_path(run_id(embedding)).exists():
        parts.append(f"embed with {encoder.name} at {encoder.image_size} pixels")
        seconds += n_images * seconds_per_image(encoder)
    if network and not audit.run_path(run_id(network.spec)).exists():
        n_classes, kept = (
            len(network.class_names),
            len(checkpoint_epochs(network.plan.epochs, network.config.checkpoints)),
        )
        parts.append(f"train {network.described} ({network.split.how})")
        parts.append(f"follow input gradients over {kept} checkpoints")
        flops = network.plan.flops + gradient_flops(network.plan, n_images, n_classes, kept)
        seconds += flops / measured_speed(network.plan, n_classes, network.device)
    if not parts:
        return ""
    return f"to do: {'; '.join(parts)}. About {duration(seconds)} on this machine as busy as it is now"


def seconds_per_image(encoder: Encoder) -> float:
    """What encoding costs now, by a trial; decoding goes on beside it."""
    images = np.zeros((TRIAL, encoder.image_size, encoder.image_size, 3), np.uint8)
    encoder.encode(images)  # the first call also sets things up
    started = time.perf_counter()
    encoder.encode(images)
    return (time.perf_counter() - started) / TRIAL
