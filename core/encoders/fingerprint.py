"""A name for what an encoder computes, taken from the numbers it computes with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch

from .preprocessing import Preprocessing
from .protocol import Feature


def encoder_fingerprint(
    weights: Mapping[str, torch.Tensor], preprocessing: Preprocessing, feature: Feature, l2norm: bool,
    middles: Mapping[str, Any],
) -> str:  # fmt: skip
    """16 hexadecimal digits over every tensor's name, type, shape and bytes, the preprocessing and the options.

    middles: what is put beside the last vector, and how; {} for nothing.
    Taken before batch norms are folded and before any move to a device, so it is the same on every machine.
    """
    digest = hashlib.blake2b(digest_size=8)
    for name in sorted(weights):
        tensor = weights[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    options = {"preprocessing": asdict(preprocessing), "feature": feature, "l2norm": l2norm, **middles}
    digest.update(json.dumps(options, sort_keys=True).encode())
    return digest.hexdigest()
