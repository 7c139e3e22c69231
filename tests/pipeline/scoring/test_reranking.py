from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import TooFewRows
from core.metrics.labels import average_precision
from core.pipeline.scoring.reranking import features, learn

N = 600


def planted(second_knows: bool) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Scores (the first is the base), labels, wrong, reviewed. The second score knows more, or nothing."""
    rng = np.random.default_rng(3)
    wrong = rng.random(N) < 0.3
    base = rng.normal(size=N) + 0.7 * wrong
    second = rng.normal(size=N) + (3.0 * wrong if second_knows else 0.0)
    reviewed = np.zeros(N, bool)
    reviewed[rng.permutation(N)[:250]] = True
    scores = np.stack([base, second], axis=1)
    scores[5, 1] = np.nan
    return scores, rng.integers(0, 3, N), wrong, reviewed


def test_what_reviewers_show_to_matter_orders_the_rest_better() -> None:
    scores, labels, wrong, reviewed = planted(True)
    learned = learn(scores, scores[:, 0], labels, reviewed, wrong)
    assert learned.helps
    assert learned.reviewed == 250
    rest = ~reviewed
    gained = average_precision(learned.chance[rest], wrong[rest]) - average_precision(scores[rest, 0], wrong[rest])
    assert gained > 0.2
    assert learned.gain.value == pytest.approx(learned.after - learned.before)
    assert np.isfinite(learned.chance).all()


def test_where_nothing_more_can_be_learned_it_is_no_gain() -> None:
    scores, labels, wrong, reviewed = planted(False)
    assert not learn(scores, scores[:, 0], labels, reviewed, wrong).helps


def test_the_answers_of_images_nobody_reviewed_are_never_read() -> None:
    scores, labels, wrong, reviewed = planted(True)
    other = np.where(reviewed, wrong, ~wrong)
    first, second = (learn(scores, scores[:, 0], labels, reviewed, each) for each in (wrong, other))
    assert (first.chance == second.chance).all()
    assert first.gain == second.gain


def test_too_few_of_either_kind_is_said() -> None:
    scores, labels, wrong, reviewed = planted(True)
    with pytest.raises(TooFewRows, match="needs 10 of each"):
        learn(scores, scores[:, 0], labels, reviewed & ~wrong, wrong)


def test_features_are_places_and_the_class() -> None:
    scores = np.array([[10.0, np.nan], [30.0, 1.0], [20.0, np.nan]])
    found = features(scores, np.array([0, 2, -1]))
    assert found.tolist() == [
        [pytest.approx(1 / 6), 0.5, 1, 0], [pytest.approx(5 / 6), 0.5, 0, 1], [0.5, 0.5, 0, 0],
    ]  # fmt: skip
