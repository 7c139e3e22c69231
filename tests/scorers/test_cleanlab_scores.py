from __future__ import annotations

import sys

import numpy as np
import pytest

from core.errors import ExtraMissing
from core.scorers.cleanlab_scores import cleanlab, cleanlab_scores
from core.scorers.inputs import Inputs
from core.scorers.probe import probe

P = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]])
LABELS = np.array([0, 2])


def test_our_direction_worked_by_hand() -> None:
    # Self-confidence: 1 - .7, 1 - .3. Their normalised margin is (given - other + 1) / 2: .75 and .35.
    np.testing.assert_allclose(cleanlab_scores(P, LABELS, "self_confidence"), [0.3, 0.7])
    np.testing.assert_allclose(cleanlab_scores(P, LABELS, "normalized_margin"), [0.25, 0.65])


def test_over_the_same_probabilities_its_order_is_our_probes() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    features = (2 * np.eye(3)[labels] + rng.normal(size=(90, 3))).astype(np.float32)
    inputs = Inputs(labels, 3, np.ones(90, bool), features)
    for theirs, ours in zip(cleanlab(inputs), probe(inputs), strict=True):
        assert (np.argsort(theirs.values) == np.argsort(ours.values)).mean() > 0.9


def test_without_the_package_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cleanlab.rank", None)
    with pytest.raises(ExtraMissing, match=r"pip install 'hardlook\[cleanlab\]'"):
        cleanlab_scores(P, LABELS, "self_confidence")
