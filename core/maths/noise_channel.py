"""From class evidence to the chance that a label is wrong: a temperature, and a matrix of who is mistaken for whom.

The given label is modelled as the true one sent through a noisy channel: P(given | true) is a K x K matrix, and
P(true | image) a softmax of evidence. Both are fitted to the given labels alone by expectation maximisation.
The evidence of an image must come from the other images, or it would only repeat the label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_array
from scipy.special import log_softmax, softmax

from ..types import Floats, Ints

ROUNDS = 100
SETTLED = 1e-5
SYMMETRIC_SHARE = 0.1  # of each row's weight, a prior of evenly spread mistakes: a pair seen twice proves little
LEAST_PRIOR = 30.0  # images that the prior counts for at least: a class of a dozen cannot show what it is mistaken for
SHARPEST = 1e3
LIGHTEST = 0.5  # weight of the matrix where mistakes depend on the image; docs/suspicion.md
BY_IMAGE, BY_CLASS = 0.93, 1.0  # mistakes among the surest images, of those the matrix foresees: which kind they are
SUREST = 100  # images, below which that is chance


@dataclass(frozen=True)
class NoiseChannel:
    """A fitted channel. temper: the evidence is multiplied by it. transition: (K, K), P(given = j | true = i)."""

    temper: float
    transition: Floats


def best_temper(evidence: Floats, labels: Ints) -> float:
    """The factor on (n, K) evidence under which its softmax predicts the labels best. Guo et al. 2017, section 4.2."""
    rows = np.arange(len(labels))

    def surprise(log_temper: float) -> float:
        return float(-log_softmax(np.exp(log_temper) * evidence, axis=1)[rows, labels].mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(-10.0, np.log(SHARPEST)), method="bounded").x))


def fit_channel(evidence: Floats, labels: Ints) -> NoiseChannel:
    """The channel most likely to have made these labels. evidence: (n, K) float; labels: (n,) int in 0..K-1.

    Starts from one wrong label in ten, spread evenly. Patrini et al. 2017 name the model; Dempster et al. 1977 the fit.
    """
    n, n_classes = evidence.shape
    given = csr_array((np.ones(n), (labels, np.arange(n))), shape=(n_classes, n))
    temper, transition = 1.5, _even(0.1, n_classes)
    for _ in range(ROUNDS):
        prior = softmax(temper * evidence, axis=1)
        truth = posterior(prior, transition, labels)
        counts = np.asarray(given @ truth).T + 1e-9  # (true, given)
        wrong = max(1.0 - float(np.trace(counts)) / n, 0.0)  # rounding may make it less
        weight = np.maximum(SYMMETRIC_SHARE * counts.sum(axis=1, keepdims=True), LEAST_PRIOR)
        mixed = counts + weight * _even(wrong, n_classes)
        settled = np.abs(mixed / mixed.sum(axis=1, keepdims=True) - transition).max()
        transition = mixed / mixed.sum(axis=1, keepdims=True)
        # One Newton step on the temper: slope and curvature of the expected log-likelihood.
        mean = np.einsum("nk,nk->n", prior, evidence)
        slope = np.einsum("nk,nk->", truth - prior, evidence)
        curvature = np.einsum("nk,nk->", prior, (evidence - mean[:, None]) ** 2)
        step = slope / max(curvature, 1e-12)
        temper = float(np.clip(temper + step, temper / 2, min(2 * temper, SHARPEST)))
        if settled < SETTLED and abs(step) < SETTLED * temper:
            break
    return NoiseChannel(temper, transition)


def posterior(prior: Floats, transition: Floats, labels: Ints, weight: float = 1.0) -> Floats:
    """P(true | image, given label), (n, K), rows sum to 1.

    prior: P(true | image), (n, K). weight: of what the transition says, 0..1, as a power; 1 is Bayes' rule.
    """
    joint = prior * transition[:, labels].T ** weight + 1e-300
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))


def matrix_weight(evidence: Floats, labels: Ints, channel: NoiseChannel) -> float:
    """What a channel's matrix should count for, 0.5 to 1, by whether these mistakes depend on the class alone.

    evidence, labels: as the channel was fitted to. If they do, the images that the evidence is surest of are given
    another label as often as the matrix says. Where they are given one less often, people got the hard images wrong,
    the matrix is too mild with those, and it counts half. The fifth of each class that is surest is compared; where
    that is fewer than SUREST images, nothing can be told, and people are assumed to have made the labels. Evidence that
    says no more of the labels than how common each is knows no hard images: there Bayes' rule is left as it is, or
    every label would be doubted.
    """
    if not tells_labels(evidence, labels, channel):
        return 1.0
    prior = softmax(channel.temper * evidence, axis=1)
    rows, likeliest, sure = np.arange(len(labels)), prior.argmax(axis=1), prior.max(axis=1)
    surest = np.zeros(len(labels), bool)
    for label in np.unique(likeliest):
        of_class = np.flatnonzero(likeliest == label)
        surest[of_class[np.argsort(-sure[of_class], kind="stable")[: len(of_class) // 5]]] = True
    foreseen = (1.0 - (prior @ channel.transition)[rows, likeliest])[surest].sum()
    if surest.sum() < SUREST or foreseen <= 0:
        return LIGHTEST
    ratio = (labels != likeliest)[surest].sum() / foreseen
    return float(np.interp(ratio, (BY_IMAGE, BY_CLASS), (LIGHTEST, 1.0)))


def tells_labels(evidence: Floats, labels: Ints, channel: NoiseChannel) -> bool:
    """Whether evidence says more of the labels than how common each is, past what a free number gains by chance (BIC).

    evidence, labels: as the channel was fitted to. Where it does not, no share of wrong labels follows from it.
    """
    foretold, n = softmax(channel.temper * evidence, axis=1) @ channel.transition, len(labels)
    shares = np.bincount(labels) / n
    gain = np.log(foretold[np.arange(n), labels]).sum() - np.log(shares[labels]).sum()
    return bool(gain >= 0.5 * np.log(n))


def _even(wrong: float, n_classes: int) -> Floats:
    """A transition matrix whose mistakes are spread evenly over the other classes."""
    off = wrong / max(n_classes - 1, 1)
    return np.full((n_classes, n_classes), off) + np.eye(n_classes) * (1.0 - wrong - off)
