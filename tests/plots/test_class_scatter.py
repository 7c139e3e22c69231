"""A point a class with both intervals: what is drawn is what was found."""

from __future__ import annotations

import re

import numpy as np
import pytest

from core.metrics.correlation import class_means
from core.plots.errors.class_scatter import MANY, NAMED, class_scatter
from core.plots.style import SeriesStyle
from core.types import Floats


def ends_of(path: str) -> Floats:
    """(k, 4) of the stretches of a path."""
    return np.array([[float(number) for number in re.split("[,L]", part)] for part in path.split("M")[1:]])


@pytest.mark.parametrize("k", [4, NAMED + 1, MANY + 1])
def test_points_and_intervals_are_the_classes_own(k: int) -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(k), 50)
    classes = class_means(rng.standard_normal(50 * k), labels, rng.random(50 * k) < 0.3)
    names = [f"<b>class {i}</b>" for i in range(k)]
    keys = [str(i) for i in range(k)]
    figure = class_scatter(
        classes, names, keys, SeriesStyle("#0072B2"), "Classes", "so", score="vog", model="net", opened="2", dark=True
    )
    (points,) = figure.data
    np.testing.assert_allclose(points.x, classes.mean)
    np.testing.assert_allclose(points.y, 100 * classes.rate)
    across, up = (ends_of(shape.path) for shape in figure.layout.shapes)
    np.testing.assert_allclose(across[:, [0, 2]], np.stack([classes.low, classes.high], axis=1), rtol=1e-5)
    np.testing.assert_allclose(across[:, 1], 100 * classes.rate, rtol=1e-5)
    np.testing.assert_allclose(up[:, [1, 3]], 100 * np.stack([classes.rate_low, classes.rate_high], axis=1), rtol=1e-5)
    assert figure.layout.xaxis.range[0] < classes.low.min() < classes.high.max() < figure.layout.xaxis.range[1]
    assert [row[0] for row in points.customdata] == keys
    assert points.customdata[0][1] == "&lt;b&gt;class 0&lt;/b&gt;"
    assert ("text" in points.mode) is (k <= NAMED)
    assert points.marker.line.width[2] == 2
    assert sum(points.marker.line.width) == 2
    assert figure.layout.yaxis.title.text == "share that net misses"


def test_names_of_points_that_lie_together_stand_on_different_sides() -> None:
    labels = np.repeat([0, 1, 2], 50)
    values = np.array([1.0, 1.01, 5.0])[labels] + np.tile([-0.1, 0.1], 75)
    classes = class_means(values, labels, np.arange(150) % 10 == 0)
    figure = class_scatter(
        classes, ["a", "b", "c"], ["0", "1", "2"], SeriesStyle("#0072B2"), "", "", score="s", model="m", dark=False
    )
    assert figure.data[0].textposition == ("top left", "top right", "top right")
