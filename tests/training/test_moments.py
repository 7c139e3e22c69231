"""The spread over checkpoints that VoG averages: by hand, against NumPy, and its identities."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.training.moments import Moments
from core.types import Floats

gradients = arrays(np.float64, (4, 3, 2, 5), elements=st.floats(-100, 100, width=32))


def spread(values: Floats) -> Floats:
    """(K, ...) arrays added one by one, as checkpoints are: their standard deviation, elementwise."""
    moments = Moments()
    for value in values:
        moments.add(torch.from_numpy(value))
    return np.asarray(moments.standard_deviation().numpy())


def test_worked_by_hand() -> None:
    # Two checkpoints. Pixel one 0, 2: mean 1, sd 1. Pixel two 3, 9: mean 6, sd 3.
    np.testing.assert_allclose(spread(np.array([[0.0, 3.0], [2.0, 9.0]])), [1, 3])


@given(gradients)
@settings(max_examples=30, deadline=None)
def test_it_is_a_population_standard_deviation(values: Any) -> None:
    np.testing.assert_allclose(spread(values), values.std(axis=0), rtol=1e-6, atol=1e-6)


def test_it_is_one_to_twelve_digits_on_values_of_one_size() -> None:
    values = np.random.default_rng(0).normal(5.0, 2.0, (10, 3, 4))
    np.testing.assert_allclose(spread(values), values.std(axis=0), rtol=1e-12)


@given(gradients, st.floats(-50, 50))
@settings(max_examples=30, deadline=None)
def test_agreement_is_zero_a_common_gradient_nothing_and_scale_a_factor(values: Any, c: float) -> None:
    assert not spread(np.repeat(values[:1], 4, axis=0)).any()
    np.testing.assert_allclose(spread(values + 7 * values[:1]), spread(values), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(spread(c * values), abs(c) * spread(values), rtol=1e-6, atol=1e-6)
