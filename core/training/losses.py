"""Training losses: pure functions of logits and labels that return one scalar, the mean over the batch.

Shapes throughout: logits (b, k), labels (b,) int in 0..k-1. Logarithms are natural, entropies in nats.
The objective of paper A and the baselines it is compared with (Cui et al. 2023, sections 4 and 5.1).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean of -log p_y."""
    return F.cross_entropy(logits, labels)


def label_smoothing(logits: Tensor, labels: Tensor, epsilon: float = 0.05) -> Tensor:
    """Cross-entropy against (1 - epsilon)·onehot + epsilon/k (Szegedy et al. 2016)."""
    return F.cross_entropy(logits, labels, label_smoothing=epsilon)


def focal(logits: Tensor, labels: Tensor, gamma: float = 2.0) -> Tensor:
    """Mean of -(1 - p_y)^gamma · log p_y (Lin et al. 2017)."""
    log_p = _log_p_label(logits, labels)
    # -expm1 keeps 1 - p_y positive where p_y rounds to 1 in float32; at exactly 0 a power below 1 has no gradient.
    missing = (-torch.expm1(log_p)).clamp_min(torch.finfo(log_p.dtype).tiny)
    return -(missing**gamma * log_p).mean()


def l1_logits(logits: Tensor, labels: Tensor, lambda_: float = 0.01) -> Tensor:
    """Cross-entropy + lambda · mean |logit| (Joo & Chung 2020)."""
    return F.cross_entropy(logits, labels) + lambda_ * logits.abs().mean()


def entropy_regularisation(logits: Tensor, labels: Tensor, alpha: float = 0.1) -> Tensor:
    """Cross-entropy - alpha · entropy (Pereyra et al. 2017): the same strength for every image."""
    return F.cross_entropy(logits, labels) - alpha * entropy(logits).mean()


def poly1(logits: Tensor, labels: Tensor, epsilon: float = 1.0) -> Tensor:
    """Mean of -log p_y + epsilon·(1 - p_y) (Leng et al. 2022)."""
    log_p = _log_p_label(logits, labels)
    return (-log_p - epsilon * torch.expm1(log_p)).mean()


def crl(logits: Tensor, labels: Tensor, correctness: Tensor, weight: float = 1.0) -> Tensor:
    """Cross-entropy + weight · mean max(0, |dc| - sign(dc)·dk), pairs made with the batch rolled by one.

    correctness: (b,) how often each image was predicted correctly so far, min-max normalised over the training set.
    k (kappa) is the maximum softmax probability. Correctness ranking loss (Moon et al. 2020).
    """
    confidence = logits.softmax(dim=1).amax(dim=1)
    difference = correctness - correctness.roll(-1)
    violation = difference.abs() - difference.sign() * (confidence - confidence.roll(-1))
    return F.cross_entropy(logits, labels) + weight * violation.relu().mean()


def difficulty_aware_entropy_loss(logits: Tensor, labels: Tensor, s: Tensor, alpha: float = 0.3) -> Tensor:
    """Mean of -log p_y - alpha · s_i · H(p): harder images are pushed harder towards uncertainty (Cui et al., Eq. 9).

    s: (b,) difficulty weights in (0, 1), constants; the entropy carries a gradient.
    """
    per_image = F.cross_entropy(logits, labels, reduction="none") - alpha * s * entropy(logits)
    return per_image.mean()


def entropy(logits: Tensor) -> Tensor:
    """(b,) entropy of the softmax, in nats, in 0..log k."""
    log_p = logits.log_softmax(dim=1)
    return -(log_p.exp() * log_p).sum(dim=1)


def _log_p_label(logits: Tensor, labels: Tensor) -> Tensor:
    """(b,) log probability of the label."""
    return logits.log_softmax(dim=1).gather(1, labels[:, None]).squeeze(1)
