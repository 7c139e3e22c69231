from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import log_loss

from core.errors import MissingRun
from core.scorers.inputs import Inputs
from core.scorers.predictions import cross_entropy, entropy, loss, margin, max_confidence, self_confidence
from core.types import UNLABELLED, ScoreColumn

P = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [1, 0, 0], [0.2, 0.2, 0.6]], np.float32)
INPUTS = Inputs(np.array([0, 2, 1, UNLABELLED]), 3, np.ones(4, bool), probabilities=P)


def test_scores_worked_by_hand() -> None:
    np.testing.assert_allclose(self_confidence(INPUTS)[0].values, [0.3, 0.7, 1, np.nan], rtol=1e-6)
    np.testing.assert_allclose(margin(INPUTS)[0].values, [-0.5, 0.3, 1, np.nan], rtol=1e-6)
    np.testing.assert_allclose(max_confidence(INPUTS)[0].values, [0.3, 0.4, 0, 0.4], rtol=1e-6)
    np.testing.assert_allclose(loss(INPUTS)[0].values, [-np.log(0.7), -np.log(0.3), -np.log(1e-12), np.nan], rtol=1e-6)


def test_entropy_is_scipys() -> None:
    np.testing.assert_allclose(entropy(INPUTS)[0].values, scipy_entropy(P, axis=1), rtol=1e-6)


def test_mean_cross_entropy_is_scikit_learns() -> None:
    p = np.random.default_rng(0).dirichlet(np.ones(4), 50)
    labels = np.random.default_rng(1).integers(0, 4, 50)
    assert cross_entropy(p, labels).mean() == pytest.approx(log_loss(labels, p, labels=range(4)))


def test_margin_is_cleanlabs_normalised_margin_turned() -> None:
    from cleanlab.rank import get_label_quality_scores

    p = np.random.default_rng(0).dirichlet(np.ones(4), 50)
    labels = np.random.default_rng(1).integers(0, 4, 50)
    ours = margin(Inputs(labels, 4, np.ones(50, bool), probabilities=p))[0].values
    # Theirs is (given - other + 1) / 2, low is bad.
    np.testing.assert_allclose(ours, 1 - 2 * get_label_quality_scores(labels, p, method="normalized_margin"), atol=1e-6)


def test_suggested_is_the_models_favourite_and_unpredicted_rows_have_a_reason() -> None:
    holed = P.copy()
    holed[0] = np.nan
    column: ScoreColumn = self_confidence(Inputs(INPUTS.labels, 3, INPUTS.fit, probabilities=holed))[0]
    assert column.suggested_label is not None
    assert column.suggested_label.tolist() == [UNLABELLED, 1, 0, 2]
    assert column.reason == "1 without a prediction; 1 unlabelled"


@pytest.mark.parametrize("scorer", [self_confidence, margin, max_confidence, entropy, loss])
def test_without_predictions_it_says_what_to_run(scorer: object) -> None:
    assert callable(scorer)
    with pytest.raises(MissingRun, match="hardlook train"):
        scorer(Inputs(np.zeros(2, int), 1, np.ones(2, bool)))
