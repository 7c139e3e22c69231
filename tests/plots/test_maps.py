from __future__ import annotations

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.plots.maps import limit_of, picture, signed_map, spread_map

BLUE, VERMILION = (0, 114, 178), (213, 94, 0)


def pixels(uri: str) -> NDArray[np.uint8]:
    kind, _, data = uri.partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(BytesIO(b64decode(data))).convert("RGB"))


@pytest.mark.parametrize("dark", [False, True])
def test_a_signed_map_is_blue_below_zero_vermilion_above_and_grey_at_zero(dark: bool) -> None:
    drawn = pixels(signed_map(np.array([[-2.0, 0.0, 2.0, 9.0]]), 2.0, dark=dark))
    assert drawn.shape == (1, 4, 3)
    assert tuple(drawn[0, 0]) == BLUE
    assert tuple(drawn[0, 2]) == tuple(drawn[0, 3]) == VERMILION
    assert int(drawn[0, 1].max()) - int(drawn[0, 1].min()) <= 4
    assert (drawn[0, 1].mean() < 80) == dark


def test_maps_share_a_limit_that_one_stray_pixel_does_not_set() -> None:
    maps = np.ones((4, 20, 20), np.float32)
    maps[0, 0, 0] = -1000
    assert limit_of(maps) == 1
    assert limit_of(np.zeros((2, 3, 3))) > 0


def test_a_spread_goes_from_dark_blue_at_zero_to_yellow_at_its_largest() -> None:
    drawn = pixels(spread_map(np.array([[0.0, 0.5, 1.0]]))).astype(int)
    assert drawn[0, 0].sum() < drawn[0, 1].sum() < drawn[0, 2].sum()
    assert drawn[0, 0, 2] > drawn[0, 0, 0]
    assert drawn[0, 2, 0] > drawn[0, 2, 2]
    assert pixels(spread_map(np.zeros((2, 2)))).shape == (2, 2, 3)


def test_a_picture_keeps_its_pixels() -> None:
    given = np.random.default_rng(0).integers(0, 256, (5, 4, 3), np.uint8)
    np.testing.assert_array_equal(pixels(picture(given)), given)
