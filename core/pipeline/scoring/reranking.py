"""Learning from reviews: which of the images nobody has looked at are wrong, judged by those that were.

A logistic regression of "the label was wrong" on where an image stands in each score, and on its class. It is worth
something only if it orders reviewed images better than the score that picked them, out of fold; otherwise it says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import TooFewRows, command
from ...maths.folds import stratified_folds
from ...metrics.agreement import ranks
from ...metrics.intervals import bootstrap_difference
from ...metrics.labels import average_precision
from ...types import Bools, Estimate, Floats, Ints

LEAST = 10
"""Reviewed images of each kind, wrong and right, that are learned from at least."""
FOLDS, INVERSE_PENALTY, RESAMPLES = 5, 0.1, 1000


@dataclass(frozen=True)
class Learned:
    """What the reviewed images teach.

    chance: (n,) float32, estimated chance that the label is wrong, every image. reviewed, wrong: counts.
    before, after: average precision of the base score and of the model, out of fold, over reviewed images.
    gain: their difference with its paired 95 % interval.
    """

    chance: Floats
    reviewed: int
    wrong: int
    before: float
    after: float
    gain: Estimate

    @property
    def helps(self) -> bool:
        """Whether the interval of the gain is above zero."""
        return bool(self.gain.low > 0)


def learn(
    scores: Floats, base: Floats, labels: Ints, reviewed: Bools, wrong: Bools, *, seed: int = 0
) -> Learned:  # fmt: skip
    """Learn from the reviewed images, and judge that by five folds of them.

    scores: (n, m) float, columns that point anywhere, NaN where an image has none. base: (n,) float, the score to
    beat, higher is more suspect. labels: (n,) int, given. reviewed, wrong: (n,) bool; wrong counts where reviewed.
    Raises TooFewRows with fewer than 10 wrong or 10 right labels among the reviewed.
    """
    rows = np.flatnonzero(reviewed & ~np.isnan(base))
    answer = wrong[rows]
    if min(answer.sum(), (~answer).sum()) < LEAST:
        raise TooFewRows(
            f"{len(rows)} reviewed images hold {int(answer.sum())} wrong and {int((~answer).sum())} right labels; "
            f"learning needs {LEAST} of each.",
            "Review more images, from both ends of the score, then run",
            command(None, "rerank"),
        )
    x = features(scores, labels)
    fold = stratified_folds(x[rows], answer.astype(np.int64), np.ones(len(rows), bool), FOLDS, seed)
    out_of_fold = np.empty(len(rows))
    for f in range(FOLDS):
        held_out = fold == f
        out_of_fold[held_out] = _fit_predict(x[rows[~held_out]], answer[~held_out], x[rows[held_out]])
    gain = bootstrap_difference(
        average_precision, (out_of_fold, answer), (base[rows], answer), n=RESAMPLES, seed=seed
    )  # fmt: skip
    return Learned(
        chance=_fit_predict(x[rows], answer, x).astype(np.float32),
        reviewed=len(rows),
        wrong=int(answer.sum()),
        before=average_precision(base[rows], answer),
        after=average_precision(out_of_fold, answer),
        gain=gain,
    )


def features(scores: Floats, labels: Ints) -> Floats:
    """(n, m + classes): each score as the share of images below, 0.5 where there is none, and the class, one of K.

    Ranks, because scores have units of their own and long tails. An image without a label is of no class.
    """
    n, m = scores.shape
    places = np.full((n, m), 0.5, np.float32)
    for column in range(m):
        known = ~np.isnan(scores[:, column])
        if known.any():
            places[known, column] = (ranks(scores[known, column]) - 0.5) / known.sum()
    present = np.unique(labels[labels >= 0])
    one_hot = (labels[:, None] == present[None, :]).astype(np.float32)
    return np.concatenate([places, one_hot], axis=1)


def _fit_predict(x: Floats, wrong: Bools, other: Floats) -> Floats:
    """Chance of a wrong label of the rows of `other`, learned from x."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=1000).fit(scaler.transform(x), wrong)
    return np.asarray(model.predict_proba(scaler.transform(other))[:, 1])
