"""What is kept of an image: its thumbnail and the hash of its content."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.images.pixels import content_hash, thumbnail_webp
from tests.images.drawn import noise


@pytest.mark.parametrize(
    ("size", "expected"),
    [((640, 320), (160, 80)), ((320, 640), (80, 160)), ((28, 28), (28, 28)), ((4000, 1), (160, 1))],
)
def test_thumbnails_keep_their_aspect_and_never_grow(size: tuple[int, int], expected: tuple[int, int]) -> None:
    original = Image.new("RGB", size, "red")
    small = Image.open(BytesIO(thumbnail_webp(original)))
    assert small.format == "WEBP"
    assert small.size == expected
    assert original.size == size


def test_tiny_images_are_kept_without_loss_and_without_metadata() -> None:
    original = noise(32, 32)
    original.info["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    small = Image.open(BytesIO(thumbnail_webp(original)))
    assert np.array_equal(np.asarray(small.convert("RGB")), np.asarray(original))
    assert "icc_profile" not in small.info


def test_hashes_tell_dtype_shape_and_pixels_apart() -> None:
    pixels = np.arange(12, dtype=np.uint8)
    others = [pixels.reshape(3, 4), pixels.reshape(4, 3), pixels.view(np.int8), pixels + np.uint8(1)]
    hashes = {content_hash(pixels), *(content_hash(other) for other in others), content_hash(pixels.tobytes())}
    assert len(hashes) == 6
    assert all(len(found) == 32 for found in hashes)
    assert content_hash(pixels[::2]) == content_hash(pixels[::2].copy())
