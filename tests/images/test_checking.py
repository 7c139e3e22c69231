"""What is told of a file, and files that are refused: cut off, damaged, no image, too large."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.images.pixels import Refusal, check, examine
from tests.images.drawn import noise
from tests.images.encoders import saved


@pytest.mark.parametrize(
    ("image", "kind", "mode"),
    [
        (noise(9, 5), "PNG", "RGB"),
        (noise(9, 5), "JPEG", "RGB"),
        (noise(9, 5), "AVIF", "RGB"),
        (noise(9, 5), "PPM", "RGB"),
        (noise(9, 5).convert("L"), "BMP", "L"),
        (noise(9, 5).convert("P"), "GIF", "P"),
        (noise(9, 5).convert("CMYK"), "TIFF", "CMYK"),
        (Image.new("RGBA", (9, 5)), "WEBP", "RGBA"),
    ],
)
def test_facts_of_a_good_image(image: Image.Image, kind: str, mode: str) -> None:
    found = check(saved(image, kind))
    assert (found.width, found.height, found.mode, found.format) == (9, 5, mode, kind)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "PPM", "TIFF", "AVIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("at_least", [None, 64])
def test_a_cut_off_file_is_refused(kind: str, share: float, at_least: int | None) -> None:
    data = saved(noise(256, 192), kind)
    with pytest.raises(Refusal) as caught:
        examine(data[: int(len(data) * share)], at_least)
    # Two libraries do not say why they gave up.
    assert caught.value.reason == "truncated" or (
        kind in ("AVIF", "WEBP", "TIFF") and caught.value.reason == "unreadable"
    )


@pytest.mark.parametrize("kept", [4, 20])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_a_file_cut_off_in_its_header_counts_as_truncated(kind: str, kept: int) -> None:
    with pytest.raises(Refusal) as caught:
        check(saved(noise(64, 64), kind)[:kept])
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        (b"", "zero bytes", "empty"),
        (b"\x00" * 1000, "not an image", "1000 bytes"),
        (b"hello", "not an image", "5 bytes"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image", "SVG"),
        (b"<?xml version='1.0'?>\n<!-- drawn -->\n<svg/>", "not an image", "SVG"),
        (b"\n<!DOCTYPE html><title>404</title>", "not an image", "web page"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image", "something else"),
        (b"%PDF-1.7", "not an image", "something else"),
    ],
)
def test_what_is_no_image_is_refused_with_what_it_is(data: bytes, reason: str, words: str) -> None:
    with pytest.raises(Refusal, match=words) as caught:
        check(data)
    assert caught.value.reason == reason


def test_a_decompression_bomb_is_refused_before_it_is_decoded() -> None:
    # A PNG header that promises 30,000 × 30,000 pixels.
    data = bytearray(saved(Image.new("1", (8, 8))))
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    import zlib

    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    with pytest.raises(Refusal) as caught:
        check(bytes(data))
    assert caught.value.reason == "decompression bomb"


def test_random_damage_never_raises_anything_but_a_refusal() -> None:
    rng = np.random.default_rng(0)
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"):
        whole = np.frombuffer(saved(noise(24, 24), kind), np.uint8)
        for _ in range(40):
            data = whole.copy()
            data[rng.integers(0, len(data), 4)] = rng.integers(0, 256, 4)
            try:
                assert check(data.tobytes()).width > 0
            except Refusal as refusal:
                assert refusal.reason in {"truncated", "unreadable", "not an image", "decompression bomb"}  # noqa: PT017


def test_a_reduced_jpeg_reports_its_full_size() -> None:
    data = saved(noise(1024, 512), "JPEG")
    checked, rgb = examine(data, at_least=128)
    assert (checked.width, checked.height) == (1024, 512)
    assert rgb.size == (256, 128)
