"""Probe: a linear classifier of the embeddings that never saw the image it judges."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..maths.folds import row_keys, stratified_folds
from ..maths.other_classes import best_other
from ..types import HARDER_HIGH, UNLABELLED, Bools, Floats, Ints, ScoreColumn
from .inputs import Inputs, labelled_fit, required_features, why_not_compared
from .inputs.asks import COMPARES_CLASSES
from .predictions import given_probability, probability_margin
from .registry import register

MAX_ITERATIONS = 100


_LAST: dict[tuple[Any, ...], Probe] = {}
"""The last probe, by the contents it was fitted to: one entry."""


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
    canonical = np.lexsort((labels, keys))
    parts = [(fold == f, canonical[(fit & (fold != f))[canonical]]) for f in range(folds)]
    parts.append((~fit, canonical[fit[canonical]]))
    probabilities = np.zeros((len(features), n_classes), np.float32)
    unseen = np.zeros(len(features), bool)
    stopped_early = 0
    for held_out, rows in parts:
        if not held_out.any():
            continue
        present = np.unique(labels[rows])
        unseen |= held_out & (labels != UNLABELLED) & ~np.isin(labels, present)
        if len(present) == 1:  # nothing to tell apart: two images of two classes, one of them held out
            probabilities[np.ix_(held_out, present)] = 1.0
            continue
        predicted, converged = _fit_predict(features, labels, rows, held_out, inverse_penalty)
        probabilities[np.ix_(held_out, present)] = predicted
        stopped_early += not converged
    probabilities.flags.writeable = unseen.flags.writeable = False
    return Probe(probabilities, unseen, stopped_early)


def _fit_predict(
    features: Floats, labels: Ints, rows: Ints, held_out: Bools, inverse_penalty: float
) -> tuple[Floats, bool]:
    """Probabilities of the held-out rows over the classes among `rows`, and whether the fit converged."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(features[rows])
    classifier = LogisticRegression(C=inverse_penalty, max_iter=MAX_ITERATIONS)
    with warnings.catch_warnings():
        # Counted and stored instead: stopping early is a little more regularisation, not a failure.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # scikit-learn doubts labels with about one row each; ours are classes, and a rare one is no mistake here.
        warnings.filterwarnings("ignore", "The number of unique classes is greater than 50%", UserWarning)
        classifier.fit(scaler.transform(features[rows]), labels[rows])
    predicted = classifier.predict_proba(scaler.transform(features[held_out]))
    return predicted, bool(np.max(classifier.n_iter_) < MAX_ITERATIONS)


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
    labelled = inputs.labels != UNLABELLED
    result = probe_probabilities(
        features, inputs.labels, fit, inputs.n_classes, inverse_penalty=inverse_penalty, folds=folds, seed=seed
    )
    p = result.probabilities
    judged = labelled & ~result.unseen
    other = best_other(p, inputs.labels, judged, nothing=0.0)
    return [
        ScoreColumn(
            name=name,
            values=np.where(judged, values, np.nan).astype(np.float32),
            direction=HARDER_HIGH,
            scorer="probe",
            parameters={
                "inverse_penalty": inverse_penalty,
                "folds": folds,
                "seed": seed,
                "max_iterations": MAX_ITERATIONS,
                "fits_stopped_early": result.stopped_early,
            },
            fitted_on=f"{int(fit.sum())} labelled training images, out of fold",
            suggested_label=other.label,
            doubted=other.doubted,
            reason=why_not_compared(inputs, ~judged),
        )
        for name, values in (
            ("probe_self_confidence", 1.0 - given_probability(p, inputs.labels)),
            ("probe_margin", probability_margin(p, inputs.labels)),
        )
    ]
