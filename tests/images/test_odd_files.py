"""Whole files of kinds that are rare: read right, or refused by their kind."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from core.images.decoding import format_of
from core.images.limits import MEGAPIXELS_VARIABLE
from core.images.pixels import Refusal, check, examine
from tests.attacks.image_formats import heic
from tests.images.encoders import chunk, png, ramp, saved, tiff

GREY = ramp()
RGB = np.stack([GREY, GREY[:, ::-1], np.full_like(GREY, 0.5)], axis=2)


def rgb_of(data: bytes) -> NDArray[np.float64]:
    return np.asarray(examine(data)[1], dtype=np.float64)


def bands(count: int, dtype: str, top: float = 1.0) -> NDArray[Any]:
    return np.repeat(GREY[..., None] * top, count, axis=2).astype(dtype)


# TIFF


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (tiff((RGB * 65535).astype(np.uint16), photometric="rgb"), RGB),
        (tiff((RGB * 65535).astype(np.uint16), photometric="rgb", compression="lzw", predictor=True), RGB),
        (tiff((RGB * 65535).astype(np.uint16), photometric="rgb", planarconfig="contig", byteorder=">"), RGB),
        (tiff(np.moveaxis(RGB * 65535, 2, 0).astype(np.uint16), photometric="rgb", planarconfig="separate"), RGB),
        (tiff(RGB.astype(np.float32), photometric="rgb"), RGB),
        (tiff(RGB.astype(np.float32), photometric="rgb", compression="zlib", predictor=True, tile=(16, 16)), RGB),
        (tiff(GREY), GREY),
        (tiff(GREY.astype(np.float16)), GREY),
        (tiff((RGB * 255).astype(np.uint8), photometric="rgb", bigtiff=True), RGB),
        (tiff((RGB * 255).astype(np.uint8), photometric="rgb", compression="webp"), RGB),
        (tiff(((1 - GREY) * 255).astype(np.uint8), photometric="miniswhite"), GREY),
        (tiff(((1 - GREY) * 65535).astype(np.uint16), photometric="miniswhite"), GREY),
        (tiff((GREY * 4000 - 1000).astype(np.int16)), GREY),
        (tiff((GREY * 4e9).astype(np.uint32)), GREY),
        (tiff((np.stack([GREY, 1 - GREY]) * 255).astype(np.uint8), photometric="minisblack"), GREY),
    ],
    ids=[
        "rgb16", "lzw16", "big endian", "planes", "floats", "tiled floats", "doubles", "halves", "BigTIFF",
        "WebP inside", "white is zero", "white is zero in 16 bits", "signed", "32 bits", "two pages",
    ],
)  # fmt: skip
def test_tiffs_of_cameras_and_microscopes_are_read(data: bytes, expected: NDArray[np.float64]) -> None:
    shown = expected if expected.ndim == 3 else np.repeat(expected[..., None], 3, axis=2)
    assert np.abs(rgb_of(data) - 255 * shown).max() <= 3 if b"WEBP" in data else 1.01


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (tiff(bands(5, "u1", 255), photometric="minisblack", planarconfig="contig"), "a TIFF of 5 bands of 8 bits"),
        (tiff(bands(4, "u2", 65535), photometric="minisblack", planarconfig="contig"), "a TIFF of 4 bands of 16 bits"),
        (tiff(bands(2, "f4"), photometric="minisblack", planarconfig="contig"), "a TIFF of 2 bands of float32"),
        (tiff(GREY.astype(np.complex64)), "a TIFF of complex64"),
        (tiff(bands(3, "f4"), photometric="cielab"), "a TIFF of colours as CIELAB, 3 bands of float32"),
    ],
)
def test_tiffs_that_are_not_read_are_named_by_their_kind(data: bytes, words: str) -> None:
    with pytest.raises(Refusal, match=words) as caught:
        check(data)
    assert caught.value.reason == "unreadable"
    assert caught.value.detail.endswith("which is not read")


def test_packed_twelve_bits_say_their_range() -> None:
    levels = check(tiff((GREY * 4095).astype(np.uint16), bitspersample=12)).levels
    assert levels is not None
    assert str(levels.declared) == "0..4095"


def test_values_that_a_tiff_calls_no_data_do_not_count() -> None:
    heights = (GREY * 100).astype(np.float32)
    heights[0, 0] = -9999
    levels = check(tiff(heights, extratags=[(42113, 2, 0, "-9999", True)])).levels
    assert levels is not None
    assert (levels.low, levels.high) == (0, 100)


@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
def test_transparency_of_sixteen_bits_lies_over_white(kind: str) -> None:
    half = np.full((4, 4, 4), 32768, np.uint16)
    half[..., :3] = 0
    data = tiff(half, photometric="rgb", extrasamples=[kind])
    assert abs(rgb_of(data)[0, 0, 0] - 127) <= 1


def test_a_tiff_whose_header_promises_more_strips_than_it_has_is_refused() -> None:
    out = BytesIO()
    tifffile.imwrite(out, RGB.astype(np.float32), photometric="rgb", compression="zlib")
    with tifffile.TiffFile(BytesIO(out.getvalue())) as file:
        place = file.pages.first.tags["ImageLength"].valueoffset
    data = bytearray(out.getvalue())
    data[place : place + 4] = (1_000_000).to_bytes(4, "little")
    with pytest.raises(Refusal, match="1 of") as caught:
        check(bytes(data))
    assert caught.value.reason == "truncated"


# PNG


TEXT = b"workflow\0\0"


@pytest.mark.parametrize(
    "notes",
    [
        chunk(b"zTXt", TEXT + __import__("zlib").compress(b"x" * (2 << 20))),
        chunk(b"tEXt", b"workflow\0" + b"x" * (2 << 20)),
        chunk(b"tEXt", b"comment\0broken", broken=True),
        chunk(b"iCCP", b"p\0\0garbage"),
        chunk(b"iCCP", b"p\0\0garbage", broken=True),
        chunk(b"gAMA", b"\0\0\0\1", broken=True),
        chunk(b"tIME", b"short"),
        chunk(b"eXIf", b"MM\0*nonsense", broken=True),
        chunk(b"zTXt", TEXT + b"no deflate stream"),
        chunk(b"pHYs", b"", broken=True),
    ],
)
@pytest.mark.parametrize("where", ["before", "after"])
def test_a_broken_or_huge_note_does_not_lose_a_picture(notes: bytes, where: str) -> None:
    pixels = (RGB * 255).astype(np.uint8)
    data = png(pixels, before=notes) if where == "before" else png(pixels, after=notes)
    assert np.array_equal(rgb_of(data), pixels)


def test_broken_pixels_are_still_refused_whatever_notes_there_are() -> None:
    data = png((RGB * 255).astype(np.uint8), before=chunk(b"tEXt", b"a\0b", broken=True))
    with pytest.raises(Refusal):
        check(data[: len(data) * 2 // 3])


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_all_sixteen_bits_of_a_colour_png_are_measured(channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 3000, (9, 7, channels)).astype(np.uint16)
    if channels != 3:
        pixels[..., -1] = 65535
    pixels[0, 0, 0], pixels[0, 1, 0] = 0, 3001
    levels = check(png(pixels)).levels
    assert levels is not None
    assert (levels.low, levels.high) == (0, 3001)


# HEIC and JPEG XL


def test_heic_is_named_with_the_command_where_its_reader_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.images.decoding.can_read_heif", lambda: False)
    with pytest.raises(Refusal, match=r"a HEIC photograph; to read it: pip install 'hardlook\[heif\]'"):
        check(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200))


def test_heic_is_read_upright_where_its_reader_is_installed() -> None:
    photo = Image.fromarray((RGB * 255).astype(np.uint8)).resize((64, 32))
    data = heic(photo)
    facts, rgb = examine(data)
    assert (facts.width, facts.height, facts.format) == (64, 32, "HEIF") == (*rgb.size, format_of(data))
    assert np.abs(np.asarray(rgb, dtype=float) - np.asarray(photo, dtype=float)).mean() < 6


@pytest.mark.parametrize("side", [5, 64, 300])
def test_jpeg_xl_is_read_as_it_was_written(side: int) -> None:
    pixels = np.random.default_rng(side).integers(0, 256, (side, 2 * side, 3), np.uint8)
    data = bytes(imagecodecs.jpegxl_encode(pixels, lossless=True))
    assert np.array_equal(rgb_of(data), pixels)
    assert format_of(data) == check(data).format == "JPEG XL"


def test_a_jpeg_xl_is_measured_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MEGAPIXELS_VARIABLE, "1")
    data = bytes(imagecodecs.jpegxl_encode(np.zeros((1010, 1000), np.uint8)))
    with pytest.raises(Refusal, match=r"1,000 × 1,010 pixels.*HARDLOOK_MEGAPIXELS=2"):
        check(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\0\0\0\x18ftypisom\0\0\0\0" + bytes(200), "a film"),
        (b"%PDF-1.7\n" + bytes(200), "a PDF document"),
        (bytes(128) + b"DICM", "a DICOM file"),
        (b"PK\x03\x04" + bytes(100), "a zip archive"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer"),
        (b"\xff\x0a" + bytes(200), "a JPEG XL image that is cut off or broken"),
        (bytes(imagecodecs.jpeg8_encode((RGB * 4095).astype(np.uint16), bitspersample=12)), "a JPEG of 12 bits"),
    ],
)
def test_other_files_are_refused_by_name(data: bytes, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        check(data)


# what is ordinary stays as it is


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "AVIF", "JPEG2000", "PPM", "ICO"])
def test_ordinary_formats_have_no_levels_and_come_out_alike(kind: str) -> None:
    photo = Image.fromarray((RGB * 255).astype(np.uint8)).resize((32, 32), Image.Resampling.BICUBIC)
    facts, rgb = examine(saved(photo, kind))
    assert facts.levels is None
    assert np.abs(np.asarray(rgb, dtype=float) - np.asarray(photo, dtype=float)).mean() < 12
