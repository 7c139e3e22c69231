"""Arrays of every layout and type come out as RGB, or are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.images.pixels import Refusal, examine
from tests.images.drawn import pixel


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.full((2, 2), 9, np.uint8), (9, 9, 9)),
        (np.full((2, 2, 1), 9, np.uint8), (9, 9, 9)),
        (np.full((1, 5, 5), 9, np.uint8), (9, 9, 9)),
        (np.full((5, 6, 3), 9, np.uint8), (9, 9, 9)),
        (np.full((3, 5, 6), 9, np.uint8), (9, 9, 9)),
        (np.zeros((4, 5, 6), np.uint8), (255, 255, 255)),  # transparent
        (np.full((2, 2), 1.0, np.float64), (255, 255, 255)),
        (np.full((2, 2), 0.5, np.float32), (128, 128, 128)),
        (np.full((2, 2), True), (255, 255, 255)),
        (np.full((2, 2), 65535, np.uint16), (255, 255, 255)),
        (np.full((2, 2), 200, np.int64), (200, 200, 200)),
    ],
)
def test_arrays_of_every_layout_and_type(pixels: np.ndarray[Any, Any], expected: tuple[int, ...]) -> None:
    assert pixel(examine(pixels)[1]) == expected


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((2, 2), np.nan),
        np.zeros((2, 2), np.complex64),
        np.zeros((2, 2, 2), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((0, 4), np.uint8),
    ],
)
def test_arrays_that_are_no_image_are_refused(pixels: np.ndarray[Any, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        examine(pixels)
    assert caught.value.reason == "unreadable"
