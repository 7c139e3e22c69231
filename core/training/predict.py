"""What a trained network says of each image: its logits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from ..types import Floats, Ints
from .batches import Batches

EVALUATION_BATCH = 128  # at 64 pixels and 64 channels a layer of it takes 130 MB


def predict(
    model: nn.Module, batches: Batches, rows: Ints | None = None, *, advance: Callable[[int, int], None] | None = None
) -> Floats:
    """(m, n_classes) float32 logits of the rows (all by default), in evaluation mode, without augmentation.

    The network's mode is put back afterwards. Pass rows to go through a large data set in parts.
    """
    rows = np.arange(len(batches)) if rows is None else np.asarray(rows)
    was_training = model.training
    model.eval()
    parts: list[Floats] = []
    done = 0
    try:
        with torch.inference_mode(), autocast(batches.device):
            for part, images in batches.chunks(rows, EVALUATION_BATCH):
                parts.append(model(images).float().cpu().numpy())
                done += len(part)
                if advance is not None:
                    advance(done, len(rows))
    finally:
        model.train(was_training)
    return np.concatenate(parts) if parts else np.empty((0, 0), dtype=np.float32)


def autocast(device: torch.device) -> torch.autocast:
    """bfloat16 where the hardware has it; plain float32 on a CPU and on GPUs that would only emulate it.

    Not float16, whose small gradients vanish without a loss scale that would have to be tuned, kept and resumed.
    """
    fast = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=fast)
