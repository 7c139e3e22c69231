"""K-means: distance to the nearest centre, whatever the order and the number of distinct rows."""

from __future__ import annotations

import numpy as np

from core.scorers.kmeans import nearest_centroid_distance


def test_worked_by_hand() -> None:
    # Two clusters of two: centres 1 and 11, every point 1 away. The fifth row is not fitted on and 4 from centre 11.
    x = np.array([[0.0], [2.0], [10.0], [12.0], [15.0]], np.float32)
    fit = np.arange(5) < 4
    np.testing.assert_allclose(nearest_centroid_distance(x, 2, fit=fit), [1, 1, 1, 1, 4])


def test_fewer_distinct_rows_than_clusters() -> None:
    x = np.repeat(np.array([[0.0, 0.0], [3.0, 4.0]], np.float32), 5, axis=0)
    assert not nearest_centroid_distance(x, 7).any()
