"""VoG's columns, and their normalisation by class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.scorers.inputs import Inputs
from core.scorers.vog import class_normalised, vog


@given(arrays(np.float64, 40, elements=st.floats(0, 1e3, width=32)), arrays(np.int64, 40, elements=st.integers(-1, 3)))
@settings(max_examples=50, deadline=None)
def test_each_class_has_mean_0_and_sd_1_once_normalised(values: Any, labels: Any) -> None:
    normalised = class_normalised(values, labels)
    assert np.isnan(normalised[labels == -1]).all()
    for label in range(4):
        members = normalised[labels == label]
        if np.isfinite(members).any():
            assert members.mean() == pytest.approx(0, abs=1e-6)
            assert members.std() == pytest.approx(1, abs=1e-6)
        elif len(members):  # no spread to divide by: unknown, and not the mean's 0
            assert np.ptp(values[labels == label]) <= 1e-6 * np.abs(values[labels == label]).max()


def test_rows_without_a_gradient_do_not_spoil_their_class() -> None:
    normalised = class_normalised(np.array([1.0, np.nan, 3.0, 5.0]), np.array([0, 0, 0, 1]))
    np.testing.assert_array_equal(normalised, [-1, np.nan, 1, np.nan])


def test_windows_become_columns_normalised_by_the_label_they_followed() -> None:
    spread = np.array([1.0, 3.0, 1.0, 5.0], np.float32)
    given, predicted = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    columns = vog(
        Inputs(
            given,
            2,
            np.ones(4, bool),
            gradient_spread={"logit_late": spread, "logit_late_predicted": spread},
            gradient_labels={"logit_late": given, "logit_late_predicted": predicted},
        )
    )
    found = {column.name: column for column in columns}
    np.testing.assert_array_equal(found["vog_logit_late"].values, spread)
    np.testing.assert_allclose(found["vog_logit_late_normalised"].values, [-1, 1, -1, 1])
    # Predicted class 0 has spreads 1 and 1: no z-score. Class 1 has 3 and 5.
    late = found["vog_logit_late_predicted_normalised"]
    np.testing.assert_allclose(late.values, [np.nan, -1, np.nan, 1])
    assert late.reason == "2 whose class has no spread"
    assert {column.direction for column in columns} == {None}
