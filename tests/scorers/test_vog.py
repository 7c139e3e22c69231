"""VoG's formulas: by hand, the identities, and the normalisation by class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.errors import BadInput
from core.maths.moments import group_moments
from core.scorers.inputs import Inputs
from core.scorers.vog import variance_of_gradients, vog

maps = arrays(np.float64, (4, 3, 2, 5), elements=st.floats(-100, 100, width=32))


def test_worked_by_hand() -> None:
    # One image of 1 × 2 pixels, two checkpoints: pixel one 0, 2: mean 1, sd 1. Pixel two 3, 9: mean 6, sd 3. Mean 2.
    gradients = np.array([[[[0.0, 3.0]]], [[[2.0, 9.0]]]])
    np.testing.assert_allclose(variance_of_gradients(gradients), [2.0])
    # Equation 3 as typeset: sqrt(1/2) · (1 + 1) and sqrt(1/2) · (9 + 9), mean 10 / sqrt(2).
    np.testing.assert_allclose(variance_of_gradients(gradients, eq3=True), [10 / np.sqrt(2)])


@given(maps)
@settings(max_examples=30, deadline=None)
def test_it_is_a_mean_of_population_standard_deviations(gradients: Any) -> None:
    np.testing.assert_allclose(
        variance_of_gradients(gradients), gradients.std(axis=0).mean(axis=(1, 2)), rtol=1e-9, atol=1e-9
    )


@given(maps, st.floats(-50, 50))
@settings(max_examples=30, deadline=None)
def test_agreement_is_zero_a_common_gradient_nothing_and_scale_a_factor(gradients: Any, c: float) -> None:
    value = variance_of_gradients(gradients)
    assert not variance_of_gradients(np.repeat(gradients[:1], 4, axis=0)).any()
    np.testing.assert_allclose(variance_of_gradients(gradients + 7 * gradients[:1]), value, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(variance_of_gradients(c * gradients), abs(c) * value, rtol=1e-9, atol=1e-9)


def test_one_checkpoint_has_no_variance() -> None:
    with pytest.raises(BadInput, match="two checkpoints, and there are 1"):
        variance_of_gradients(np.zeros((1, 2, 3, 3)))


@given(arrays(np.float64, 40, elements=st.floats(0, 1e3, width=32)), arrays(np.int64, 40, elements=st.integers(-1, 3)))
@settings(max_examples=50, deadline=None)
def test_each_class_has_mean_0_and_sd_1_once_normalised(values: Any, labels: Any) -> None:
    normalised = group_moments(values, labels, 4).standardised(values, labels)
    assert np.isnan(normalised[labels == -1]).all()
    for label in range(4):
        members = normalised[labels == label]
        if np.isfinite(members).any():
            assert members.mean() == pytest.approx(0, abs=1e-6)
            assert members.std() == pytest.approx(1, abs=1e-6)
        elif len(members):  # no spread to divide by: unknown, and not the mean's 0
            assert np.ptp(values[labels == label]) <= 1e-6 * np.abs(values[labels == label]).max()


def test_rows_without_a_gradient_do_not_spoil_their_class() -> None:
    values, labels = np.array([1.0, np.nan, 3.0, 5.0]), np.array([0, 0, 0, 1])
    normalised = group_moments(values, labels, 2).standardised(values, labels)
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


def forms(labels: Any, followed: Any, splits: Any, **parameters: Any) -> dict[str, Any]:
    spread = np.array([1.0, 3, 10, 30, 5, 7], np.float32)
    spread = np.where(np.asarray(followed) < 0, np.nan, spread).astype(np.float32)
    inputs = Inputs(
        labels=np.array(labels), n_classes=3, fit=np.array(splits) == 0, split_codes=np.array(splits),
        gradient_spread={"logit_late": spread}, gradient_labels={"logit_late": np.array(followed)},
    )  # fmt: skip
    return {column.name: column for column in vog(inputs, **parameters)}


def test_the_given_label_of_a_class_the_model_was_not_given_has_no_value_and_the_reason() -> None:
    columns = forms([0, 0, 0, 0, 2, -1], [0, 0, 0, 0, -1, -1], [0, 0, 1, 1, 0, 0])
    raw = columns["vog_logit_late"]
    assert np.isnan(raw.values[4:]).all()
    assert raw.reason == "1 unlabelled; 1 of a class the model was not given"


def test_class_normalisation_is_over_all_images_of_the_class_or_over_those_of_a_split_and_says_which() -> None:
    arguments = [0] * 6, [0] * 6, [0, 0, 1, 1, 0, 0]
    over_all, by_split = (
        forms(*arguments, **chosen)["vog_logit_late_normalised"] for chosen in ({}, {"by_split": True})
    )
    values = np.array([1.0, 3, 10, 30, 5, 7])
    np.testing.assert_allclose(over_all.values, (values - values.mean()) / values.std(), rtol=1e-6)
    np.testing.assert_allclose(by_split.values[2:4], [-1, 1], rtol=1e-6)
    np.testing.assert_allclose(by_split.values[[0, 1, 4, 5]], np.array([-3, -1, 1, 3]) / np.sqrt(5), rtol=1e-6)
    assert over_all.parameters["normalised_over"] == "all images of the class"
    assert by_split.parameters["normalised_over"] == "the images of the class in the same split"
    assert "normalised_over" not in forms(*arguments)["vog_logit_late"].parameters
