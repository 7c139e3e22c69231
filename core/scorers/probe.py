"""Probe: a linear classifier of the embeddings that never saw the image it judges."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from ..maths.folds import row_keys, stratified_folds
from ..maths.other_classes import best_other
from ..types import HARDER_HIGH, UNLABELLED, Bools, Floats, Ints, ScoreColumn
from .inputs import Inputs, labelled_fit, lone, required_features, why_not_compared
from .inputs.asks import COMPARES_CLASSES
from .predictions import given_probability, probability_margin
from .registry import register

MAX_ITERATIONS = 100
NOT_FITTED = -1  # the fold of a row that no head learned from, and that the head of all others judges


_LAST: dict[tuple[Any, ...], Probe] = {}
"""The last probe, by the contents it was fitted to: one entry."""


@dataclass(frozen=True)
class LinearHead:
    """A linear classifier. classes: (k,) labels, rising. mean, scale: (d,) by which features are standardised.
    weights: (k, d); bias: (k,). stopped_early: whether it used up its iterations before it converged.
    """

    classes: Ints
    mean: Floats
    scale: Floats
    weights: Floats
    bias: Floats
    stopped_early: bool

    def probabilities(self, features: Floats) -> Floats:
        """(n, k) of its classes, rows sum to 1. features: (n, d) float32."""
        standardised = features - self.mean.astype(features.dtype)
        standardised /= self.scale.astype(features.dtype)
        return np.asarray(softmax(standardised @ self.weights.T.astype(features.dtype) + self.bias, axis=1))


@dataclass(frozen=True)
class Probe:
    """Class probabilities from rows that exclude the image itself.

    probabilities: (n, n_classes) float32, rows sum to 1; a class with no row to learn from has 0.
    unseen: (n,) bool, labelled rows whose own class had no other row to learn from.
    stopped_early: how many of the fits used up their iterations before they converged.
    """

    probabilities: Floats
    unseen: Bools
    stopped_early: int


def probe_probabilities(
    features: Floats,
    labels: Ints,
    fit: Bools,
    n_classes: int,
    *,
    inverse_penalty: float = 0.003,
    folds: int = 5,
    seed: int = 0,
) -> Probe:
    """Regularised logistic regression on standardised features: fitted rows out of fold, other rows by all of them.

    features: (n, d) float; labels: (n,) int; fit: (n,) bool, labelled rows to learn from, of two classes at least.
    inverse_penalty: scikit-learn's C. Folds depend on the rows' content, so the order of rows changes nothing.
    The last one is kept, whole and unwritable: several scorers read the same, and it is most of what they cost.
    """
    keys = row_keys(features, seed)
    asked = (keys.tobytes(), labels.tobytes(), fit.tobytes(), features.shape, n_classes, inverse_penalty, folds, seed)
    kept = _LAST.get(asked)
    if kept is None:
        kept = _fitted(features, labels, fit, n_classes, keys, inverse_penalty, folds, seed)
        _LAST.clear()
        _LAST[asked] = kept
    return kept


def _fitted(
    features: Floats, labels: Ints, fit: Bools, n_classes: int, keys: NDArray[np.uint64], inverse_penalty: float,
    folds: int, seed: int,
) -> Probe:  # fmt: skip
    """The same, computed. keys: (n,) of `row_keys`."""
    fold = stratified_folds(features, labels, fit, folds, seed)
    heads = fit_heads(features, labels, fold, keys, inverse_penalty, wanted=np.unique(fold).tolist())
    found = judged_by(heads, features, labels, fold, n_classes)
    found.probabilities.flags.writeable = found.unseen.flags.writeable = False
    return found


def fit_heads(
    features: Floats, labels: Ints, fold: Ints, keys: NDArray[np.uint64], inverse_penalty: float, wanted: Sequence[int]
) -> dict[int, LinearHead]:
    """For each wanted fold the head that judges it, fitted to the rows of the others; NOT_FITTED: to those of all.

    fold: (n,) the fold of each row to learn from, NOT_FITTED for the others. keys: (n,) of `row_keys`, by which rows
    are put into an order that is the same wherever they stand.
    """
    order = np.lexsort((labels, keys))
    order = order[fold[order] != NOT_FITTED]
    return {f: _fit_head(features, labels, order[fold[order] != f], inverse_penalty) for f in wanted}


def judged_by(heads: Mapping[int, LinearHead], features: Floats, labels: Ints, fold: Ints, n_classes: int) -> Probe:
    """What heads, which may be fitted to many other rows, make of rows, each of them judged by the head of its fold."""
    probabilities, unseen = np.zeros((len(features), n_classes), np.float32), np.zeros(len(features), bool)
    for f, head in heads.items():
        held_out = fold == f
        if held_out.any() and len(head.classes):
            probabilities[np.ix_(held_out, head.classes)] = head.probabilities(features[held_out])
        unseen |= held_out & (labels != UNLABELLED) & ~np.isin(labels, head.classes)
    return Probe(probabilities, unseen, sum(head.stopped_early for head in heads.values()))


def _fit_head(features: Floats, labels: Ints, rows: Ints, inverse_penalty: float) -> LinearHead:
    """The head of these rows, in their order."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    classes = np.unique(labels[rows])
    if len(classes) < 2:  # nothing to tell apart: two images of two classes, one of them held out
        d, k = features.shape[1], len(classes)
        return LinearHead(classes, np.zeros(d), np.ones(d), np.zeros((k, d), np.float32), np.zeros(k), False)
    scaler = StandardScaler().fit(features[rows])
    classifier = LogisticRegression(C=inverse_penalty, max_iter=MAX_ITERATIONS)
    with warnings.catch_warnings():
        # Counted and stored instead: stopping early is a little more regularisation, not a failure.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # scikit-learn doubts labels with about one row each; ours are classes, and a rare one is no mistake here.
        warnings.filterwarnings("ignore", "The number of unique classes is greater than 50%", UserWarning)
        classifier.fit(scaler.transform(features[rows]), labels[rows])
    weights, bias = classifier.coef_, classifier.intercept_
    if len(classes) == 2:  # of two classes scikit-learn fits the second alone, against 0
        weights, bias = np.vstack([np.zeros_like(weights), weights]), np.concatenate([np.zeros_like(bias), bias])
    stopped_early = bool(np.max(classifier.n_iter_) >= MAX_ITERATIONS)
    return LinearHead(classes, scaler.mean_, scaler.scale_, weights, bias, stopped_early)


@register(
    "probe",
    needs={"features", "labels", "fit"},
    source="linear probe (Alain & Bengio 2017), cross-validated as in Northcutt, Jiang & Chuang 2021, section 3",
    direction=HARDER_HIGH,
    asks=COMPARES_CLASSES,
    form=2,
)
def probe(inputs: Inputs, inverse_penalty: float = 0.003, folds: int = 5, seed: int = 0) -> list[ScoreColumn]:
    """What a linear classifier of the embeddings makes of the given label, judged out of fold.

    Two columns, higher is harder. probe_self_confidence: one minus the given label's probability, 0..1.
    probe_margin: the largest other probability less the given one's, -1..1. The suggested label is the most
    probable other class, and doubted is a label less probable than it: where probe_margin is above 0.
    """
    features = required_features(inputs, "probe")
    fit = labelled_fit(inputs)
    result = probe_probabilities(
        features, inputs.labels, fit, inputs.n_classes, inverse_penalty=inverse_penalty, folds=folds, seed=seed
    )
    parameters = {"inverse_penalty": inverse_penalty, "folds": folds, "seed": seed}
    return probe_columns(result, inputs, lone(inputs), parameters, f"{int(fit.sum())} labelled training images")


def probe_columns(
    result: Probe, inputs: Inputs, alone: Bools, parameters: Mapping[str, object], learned_from: str
) -> list[ScoreColumn]:
    """The columns of `probe` of some rows, by heads that may be fitted to others.

    alone: (n,) bool, whose class has no other row among those fitted on. parameters: of the scorer, as they are kept.
    """
    p, labelled = result.probabilities, inputs.labels != UNLABELLED
    judged = labelled & ~result.unseen
    other = best_other(p, inputs.labels, judged, nothing=0.0)
    return [
        ScoreColumn(
            name=name,
            values=np.where(judged, values, np.nan).astype(np.float32),
            direction=HARDER_HIGH,
            scorer="probe",
            parameters={**parameters, "max_iterations": MAX_ITERATIONS, "fits_stopped_early": result.stopped_early},
            fitted_on=f"{learned_from}, out of fold",
            suggested_label=other.label,
            doubted=other.doubted,
            reason=why_not_compared(inputs, ~judged, alone),
        )
        for name, values in (
            ("probe_self_confidence", 1.0 - given_probability(p, inputs.labels)),
            ("probe_margin", probability_margin(p, inputs.labels)),
        )
    ]
