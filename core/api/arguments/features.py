"""Vectors of images as functions take them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...types import Bools, Floats
from .arrays import Rows, Wanted, numbers
from .labels import GivenLabels, read_fit, read_labels

FEATURES = Wanted("one row of finite numbers an image, (n, d), within float32's range", 2)


def read_features(value: Any, like: Rows | None = None, name: str = "features") -> Floats:
    """(n, d) float32, which is what audits store."""
    return numbers(name, value, FEATURES, like=like, dtype=np.float32)


def read_labelled(features: Any, labels: Any, fit: Any) -> tuple[Floats, GivenLabels, Bools]:
    """Vectors, their labels, and which of them to learn from."""
    vectors = read_features(features)
    given = read_labels("labels", labels, Rows(len(vectors), "features"))
    return vectors, given, read_fit(fit, given)
