from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import BadInput, MissingRun
from core.scorers.inputs import Inputs
from core.scorers.zero_shot import zero_shot
from core.types import UNLABELLED

IMAGES = np.array([[1, 0], [3, 4], [0, 1], [1, 1]], np.float32)
INPUTS = Inputs(np.array([0, 0, 0, UNLABELLED]), 2, np.ones(4, bool), IMAGES, text_features=np.eye(2, dtype=np.float32))


def test_margin_worked_by_hand() -> None:
    # Cosines to the prompts: (1, 0), (.6, .8), (0, 1); other less given, over .01.
    column = zero_shot(INPUTS)[0]
    np.testing.assert_allclose(column.values, [-100, 20, 100, np.nan], rtol=1e-5)
    assert column.suggested_label is not None
    assert column.suggested_label[:3].tolist() == [1, 1, 1]
    assert column.doubted is not None
    assert column.doubted.tolist() == [False, True, True, False]
    assert column.parameters == {"temperature": 0.01}
    assert column.reason == "1 unlabelled"


def test_margin_is_a_difference_of_log_softmax() -> None:
    from scipy.special import log_softmax

    logits = IMAGES / np.linalg.norm(IMAGES, axis=1, keepdims=True) / 0.5
    p = log_softmax(logits, axis=1)
    np.testing.assert_allclose(zero_shot(INPUTS, temperature=0.5)[0].values[:3], (p[:, 1] - p[:, 0])[:3], rtol=1e-5)


def test_without_prompts_or_with_others_it_says_what_to_do() -> None:
    with pytest.raises(MissingRun, match="hardlook embed --encoder"):
        zero_shot(replace(INPUTS, text_features=None))
    with pytest.raises(BadInput, match=r"\(2, 2\)"):
        zero_shot(replace(INPUTS, text_features=np.eye(3, dtype=np.float32)))
