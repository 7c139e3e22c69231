"""What a trained network says of each image: logits, and the columns the store keeps of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..types import UNLABELLED, Bools, Floats, Ints
from .batches import Batches

EVALUATION_BATCH = 128  # at 64 pixels and 64 channels a layer of it takes 130 MB
TOP = 5


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


def log_softmax(logits: Floats) -> NDArray[np.float64]:
    """(n, k) float64 log probabilities."""
    shifted = np.asarray(logits, dtype=np.float64)
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    normalised: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return normalised


def predictions_from_logits(logits: Floats, labels: Ints) -> dict[str, Any]:
    """The columns of the store's `prediction` table, and `probs` for its `probability` table.

    logits: (n, k). labels: (n,) int, UNLABELLED where there is none. Returns (n,) arrays: predicted; confidence, the
    maximum softmax probability; entropy in nats; max_logit; loss, the given label's cross-entropy in nats (NaN if
    unlabelled); correct (False if unlabelled); top5, lists of the most probable labels, best first; probs (n, k).
    """
    log_p = log_softmax(logits)
    p = np.exp(log_p)
    labelled = labels != UNLABELLED
    # Stable, so that equal logits give the lower label first on every machine.
    best = np.argsort(-np.asarray(logits, dtype=np.float64), axis=1, kind="stable")[:, :TOP]
    loss = np.where(labelled, -log_p[np.arange(len(labels)), np.where(labelled, labels, 0)], np.nan)
    return {
        "predicted": best[:, 0].astype(np.int32),
        "confidence": p.max(axis=1).astype(np.float32),
        "entropy": -(p * np.maximum(log_p, np.finfo(np.float64).min)).sum(axis=1).astype(np.float32),
        "max_logit": logits.max(axis=1).astype(np.float32),
        "loss": loss.astype(np.float32),
        "correct": (best[:, 0] == labels) & labelled,
        "top5": best.astype(np.int32).tolist(),
        "probs": p.astype(np.float32),
    }


def dynamics_from_logits(logits: Floats, labels: Ints) -> dict[str, Floats | Bools]:
    """One epoch's p_label, margin, loss, correct and el2n, each (n,), as `types.Dynamics` defines them.

    NaN (False in correct) where there is no label.
    """
    labelled = labels != UNLABELLED
    given = np.where(labelled, labels, 0)
    every = np.arange(len(labels))
    log_p = log_softmax(logits)
    error = np.exp(log_p)
    p_label = error[every, given]
    error[every, given] -= 1
    others = np.asarray(logits, dtype=np.float64).copy()
    own = others[every, given]
    others[every, given] = -np.inf
    columns = {
        "p_label": p_label,
        "margin": own - others.max(axis=1),
        "loss": -log_p[every, given],
        "el2n": np.sqrt((error**2).sum(axis=1)),
    }
    found: dict[str, Floats | Bools] = {
        name: np.where(labelled, values, np.nan).astype(np.float32) for name, values in columns.items()
    }
    found["correct"] = (logits.argmax(axis=1) == labels) & labelled
    return found
