"""Agreement of scores: against scipy, ties and gaps included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import kendalltau, rankdata, spearmanr

from core.errors import BadInput
from core.metrics.agreement import agreement_matrix, kendall, ranks, spearman, top_jaccard, top_overlap

tied = arrays(np.float64, 30, elements=st.integers(0, 6).map(float))


@given(tied, tied)
@settings(max_examples=60, deadline=None)
def test_rank_correlations_agree_with_scipy(a: Any, b: Any) -> None:
    np.testing.assert_allclose(ranks(a), rankdata(a))
    if len(set(a)) > 1 and len(set(b)) > 1:
        assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic)
        assert kendall(a, b) == pytest.approx(kendalltau(a, b).statistic)
    else:
        assert np.isnan([spearman(a, b), kendall(a, b)]).all()


def test_rows_with_one_score_take_no_part() -> None:
    a, b = np.array([1.0, 2, 3, np.nan]), np.array([np.nan, 2, 1, 5])
    assert spearman(a, b) == -1
    assert kendall(a, b) == -1
    assert np.isnan(spearman(a[:1], b[:1]))


def test_a_matrix_is_symmetric_with_ones() -> None:
    scores = list(np.random.default_rng(0).normal(size=(3, 50)))
    for statistic in (spearman, kendall, top_jaccard):
        matrix = agreement_matrix(scores, statistic)
        np.testing.assert_array_equal(matrix, matrix.T)
        np.testing.assert_allclose(np.diag(matrix), 1)


def test_tops_by_hand() -> None:
    # Top 3 of ten: rows 7, 8, 9 and rows 0, 8, 9.
    a = np.arange(10.0)
    b = a.copy()
    b[0] = 20
    assert top_overlap(a, b, 0.3) == pytest.approx(2 / 3)
    assert top_jaccard(a, b, 0.3) == pytest.approx(2 / 4)
    assert np.isnan(top_overlap(a, np.full(10, np.nan)))
    with pytest.raises(BadInput, match="is 30"):
        top_overlap(a, b, 30)
