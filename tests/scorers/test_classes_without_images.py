"""Classes that no image has, because somebody named more than there are: they change next to nothing."""

from __future__ import annotations

import numpy as np
import pytest

from core.scorers.cleanlab_scores import cleanlab
from core.scorers.confident import confident
from core.scorers.inputs import Inputs
from core.scorers.probe import probe


@pytest.mark.parametrize("scorer", [cleanlab, confident, probe])
def test_scores_with_classes_without_an_image_are_about_those_without_and_suggest_none_of_them(scorer: object) -> None:
    rng = np.random.default_rng(0)
    few = rng.permutation(np.arange(90) % 3)
    features = (np.eye(3)[few] * 2 + rng.normal(size=(90, 3))).astype(np.float32)
    fit = np.ones(90, bool)
    places = np.array([0, 2, 4])
    alone = scorer(Inputs(few, 3, fit, features))  # type: ignore[operator]
    among = scorer(Inputs(places[few], 5, fit, features))  # type: ignore[operator]
    for one, other in zip(alone, among, strict=True):
        assert one.name == other.name
        # The probe starts from random weights, which more classes draw otherwise.
        np.testing.assert_allclose(one.values, other.values, atol=0.05, err_msg=one.name)
        if other.suggested_label is not None:
            assert set(np.unique(other.suggested_label)) <= {-1, *places}, one.name
