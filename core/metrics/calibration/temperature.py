"""Temperature scaling: one number that makes a network's probabilities milder or sharper without changing their order.

Guo, Pleiss, Sun & Weinberger, ICML 2017. Works on logarithms of probabilities: they are the logits less a constant for
each image, which cancels, so that nothing is lost where only probabilities are known. A probability that was stored as
0 counts as float32's smallest normal number.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import TooFewRows, command
from ...types import Bools, Estimate, Floats, Ints
from ..intervals import bootstrap_counts

COLDEST, HOTTEST = 0.05, 20.0


def fit_temperature(
    probabilities: Floats, labels: Ints, *, n: int = 1000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """The temperature in 0.05..20 with the least negative log likelihood, and its bootstrap interval.

    probabilities: (n, K), rows sum to 1. labels: (n,) in 0..K-1. Above 1: the network is too sure of itself.
    The likelihood is convex in 1/T. A resample's optimum is one Newton step in 1/T away from this one, which is exact
    to the order of the interval itself. Raises TooFewRows without an image.
    """
    if not len(labels):
        raise TooFewRows("There is no prediction to fit a temperature to.", "Run", command(None, "train"))
    log_p = log_probabilities(probabilities)
    best = best_temperature(log_p, labels)
    slope, curvature = slopes_at(log_p, labels, best), curvatures_at(log_p, best)

    def resampled(counts: NDArray[Any]) -> Floats:
        slopes, curvatures = (counts @ np.stack([slope, curvature], axis=1)).T
        step = np.divide(slopes, curvatures, out=np.zeros(len(counts)), where=curvatures > 0)
        return np.asarray(1 / np.clip(1 / best - step, 1 / HOTTEST, 1 / COLDEST))[None]

    (found,) = bootstrap_counts(resampled, len(labels), n=n, seed=seed, level=level)
    return replace(found, value=best)


def best_temperature(log_p: Floats, labels: Ints) -> float:
    """The temperature in 0.05..20 with the least negative log likelihood. log_p: (n, K) float64, n > 0.

    Where the slope by 1/T, which rises with 1/T, is 0.
    """
    from scipy.optimize import brentq  # half a second to import, which the dashboard's start should not pay

    def slope(log_temperature: float) -> float:
        return float(slopes_at(log_p, labels, np.exp(log_temperature)).mean())

    coldest, hottest = np.log(COLDEST), np.log(HOTTEST)
    if slope(coldest) <= 0:
        return COLDEST
    return HOTTEST if slope(hottest) >= 0 else float(np.exp(brentq(slope, coldest, hottest, xtol=1e-7)))


def losses_at(log_p: Floats, labels: Ints, temperature: float) -> Floats:
    """(n,) negative log likelihood of each label, nats, once the probabilities are scaled. log_p: (n, K)."""
    scaled = log_p / temperature
    return np.asarray(_logsumexp(scaled) - scaled[np.arange(len(labels)), labels])


def slopes_at(log_p: Floats, labels: Ints, temperature: float) -> Floats:
    """(n,) derivative of each image's loss by 1/T, at a temperature."""
    scaled = log_p / temperature
    p = np.exp(scaled - scaled.max(axis=1)[:, None])
    mean = np.einsum("ij,ij->i", p, log_p) / p.sum(axis=1)
    return np.asarray(mean - log_p[np.arange(len(labels)), labels])


def curvatures_at(log_p: Floats, temperature: float) -> Floats:
    """(n,) second derivative of each image's loss by 1/T: the variance of log p under the scaled probabilities."""
    scaled = log_p / temperature
    p = np.exp(scaled - _logsumexp(scaled)[:, None])
    return np.asarray(np.einsum("ij,ij->i", p, log_p**2) - np.einsum("ij,ij->i", p, log_p) ** 2)


def scaled_probabilities(probabilities: Floats, temperature: float) -> Floats:
    """softmax(log p / T): (n, K) float64, rows sum to 1."""
    scaled = log_probabilities(probabilities) / temperature
    return np.asarray(np.exp(scaled - _logsumexp(scaled)[:, None]))


def log_probabilities(probabilities: Floats) -> Floats:
    """(n, K) float64 logarithms, a probability of 0 counting as float32's smallest normal number."""
    return np.asarray(np.log(np.maximum(probabilities.astype(np.float64), np.finfo(np.float32).tiny)))


def fitting_half(n: int, seed: int = 0) -> Bools:
    """(n,) bool: the seeded half of n images that a temperature is fitted on; it is judged on the others."""
    half = np.zeros(n, bool)
    half[np.random.default_rng([seed, 0x7E39]).permutation(n)[: n // 2]] = True  # a stream apart from the resamples'
    return half


def _logsumexp(values: Floats) -> Floats:
    largest = values.max(axis=1)
    return np.asarray(largest + np.log(np.exp(values - largest[:, None]).sum(axis=1)))
