from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve, roc_curve

from core.pipeline.evaluation.detection_curves import finding_curves
from core.store.metrics import PRECISION_RECALL, ROC


def test_the_points_lie_on_sklearns_curves() -> None:
    rng = np.random.default_rng(0)
    positive = rng.random(2000) < 0.1
    score = np.round(rng.normal(size=2000) + positive, 1)  # with ties
    rows = finding_curves("run:s", score, positive)
    false, true, _ = roc_curve(positive, score, drop_intermediate=False)
    precision, recall, _ = precision_recall_curve(positive, score)
    for row in rows:
        place = float(row.slice.rsplit(" ", 1)[1])
        if row.name == ROC:
            assert row.estimate.value == pytest.approx(np.interp(place, false, true), abs=1e-9)
        else:
            assert row.name == PRECISION_RECALL
            # sklearn's recall falls: the last point that still reaches the place is the first threshold to do so.
            assert row.estimate.value == pytest.approx(precision[np.flatnonzero(recall >= place - 1e-9)[-1]])
        assert row.estimate.low <= row.estimate.value <= row.estimate.high


def test_a_perfect_score_finds_all_at_no_cost() -> None:
    positive = np.arange(100) < 10
    values = {
        (row.name, row.slice): row.estimate.value for row in finding_curves("run:s", positive.astype(float), positive)
    }
    assert values[(ROC, "false positive rate 0")] == 1
    assert values[(PRECISION_RECALL, "recall 1")] == 1
