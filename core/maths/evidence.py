"""Views of which class an image belongs to, none of which hears the image's own target.

Three are of the features. Each takes soft targets, (n, K) rows summing to 1: one-hot given labels at first, beliefs
about the true ones later; each returns (n, K) evidence on a scale of its own; rows outside the fit are judged by the
whole fit. A fourth is what a model predicts, where there is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.optimize import minimize
from scipy.special import log_softmax

from ..types import Bools, Floats, Ints
from .arithmetic import NUMPY, Arithmetic
from .folds import row_keys, stratified_folds
from .kernel_ridge import KernelBasis, kernel_basis, leave_one_out
from .neighbors import build, nearest
from .noise_channel import best_temper
from .vectors import unit_rows

COMPONENTS = 128
NEIGHBORS = 20
FOLDS = 5
FEW_VOTES = 5.0  # that no neighbour gave, over all classes
RIDGE = 1e-3
PROBABILITY_FLOOR = 1e-6  # a model that rounds to 0 is not infinitely sure


@dataclass(frozen=True)
class Views:
    """What the three views need of the features, computed once: nothing here depends on labels but the folds.

    reduced: (n, p) principal components. neighbors: (n, k) rows, -1 where missing. fold: (n,) int, -1 outside the fit.
    """

    reduced: Floats
    basis: KernelBasis
    neighbors: Ints
    fold: Ints
    fit: Bools


def prepare(features: Floats, labels: Ints, fit: Bools, seed: int = 0, on: Arithmetic = NUMPY) -> Views:
    """Components, kernel, neighbours and folds of the roots of (n, d) features. fit: labelled rows to learn from.

    on: where the neighbours are searched for.
    """
    keys = row_keys(features, seed)
    features = signed_root(features)
    reduced = principal_components(features, fit, COMPONENTS)
    rows = np.flatnonzero(fit)
    _, found = nearest(build(features, rows, on=on), features, NEIGHBORS, query_rows=np.arange(len(features)))
    fold = stratified_folds(features, labels, fit, FOLDS, seed)
    return Views(reduced, kernel_basis(unit_rows(reduced), fit, keys), found, fold, fit)


def all_evidence(views: Views, targets: Floats) -> dict[str, Floats]:
    """The three views by name, (n, K) each."""
    return {
        "kernel": leave_one_out(views.basis, targets),
        "rmd": gaussian_evidence(views.reduced, targets, views.fold, views.fit),
        "knn": neighbor_evidence(views.neighbors, targets),
    }


def model_evidence(probabilities: Floats, classes: Ints) -> Floats:
    """Log of a model's probabilities of these classes, (n, K) float64; NaN in the rows that it says nothing of.

    probabilities: (n, n_classes), NaN where the model has not predicted, or was trained on the image's own label.
    """
    return np.asarray(np.log(np.clip(probabilities[:, classes].astype(np.float64), PROBABILITY_FLOOR, None)))


def joined(evidence: dict[str, Floats], model: Floats, given: Ints, known: Bools) -> dict[str, Floats]:
    """The views of the features and a model's, each times what makes all together predict the given labels best.

    evidence: view -> (n, K), whose sum is what the features say. model: (n, K) from `model_evidence`. given: (n,) int
    in 0..K-1, read where known, (n,) bool. Two weights of 0 or more, of the features' views and of the model's, by the
    likelihood of the given labels (stacking: Wolpert 1992; Ting & Witten 1999): a model that knows nothing gets none.
    Rows that the model says nothing of are judged by the features alone, at a weight of their own.
    """
    features = np.sum(list(evidence.values()), axis=0)
    told = np.asarray(np.isfinite(model).all(axis=1))
    both, alone = known & told, known & ~told
    shares = _weights(features[both], model[both], given[both])
    of_features = np.where(told, shares[0], best_temper(features[alone], given[alone]) if alone.any() else shares[0])
    weighted = {name: of_features[:, None] * values for name, values in evidence.items()}
    return weighted | {"model": np.where(told[:, None], shares[1] * model, 0.0)}


def _weights(features: Floats, model: Floats, given: Ints) -> tuple[float, float]:
    """The weights, 0 or more, of two (n, K) evidences under which the softmax of their sum predicts the labels best."""
    rows = np.arange(len(given))
    starts = best_temper(features, given), best_temper(model, given)  # each alone, so that the search is in one scale

    def surprise(share: Floats) -> tuple[float, Floats]:
        total = share[0] * starts[0] * features + share[1] * starts[1] * model
        log_p = log_softmax(total, axis=1)
        left = np.exp(log_p)
        left[rows, given] -= 1.0
        slopes = [starts[0] * np.einsum("nk,nk->", left, features), starts[1] * np.einsum("nk,nk->", left, model)]
        return float(-log_p[rows, given].mean()), np.array(slopes) / len(given)

    found = minimize(surprise, (0.5, 0.5), jac=True, bounds=((0.0, None), (0.0, None)), method="L-BFGS-B").x
    return float(found[0] * starts[0]), float(found[1] * starts[1])


def signed_root(features: Floats) -> Floats:
    """The square root of each value, its sign kept: the few loud coordinates of an embedding no longer decide alone.

    Perronnin, Sanchez & Mensink 2010, section 3.1 (power normalisation).
    """
    return np.asarray(np.sign(features) * np.sqrt(np.abs(features)))


def principal_components(features: Floats, fit: Bools, components: int) -> Floats:
    """(n, p) float32, p = min(components, d): the directions in which the fitted rows spread most."""
    centred = features - features[fit].mean(axis=0, dtype=np.float64).astype(np.float32)
    scatter = (centred[fit].T @ centred[fit]).astype(np.float64)
    d = features.shape[1]
    _, directions = eigh(scatter, subset_by_index=(max(d - components, 0), d - 1))
    return np.asarray(centred @ directions[:, ::-1].astype(np.float32))


def gaussian_evidence(reduced: Floats, targets: Floats, fold: Ints, fit: Bools) -> Floats:
    """Log posterior of Gaussians with one covariance, out of fold: minus half the Mahalanobis distance plus log share.

    Differences between classes are those of minus half the RMD, whose second term is the same for every class.
    """
    evidence = np.zeros((len(reduced), targets.shape[1]))
    for held_out, learn in [(fold == f, fit & (fold != f)) for f in np.unique(fold[fit])] + [(~fit, fit)]:
        if held_out.any() and learn.any():
            evidence[held_out] = _gaussian_log_posterior(reduced[learn], targets[learn], reduced[held_out])
    return evidence


def neighbor_evidence(neighbors: Ints, targets: Floats) -> Floats:
    """Log share of each class among the neighbours, a few votes spread over all classes added.

    Half a vote for each of ten classes; of hundreds it would outvote the neighbours, so all together get FEW_VOTES.
    """
    votes = np.zeros((len(neighbors), targets.shape[1]))
    for column in neighbors.T:
        found = column >= 0
        votes[found] += targets[column[found]]
    added = min(0.5, FEW_VOTES / votes.shape[1])
    return np.asarray(np.log(votes + added) - np.log(votes.sum(axis=1, keepdims=True) + added * votes.shape[1]))


def _gaussian_log_posterior(learn: Floats, targets: Floats, judged: Floats) -> Floats:
    """(m, K): a class that the learning rows lack gets the lowest evidence of its row."""
    learn, judged = learn.astype(np.float64), judged.astype(np.float64)
    weight = targets.sum(axis=0)
    present = weight > 1e-6
    means = np.zeros((len(weight), learn.shape[1]))
    means[present] = (targets.T @ learn)[present] / weight[present, None]
    moment = learn.T @ learn
    scatter = moment - (means * weight[:, None]).T @ means
    # A trace below this is rounding of the subtraction: there is no spread at all, and any metric will do.
    spread = np.trace(scatter) if np.trace(scatter) > 1e-12 * np.trace(moment) else 0.0
    ridge = RIDGE * spread / len(scatter) or 1.0
    precision = cho_solve(cho_factor(scatter / len(learn) + ridge / len(learn) * np.eye(len(scatter))), means.T)
    linear = judged @ precision - 0.5 * np.einsum("kd,dk->k", means, precision)
    linear[:, present] += np.log(weight[present] / len(learn))
    linear[:, ~present] = linear[:, present].min(axis=1, keepdims=True)
    return np.asarray(linear)
