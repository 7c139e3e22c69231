"""Files of every mode, orientation and depth come out upright and as RGB."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.images.pixels import check, examine, to_rgb
from tests.images.drawn import noise, pixel, reopened
from tests.images.encoders import saved


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_out_upright(orientation: int, kind: str) -> None:
    upright = Image.new("RGB", (32, 16), "black")
    upright.paste("red", (0, 0, 16, 8))  # only the upper left is red
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright if undo is None else upright.transpose(undo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(stored, kind, exif=exif)
    checked, rgb = examine(data)
    assert rgb.size == (32, 16) == (checked.width, checked.height)
    assert pixel(rgb, (4, 3))[0] > 200
    assert max(pixel(rgb, (28, 3))[0], pixel(rgb, (4, 13))[0], pixel(rgb, (28, 13))[0]) < 60


def test_an_image_made_upright_is_not_turned_again() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    once = to_rgb(reopened(noise(8, 4), "PNG", exif=exif))
    assert np.array_equal(np.asarray(to_rgb(once)), np.asarray(once))


def test_a_broken_exif_block_leaves_the_image_readable() -> None:
    data = saved(Image.new("RGB", (8, 4), "red"), "JPEG", exif=b"Exif\x00\x00nonsense that is no TIFF header")
    assert check(data).width == 8


def test_an_adobe_inverted_cmyk_jpeg_is_not_a_negative() -> None:
    # Pillow writes CMYK JPEGs with Adobe's marker and inverted samples.
    white = reopened(Image.new("CMYK", (8, 8), (0, 0, 0, 0)), "JPEG")
    cyan = reopened(Image.new("CMYK", (8, 8), (255, 0, 0, 0)), "JPEG")
    assert b"Adobe" in saved(Image.new("CMYK", (8, 8)), "JPEG")
    assert min(pixel(white)) > 250
    assert pixel(cyan)[0] < 5
    assert min(pixel(cyan)[1:]) > 250


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (257, 1), (32768, 128), (65535, 255)])
def test_sixteen_bit_grey_is_scaled_over_its_whole_range(value: int, expected: int) -> None:
    image = reopened(Image.fromarray(np.full((4, 4), value, np.uint16)))
    assert image.mode == "I;16"
    assert pixel(image) == (expected,) * 3


def test_big_endian_sixteen_bit_grey_is_read_as_such() -> None:
    assert pixel(Image.frombytes("I;16B", (1, 1), b"\x80\x00")) == (128,) * 3


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 255], [0, 255]),  # already 8 bits
        ([0, 65535], [0, 255]),
        ([-100, 100], [0, 255]),  # no declared range holds it: its own
        ([7, 100000], [0, 255]),
        ([-5, -5], [0, 0]),
    ],
)
def test_thirty_two_bit_grey_takes_the_first_range_that_holds_it(values: list[int], expected: list[int]) -> None:
    image = Image.fromarray(np.array([values], np.int32))
    assert [pixel(image, (x, 0))[0] for x in (0, 1)] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0.0, 1.0], [0, 255]), ([0.5, 0.0], [128, 0]), ([0.0, 200.0], [0, 200]), ([np.nan, 1.0], [0, 255])],
)
def test_float_grey_is_scaled_and_not_clipped(values: list[float], expected: list[int]) -> None:
    image = reopened(Image.fromarray(np.array([values], np.float32)), "TIFF")
    assert image.mode == "F"
    assert [pixel(image, (x, 0))[0] for x in (0, 1)] == expected


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "La", "RGBa"])
def test_transparent_pixels_become_white(mode: str) -> None:
    image = Image.new("RGBA", (4, 4), (10, 20, 30, 0))
    step = {"PA": "RGBA", "La": "LA", "RGBa": "RGBA"}.get(mode, mode)
    image = image.convert(step)
    if mode == "PA":
        image = Image.new("PA", (4, 4), (0, 0))
    elif step != mode:
        image = image.convert(mode)
    assert image.mode == mode
    assert pixel(image) == (255, 255, 255)


def test_half_transparent_black_is_grey_over_white() -> None:
    assert pixel(Image.new("RGBA", (1, 1), (0, 0, 0, 128))) == (127, 127, 127)


def test_a_palette_keeps_its_colours_and_its_transparent_entry_becomes_white() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([200, 0, 0, 0, 200, 0])
    image.putpixel((1, 0), 1)
    assert [pixel(reopened(image), (x, 0)) for x in (0, 1)] == [(200, 0, 0), (0, 200, 0)]
    assert [pixel(reopened(image, transparency=1), (x, 0)) for x in (0, 1)] == [(200, 0, 0), (255, 255, 255)]
    assert pixel(reopened(image, transparency=b"\x00\xff")) == (255, 255, 255)


def test_a_transparent_colour_of_rgb_and_grey_pngs_becomes_white() -> None:
    assert pixel(reopened(Image.new("RGB", (1, 1), (1, 2, 3)), transparency=(1, 2, 3))) == (255, 255, 255)
    assert pixel(reopened(Image.new("L", (1, 1), 7), transparency=7)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_animated_images_give_their_first_frame(kind: str) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    image = reopened(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    image.seek(1)
    assert pixel(image) == (255, 0, 0)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("1", (1, 1), 1), (255, 255, 255)),
        (Image.new("L", (1, 1), 90), (90, 90, 90)),
        (Image.new("YCbCr", (1, 1), (90, 128, 128)), (90, 90, 90)),
        (Image.new("HSV", (1, 1), (0, 0, 90)), (90, 90, 90)),
        (Image.new("RGBX", (1, 1), (1, 2, 3, 0)), (1, 2, 3)),
    ],
)
def test_plain_modes(image: Image.Image, expected: tuple[int, ...]) -> None:
    assert pixel(image) == expected


def test_cielab_goes_through_colour_management() -> None:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    colour = Image.new("RGB", (2, 2), (200, 40, 90))
    image = ImageCms.applyTransform(colour, ImageCms.buildTransform(srgb, lab, "RGB", "LAB"))
    assert image is not None
    stored = reopened(image, "TIFF")
    assert stored.mode == "LAB"
    assert np.allclose(pixel(stored), (200, 40, 90), atol=3)
