"""What the store keeps of logits, whoever computed them: predictions and an epoch's dynamics. PyTorch is not loaded."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...types import UNLABELLED, Bools, Floats, Ints

TOP = 5


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
