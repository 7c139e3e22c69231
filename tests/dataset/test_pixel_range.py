"""Black and white are decided for a data set, said, and the same wherever its images are shown."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from core.cli.reading import pixel_range_of
from core.dataset import Dataset, IngestOptions, read_dataset
from core.errors import BadInput, TwoReadings
from core.images.pixels import PixelSource
from core.images.ranges import PixelRange, split_range, with_range
from tests.images.encoders import png, saved, tiff

N, SIDE = 6, 8


def truth(seed: int = 0, channels: int = 3) -> NDArray[np.float64]:
    """(N, SIDE, SIDE, channels) in 0..1, each image reaching both ends."""
    pixels = np.random.default_rng(seed).random((N, SIDE, SIDE, channels))
    pixels[:, 0, 0], pixels[:, 0, 1] = 0, 1
    return pixels


def read(source: Path, thumbnails: dict[str, bytes] | None = None, **options: Any) -> Dataset:
    def keep(made: list[tuple[str, bytes]]) -> None:
        if thumbnails is not None:
            thumbnails.update(made)

    return read_dataset(
        str(source), IngestOptions(**options), on_thumbnails=keep, known_thumbnails=set(),
        progress=lambda _done, _all: None, workers=2,
    )  # fmt: skip


def shown(dataset: Dataset) -> NDArray[np.float64]:
    """(n, H, W, 3), in the order of the keys, as every later step reads them."""
    source = PixelSource(*(dataset.images[name].to_pylist() for name in ("path", "row", "content_hash")))
    return np.stack([np.asarray(source.rgb(i), dtype=np.float64) for i in range(len(source))])


def said(dataset: Dataset) -> list[str]:
    return [f"{line.text} | {line.option}" for line in dataset.understood if line.about == "pixels"]


def archive(folder: Path, *parts: NDArray[Any]) -> Path:
    np.savez(folder / "a.npz", x=np.concatenate(parts))
    return folder / "a.npz"


def folder_of(folder: Path, images: list[bytes], ending: str = "png") -> Path:
    for i, data in enumerate(images):
        path = folder / "photos" / "ab"[i % 2] / f"{i:02d}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder / "photos"


def by_file(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """In the order of the keys of `folder_of`: a/00, a/02, … b/01, b/03, …"""
    return np.concatenate([pixels[0::2], pixels[1::2]])


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ((truth() * 255).round().astype(np.uint16), "from 0 to 255, read as 8 bits: 0..255"),
        ((truth() * 1023).round().astype(np.uint16), "from 0 to 1023, read as 10 bits: 0..1023"),
        ((truth() * 4095).round().astype(np.uint16), "from 0 to 4095, read as 12 bits: 0..4095"),
        ((truth() * 16383).round().astype(">u2"), "from 0 to 16383, read as 14 bits: 0..16383"),
        ((truth() * 65535).round().astype(np.uint16), "from 0 to 65535, read as 16 bits: 0..65535"),
        ((truth() * 65535).round().astype(">u2"), "from 0 to 65535, read as 16 bits: 0..65535"),
        ((truth() * 255).round().astype(np.int64), "read as 8 bits: 0..255"),
        ((truth() * 4095).round().astype(np.int32), "read as 12 bits: 0..4095"),
        ((truth() * 4e9).round().astype(np.uint32), "which is no usual range"),
        ((truth() * 4000 - 1000).round().astype(np.int16), "from -1000 to 3000, which is no usual range"),
        (truth().astype(np.float32), "from 0 to 1, read as 0..1"),
        (truth().astype(np.float16), "from 0 to 1, read as 0..1"),
        (truth().astype(">f8"), "from 0 to 1, read as 0..1"),
        ((truth() * 255).astype(np.float32), "from 0 to 255, read as 0..255"),
        ((truth() * 2 - 1).astype(np.float32), "from -1 to 1, read as -1..1"),
        ((truth() * 4.4 - 2.1).astype(np.float32), "from -2.1 to 2.3, which is no usual range"),
    ],
)
def test_one_range_is_found_for_arrays_of_every_type(tmp_path: Path, stored: NDArray[Any], words: str) -> None:
    dataset = read(archive(tmp_path, stored))
    assert np.abs(shown(dataset) - 255 * truth()).max() <= 1.01
    assert len(said(dataset)) == 1
    assert words in said(dataset)[0]
    assert said(dataset)[0].endswith("| --pixel-range LOW,HIGH")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("top", [255, 4095, 65535])
@pytest.mark.parametrize("kind", ["png", "tif"])
def test_sixteen_bit_files_are_shown_by_the_range_of_the_set(
    tmp_path: Path, channels: int, top: int, kind: str
) -> None:
    pixels = (truth(channels=channels) * top).round().astype(np.uint16)
    pixels[1:3] //= 2  # a darker image is no image of a smaller range
    each = [one[..., 0] if channels == 1 else one for one in pixels]
    photometric = "minisblack" if channels == 1 else "rgb"
    files = [png(one) if kind == "png" else tiff(one, photometric=photometric) for one in each]
    expected = by_file(np.broadcast_to(pixels * (255 / top), (N, SIDE, SIDE, 3)))
    assert np.abs(shown(read(folder_of(tmp_path, files, kind))) - expected).max() <= 1.01


def test_eight_bit_images_beside_deep_ones_are_as_they_are(tmp_path: Path) -> None:
    plain = (truth() * 255).astype(np.uint8)
    deep = (truth(1, 1)[..., 0] * 4095).round().astype(np.uint16)
    files = [data for pair in zip(map(png, plain), map(png, deep), strict=True) for data in pair]
    pixels = shown(read(folder_of(tmp_path, files)))
    assert np.array_equal(pixels[:N], plain)
    assert np.abs(pixels[N:, ..., 0] - deep * (255 / 4095)).max() <= 0.51


def test_formats_that_say_their_range_are_not_judged(tmp_path: Path) -> None:
    dark = np.full((SIDE, SIDE), 200, ">u2")
    files = [b"P5 8 8 65535\n" + dark.tobytes(), b"P5 8 8 4095\n" + (dark * 20).astype(">u2").tobytes()]
    dataset = read(folder_of(tmp_path, files, "pgm"))
    assert shown(dataset)[:, 0, 0, 0].tolist() == [1, 249]
    assert "2 images of more than 8 bits, whose files say 0..65535" in said(dataset)[0]


def test_a_dark_image_of_floats_does_not_look_bright(tmp_path: Path) -> None:
    pixels = (truth() * 255).astype(np.float32)
    pixels[-2:] = 0
    assert np.abs(shown(read(archive(tmp_path, pixels))) - pixels).max() <= 0.51


@pytest.mark.parametrize(
    ("small", "large", "own", "whole"),
    [
        ((truth() * 255).round().astype(np.uint16), (truth() * 4095).round().astype(np.uint16), "0..255", "0,4095"),
        ((truth() * 4095).round().astype(np.uint16), (truth() * 65535).astype(np.uint16), "0..4095", "0,65535"),
        (truth().astype(np.float32), (truth() * 255).astype(np.float32), "0..1", "0,255"),
    ],
)
def test_two_scales_in_one_set_are_asked_about_and_each_option_is_honoured(
    tmp_path: Path, small: NDArray[Any], large: NDArray[Any], own: str, whole: str
) -> None:
    source = archive(tmp_path, small, large)
    with pytest.raises(TwoReadings, match=rf"6 fill {re.escape(own)} .*--pixel-range {whole}\..*--pixel-range each"):
        read(source)
    both = np.concatenate([truth(), truth()]) * 255
    assert np.abs(shown(read(source, pixel_range="each")) - both).max() <= 1.01
    chosen = pixel_range_of(whole)
    assert np.abs(shown(read(source, pixel_range=chosen))[N:] - both[N:]).max() <= 1.01


def test_a_few_dark_images_are_named_and_stop_nothing(tmp_path: Path) -> None:
    pixels = (truth() * 65535).round().astype(np.uint16)
    pixels[2] = pixels[2] // 400
    dataset = read(archive(tmp_path, pixels))
    assert any(re.match(r"nearly black among them: 1, with nothing above 16\d", line) for line in said(dataset))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64])
def test_a_set_that_looks_black_is_named_with_the_range_that_shows_it(tmp_path: Path, dtype: type) -> None:
    source = archive(tmp_path, (truth() * 9).round().astype(dtype))
    lines = said(read(source))
    assert "they look black: nothing is brighter than 9, 3.5% of the way through 0..255 | --pixel-range 0,9" in lines
    mended = read(source, pixel_range=(0.0, 9.0))
    assert np.abs(shown(mended) - 255 * (truth() * 9).round() / 9).max() <= 0.51
    assert "because you say so" in said(mended)[0]


def test_a_given_range_is_for_the_deep_images_where_there_are_any(tmp_path: Path) -> None:
    files = [saved(Image.new("L", (SIDE, SIDE), 90), "PNG"), png(np.full((SIDE, SIDE), 500, np.uint16))]
    pixels = shown(read(folder_of(tmp_path, files), pixel_range=(0.0, 1000.0)))
    assert pixels[:, 0, 0, 0].tolist() == [90, 128]


def test_the_thumbnail_the_dialog_and_the_export_show_the_same_range(tmp_path: Path) -> None:
    from core.answers.image.detail import read_picture
    from core.export.destination import encoded

    pixels = (truth(channels=1)[..., 0] * 4095).round().astype(np.uint16)
    thumbnails: dict[str, bytes] = {}
    dataset = read(archive(tmp_path, pixels), thumbnails)
    expected = np.rint(pixels * (255 / 4095))
    for i, (path, row, key) in enumerate(
        zip(*(dataset.images[name].to_pylist() for name in ("path", "row", "content_hash")), strict=True)
    ):
        dialog, refusal = read_picture(path, row, key, enlarged=False)
        exported = encoded(pixels[i], split_range(key)[1])
        assert refusal == ""
        for data in (thumbnails[key], dialog, exported):
            with Image.open(BytesIO(data)) as image:
                assert np.array_equal(np.asarray(image.convert("RGB"))[..., 0], expected[i])


def test_another_range_is_another_image_and_the_same_range_the_same(tmp_path: Path) -> None:
    source = archive(tmp_path, (truth() * 4095).round().astype(np.uint16))
    hashes = [read(source, pixel_range=chosen).images["content_hash"].to_pylist() for chosen in (None, (0.0, 5000.0))]
    assert not set(hashes[0]) & set(hashes[1])
    assert read(source).images["content_hash"].to_pylist() == hashes[0]


def test_images_of_their_types_own_range_keep_their_plain_hash(tmp_path: Path) -> None:
    dataset = read(archive(tmp_path, (truth() * 65535).round().astype(np.uint16)))
    assert all(len(one) == 32 for one in dataset.images["content_hash"].to_pylist())


def test_parquet_images_are_judged_like_files(tmp_path: Path) -> None:
    pixels = (truth(channels=1)[..., 0] * 4095).round().astype(np.uint16)
    pq.write_table(pa.table({"image": [{"bytes": png(one), "path": None} for one in pixels]}), tmp_path / "a.parquet")
    assert np.abs(shown(read(tmp_path / "a.parquet"))[..., 0] - pixels * (255 / 4095)).max() <= 0.51


# the option and the text that carries a range


@pytest.mark.parametrize(("given", "means"), [(None, None), ("each", "each"), ("0,4095", (0, 4095)), ("-1,1", (-1, 1))])
def test_the_option_is_two_rising_numbers_or_each(given: str | None, means: Any) -> None:
    assert pixel_range_of(given) == means


@pytest.mark.parametrize("given", ["", "5", "1,0", "0,0", "a,b", "0,1,2", "nan,1", "0,inf", "every"])
def test_another_option_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(BadInput, match=r"--pixel-range is .*--pixel-range 0,4095"):
        pixel_range_of(given)


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_a_range_survives_its_text(low: float, high: float) -> None:
    assert split_range(with_range("0f", PixelRange(low, high))) == ("0f", (low, high))
    assert split_range("0f") == ("0f", None)


# any container, any type, any range


TYPES = {
    "u1": 255, "<u2": 65535, ">u2": 65535, "<i2": 32767, "<i4": 2**31 - 1, "<u4": 2**32 - 1, "<i8": 2**40, "<f2": 1000,
    "<f4": 1e6, ">f4": 1e6, "<f8": 1e6,
}  # fmt: skip


@st.composite
def containers(draw: st.DrawFn) -> tuple[str, NDArray[Any], NDArray[np.float64], float, float]:
    """(container, stored values, truth in 0..1, value of black, value of white)."""
    dtype = draw(st.sampled_from(list(TYPES)))
    kinds = ["npz", "npy", "tif"] + (["png"] if dtype in ("u1", "<u2") else [])
    channels = draw(st.sampled_from([1, 3]))
    floats = dtype[-2] == "f"
    usual = [(0.0, 255.0)] if dtype == "u1" else [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)] if floats else []
    if not floats and dtype != "u1":
        usual = [(0.0, 2.0**bits - 1) for bits in (8, 10, 12, 14, 16) if 2**bits - 1 <= TYPES[dtype]]
    if dtype[-2] == "i" or floats:
        usual.append((-1000.0, 900.0))
    low, high = draw(st.sampled_from(usual))
    pixels = truth(draw(st.integers(0, 999)), channels)
    values = low + (high - low) * pixels
    stored = values.astype(dtype) if floats else values.round().astype(dtype)
    return draw(st.sampled_from(kinds)), stored, pixels, low, high


@settings(max_examples=60, deadline=None)
@given(drawn=containers())
def test_pixels_of_any_container_come_out_as_they_were_meant(
    tmp_path_factory: pytest.TempPathFactory, drawn: tuple[str, NDArray[Any], NDArray[np.float64], float, float]
) -> None:
    kind, stored, pixels, low, high = drawn
    folder = tmp_path_factory.mktemp("drawn")
    if kind == "npz":
        dataset = read(archive(folder, stored))
    elif kind == "npy":
        np.save(folder / "a.npy", stored)
        dataset = read(folder / "a.npy")
    else:
        each = [one[..., 0] if one.shape[2] == 1 else one for one in stored]
        photometric = "minisblack" if stored.shape[3] == 1 else "rgb"
        files = [png(one) if kind == "png" else tiff(one, photometric=photometric) for one in each]
        dataset, pixels, stored = read(folder_of(folder, files, kind)), by_file(pixels), by_file(stored)
    exact = np.clip((stored.astype(np.float64) - low) / (high - low), 0, 1)  # what is left of the truth in this type
    assert np.abs(exact - pixels).max() < 0.05
    assert np.abs(shown(dataset) - 255 * np.broadcast_to(exact, (N, SIDE, SIDE, 3))).max() <= 1.01
    assert dataset.refused == ()


def test_training_and_search_see_an_audit_in_the_range_it_was_ingested_with(tmp_path: Path) -> None:
    from core.pipeline.evaluation.shown_images import source_of
    from core.pipeline.ingest import ingest
    from core.pipeline.training.train import training_pixels
    from tests.pictures import Heard

    pixels = (truth(channels=1)[..., 0] * 4095).round().astype(np.uint16)
    source = archive(tmp_path, pixels)
    audit = ingest(str(source), Heard(), options=IngestOptions(pixel_range=(0.0, 4095.0)), folder=tmp_path / "audits")
    expected = np.rint(pixels * (255 / 4095))
    assert np.array_equal(training_pixels(audit, SIDE, Heard())[..., 0], expected)
    assert np.array_equal(np.asarray(source_of(audit).rgb(3))[..., 0], expected[3])
