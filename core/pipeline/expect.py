"""What an audit is going to do and how long that will take, said before it starts."""

from __future__ import annotations

import time

import numpy as np

from ..encoders import Encoder
from ..maths.arithmetic import NUMPY, Arithmetic
from ..maths.neighbors import build, exact_limit, nearest
from ..scorers.duplicates import NEIGHBORS
from ..scorers.registry import get_scorer
from ..store.audit import Audit
from ..store.writer import run_id
from ..types import RunSpec
from ..wording import duration
from .embed import seconds_per_image
from .scoring.score import arithmetic_for, score_spec
from .training.plan import gradient_flops, measured_speed
from .training.train import Prepared

DUPLICATES = "duplicates"
WORTH_SAYING = 60.0  # seconds of training below which nobody wants to do without
TRIAL = 32  # images searched for, to learn the speed
TRIAL_ROWS = 4096  # searched among: enough that starting is not what is measured


def expectation(
    audit: Audit, encoder: Encoder, embedding: RunSpec, network: Prepared | None, n_images: int, device: str = "auto"
) -> str:
    """The choices made and the time they will take, of what is not there already. "" if all of it is."""
    parts, seconds, of_network = [], 0.0, 0.0
    if not audit.run_path(run_id(embedding)).exists():
        parts.append(f"embed with {encoder.name} at {encoder.image_size} pixels, layers {encoder.layers}")
        seconds += n_images * seconds_per_image(encoder)
    on = arithmetic_for(get_scorer(DUPLICATES), device)
    duplicates = score_spec(audit, get_scorer(DUPLICATES), {}, on=on, embed=run_id(embedding))
    if not audit.run_path(run_id(duplicates)).exists():
        parts.append("look for near-duplicates")
        seconds += seconds_to_search(n_images, encoder.dimension, on)
    if network and not audit.run_path(run_id(network.spec)).exists():
        n_classes, kept = len(network.class_names), len(network.config.kept_epochs())
        parts.append(f"train {network.described} ({network.split.how})")
        parts.append(f"follow input gradients over {kept} checkpoints")
        flops = network.plan.flops + gradient_flops(network.plan, n_images, n_classes, kept)
        of_network = flops / measured_speed(network.plan, n_classes, network.device)
        seconds += of_network
    if not parts:
        return ""
    said = f"to do: {'; '.join(parts)}. About {duration(seconds)} on this machine as busy as it is now"
    if of_network > max(seconds / 2, WORTH_SAYING):
        said += f"; {duration(of_network)} of it is for training, which an audit with --no-train does without"
    return said


def seconds_to_search(n: int, dimension: int, on: Arithmetic = NUMPY) -> float:
    """What finding the neighbours of n vectors costs now, by a trial; each among `exact_limit` of them at most."""
    rows = np.random.default_rng(0).standard_normal((min(n, TRIAL_ROWS), dimension), np.float32)
    index, queries = build(rows, on=on), rows[:TRIAL]
    nearest(index, queries, NEIGHBORS)
    started = time.perf_counter()
    nearest(index, queries, NEIGHBORS)
    each = (time.perf_counter() - started) / len(queries)
    return n * each * min(n, exact_limit(on)) / len(rows)
