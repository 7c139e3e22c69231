from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageCms

from core.errors import BadInput
from core.images.containers import ParquetImages, address
from core.images.filenames import from_text, to_text
from core.images.pixels import PixelSource, Refusal, check, content_hash, examine, thumbnail_webp, to_rgb


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def reopened(image: Image.Image, kind: str = "PNG", **options: Any) -> Image.Image:
    return Image.open(BytesIO(encoded(image, kind, **options)))


def pixel(image: Image.Image, at: tuple[int, int] = (0, 0)) -> tuple[int, ...]:
    found = to_rgb(image).getpixel(at)
    assert isinstance(found, tuple)
    return tuple(int(value) for value in found)


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


# to_rgb


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
    data = encoded(stored, kind, exif=exif)
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
    data = encoded(Image.new("RGB", (8, 4), "red"), "JPEG", exif=b"Exif\x00\x00nonsense that is no TIFF header")
    assert check(data).width == 8


def test_an_adobe_inverted_cmyk_jpeg_is_not_a_negative() -> None:
    # Pillow writes CMYK JPEGs with Adobe's marker and inverted samples.
    white = reopened(Image.new("CMYK", (8, 8), (0, 0, 0, 0)), "JPEG")
    cyan = reopened(Image.new("CMYK", (8, 8), (255, 0, 0, 0)), "JPEG")
    assert b"Adobe" in encoded(Image.new("CMYK", (8, 8)), "JPEG")
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


# arrays


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


# check


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
    found = check(encoded(image, kind))
    assert (found.width, found.height, found.mode, found.format) == (9, 5, mode, kind)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "PPM", "TIFF", "AVIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("at_least", [None, 64])
def test_a_cut_off_file_is_refused(kind: str, share: float, at_least: int | None) -> None:
    data = encoded(noise(256, 192), kind)
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
        check(encoded(noise(64, 64), kind)[:kept])
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
    data = bytearray(encoded(Image.new("1", (8, 8))))
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    import zlib

    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    with pytest.raises(Refusal) as caught:
        check(bytes(data))
    assert caught.value.reason == "decompression bomb"


def test_random_damage_never_raises_anything_but_a_refusal() -> None:
    rng = np.random.default_rng(0)
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"):
        whole = np.frombuffer(encoded(noise(24, 24), kind), np.uint8)
        for _ in range(40):
            data = whole.copy()
            data[rng.integers(0, len(data), 4)] = rng.integers(0, 256, 4)
            try:
                assert check(data.tobytes()).width > 0
            except Refusal as refusal:
                assert refusal.reason in {"truncated", "unreadable", "not an image", "decompression bomb"}  # noqa: PT017


def test_a_reduced_jpeg_reports_its_full_size() -> None:
    data = encoded(noise(1024, 512), "JPEG")
    checked, rgb = examine(data, at_least=128)
    assert (checked.width, checked.height) == (1024, 512)
    assert rgb.size == (256, 128)


# thumbnails and hashes


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


# names


@pytest.mark.parametrize("name", ["a.jpg", "caf\u00e9 \U0001f600.jpg", "a\nb'\"<b>.jpg", r"back\slash \x41.jpg"])
def test_names_that_are_text_are_kept(name: str) -> None:
    assert to_text(name) == name == from_text(name)


def test_undecodable_names_are_escaped_and_found_again(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    assert to_text(name) == r"caf\xe9.png"
    assert from_text(to_text(name)) == name
    (tmp_path / r"caf\xe9.png").touch()
    literal = str(tmp_path / r"caf\xe9.png")
    assert from_text(literal) == literal


# PixelSource


def parquet_of(images: list[bytes], path: Path, *, group: int, struct: bool = True) -> str:
    rows: list[Any] = [{"bytes": data, "path": f"{i}.png"} for i, data in enumerate(images)] if struct else list(images)
    pq.write_table(pa.table({"image": rows}), path, row_group_size=group)
    return address(str(path), "image")


@pytest.fixture
def images() -> list[bytes]:
    return [encoded(Image.new("RGB", (5, 4), (i, 0, 0))) for i in range(20)]


def test_every_kind_of_path_is_read(tmp_path: Path, images: list[bytes]) -> None:
    plain = tmp_path / "a b'\n.png"
    plain.write_bytes(images[7])
    pixels = np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3)
    np.savez(tmp_path / "a.npz", x=pixels, other=pixels + 1)
    np.save(tmp_path / "a.npy", pixels)
    paths = [
        str(plain),
        parquet_of(images, tmp_path / "a.parquet", group=6),
        parquet_of(images, tmp_path / "b.parquet", group=6, struct=False),
        address(str(tmp_path / "a.npz"), "other"),
        str(tmp_path / "a.npy"),
    ]
    source = PixelSource(paths, [None, 13, 13, 1, 1])
    assert len(source) == 5
    assert source.read(0) == images[7]
    assert source.read(1) == source.read(2) == images[13]
    assert np.array_equal(np.asarray(source.rgb(3)), pixels[1] + 1)
    assert np.array_equal(np.asarray(source.rgb(4)), pixels[1])
    assert source.rgb(0).getpixel((0, 0)) == (7, 0, 0)


def test_many_threads_read_the_same_file(tmp_path: Path, images: list[bytes]) -> None:
    path = parquet_of(images, tmp_path / "a.parquet", group=3)
    rows = [int(row) for row in np.random.default_rng(0).integers(0, 20, 200)]
    source = PixelSource([path] * 200, rows)
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(source.read, range(200))) == [images[row] for row in rows]


def test_sequential_reads_open_each_row_group_once_within_the_budget(
    tmp_path: Path, images: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.images.containers.CACHE_BYTES", 1)
    parquet_of(images, tmp_path / "a.parquet", group=5)
    opened = ParquetImages(str(tmp_path / "a.parquet"), "image")
    loaded: list[int] = []
    read = opened._file.read_row_group

    def counted(group: int, **options: Any) -> pa.Table:
        loaded.append(group)
        return read(group, **options)

    monkeypatch.setattr(opened._file, "read_row_group", counted)
    assert [opened.read(row) for row in range(20)] == images
    assert loaded == [0, 1, 2, 3]
    assert opened.read(0) == images[0]
    assert loaded == [0, 1, 2, 3, 0]


def test_a_vanished_or_changed_file_names_itself_and_the_next_step(tmp_path: Path, images: list[bytes]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(images[0])
    source = PixelSource([str(path)], [None], [content_hash(images[0])])
    assert source.read(0) == images[0]
    path.write_bytes(images[1])
    with pytest.raises(BadInput, match=r"a\.png: changed .*hardlook ingest"):
        source.read(0)
    path.unlink()
    with pytest.raises(BadInput, match=r"a\.png: missing file .*hardlook ingest"):
        source.rgb(0)


@pytest.mark.parametrize("name", ["gone.parquet::image", "gone.npz::x", "gone.npy"])
def test_a_vanished_container_names_itself(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"gone\..*missing file .*hardlook ingest"):
        PixelSource([str(tmp_path / name)], [0]).read(0)


def test_a_container_that_shrank_or_became_another_file_is_refused(tmp_path: Path, images: list[bytes]) -> None:
    path = parquet_of(images[:3], tmp_path / "a.parquet", group=3)
    (tmp_path / "b.parquet").write_bytes(b"no parquet")
    (tmp_path / "c.npz").write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(BadInput, match=r"c\.npz"):
        PixelSource([address(str(tmp_path / "c.npz"), "x")], [0]).read(0)
    with pytest.raises(BadInput, match=r"a\.parquet.*row 3"):
        PixelSource([path], [3]).read(0)
    with pytest.raises(BadInput, match=r"b\.parquet"):
        PixelSource([address(str(tmp_path / "b.parquet"), "image")], [0]).read(0)


def test_a_file_that_no_longer_decodes_names_itself(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"oops")
    with pytest.raises(BadInput, match=r"a\.png: not an image .*hardlook ingest"):
        PixelSource([str(tmp_path / "a.png")], [None]).rgb(0)
