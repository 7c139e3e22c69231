from __future__ import annotations

import numpy as np
import pytest

from core.metrics.correlation import means_by_step, trend


def test_means_by_step_worked_by_hand() -> None:
    first, second = means_by_step(np.array([[0.0, 10.0], [2.0, 10.0], [4.0, 10.0]]), n=500)
    assert first.value == 2.0
    assert 0.0 <= first.low < 2.0 < first.high <= 4.0
    assert second.value == 10.0
    assert not second.has_interval


def test_a_trend_is_within_images_whatever_their_levels() -> None:
    # One image rises, one falls: 1 and -1. A constant one takes no part.
    values = np.array([[1.0, 2.0, 3.0], [900.0, 800.0, 700.0], [5.0, 5.0, 5.0]])
    assert trend(values, np.arange(3.0), n=50).value == 0.0
    rising = np.arange(3.0) + 1000 * np.arange(20)[:, None]
    assert trend(rising, np.arange(3.0), n=50).value == 1.0
    # Ranks of 1, 3, 2 against 1, 2, 3: 1 - 6 * 2 / (3 * 8) = 0.5.
    assert trend(np.array([[0.1, 0.9, 0.5]]), np.arange(3.0), n=50).value == pytest.approx(0.5)


def test_images_that_never_change_leave_no_trend() -> None:
    assert np.isnan(trend(np.ones((4, 3)), np.arange(3.0), n=50).value)
