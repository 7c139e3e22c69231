"""K-means: distance to the nearest centre, whatever the order and the number of distinct rows."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import TooFewRows
from core.scorers.inputs import Inputs
from core.scorers.kmeans import kmeans, nearest_centroid_distance


def test_worked_by_hand() -> None:
    # Two clusters of two: centres 1 and 11, every point 1 away. The fifth row is not fitted on and 4 from centre 11.
    x = np.array([[0.0], [2.0], [10.0], [12.0], [15.0]], np.float32)
    fit = np.arange(5) < 4
    np.testing.assert_allclose(nearest_centroid_distance(x, 2, fit=fit), [1, 1, 1, 1, 4])


def test_fewer_distinct_rows_than_clusters() -> None:
    x = np.repeat(np.array([[0.0, 0.0], [3.0, 4.0]], np.float32), 5, axis=0)
    assert not nearest_centroid_distance(x, 7).any()


def test_as_many_clusters_as_images_are_refused_as_each_would_lie_in_its_own() -> None:
    one_of_each = Inputs(np.arange(12), 12, np.ones(12, bool), np.eye(12, dtype=np.float32))
    with pytest.raises(TooFewRows, match=r"kmeans of 12 clusters needs more images.*there are 12.*clusters=10"):
        kmeans(one_of_each)
    assert np.isfinite(kmeans(one_of_each, clusters=11)[0].values).all()
