"""Memory is bounded whatever the shape of an image is."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.encoders.preprocessing import Preprocessing
from core.images.limits import MEGAPIXELS_VARIABLE
from core.images.pixels import PixelSource, Refusal, check, examine
from core.images.rgb import central, to_rgb
from core.training.pixels import to_square
from tests.images.encoders import saved

ROOT = Path(__file__).parents[2]
MEASURED = """
import json, sys
from core.encoders.preprocessing import Preprocessing
from core.images.pixels import PixelSource, examine, thumbnail_webp
from core.training.pixels import to_square
from tests.attacks.fuzz_images import peak_megabytes as peak
prepare = Preprocessing(size=224, resize=256, mean=(0, 0, 0), sd=(1, 1, 1))
before = peak()
for path in sys.argv[1:]:
    data = open(path, "rb").read()
    thumbnail_webp(examine(data, at_least=320)[1])
    image = PixelSource([path], [None]).rgb(0)
    assert prepare(image).shape == (224, 224, 3)
    assert to_square(image, 224, "crop").size == to_square(image, 224).size == (224, 224)
print(json.dumps(peak() - before))
"""


def memory_of(*paths: Path) -> int:
    """Megabytes that thumbnail, encoder and training take for these images, in a process of their own."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *map(str, paths)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stderr == ""
    return int(json.loads(done.stdout))


def test_slivers_and_panoramas_take_no_more_memory_than_a_photograph(tmp_path: Path) -> None:
    for name, size in {"wide": (200_000, 1), "tall": (1, 60_000), "panorama": (65_500, 20)}.items():
        Image.new("RGB", size, "red").save(tmp_path / f"{name}.png")
    assert memory_of(*tmp_path.glob("*.png")) < 150


def test_two_hundred_megapixels_are_read_with_bounded_memory(tmp_path: Path) -> None:
    Image.new("L", (16_320, 12_240), 90).save(tmp_path / "photo.png", compress_level=1)
    Image.new("L", (16_320, 12_240), 90).save(tmp_path / "photo.jpg")
    assert memory_of(tmp_path / "photo.png", tmp_path / "photo.jpg") < 700


def test_more_pixels_are_refused_with_the_way_to_allow_them(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(Image.new("L", (1500, 1000)), "PNG")
    monkeypatch.setenv(MEGAPIXELS_VARIABLE, "1")
    with pytest.raises(
        Refusal, match=r"more than the 1 million that are decoded.*export HARDLOOK_MEGAPIXELS=2"
    ) as caught:
        check(data)
    assert caught.value.reason == "decompression bomb"
    monkeypatch.setenv(MEGAPIXELS_VARIABLE, "2")
    assert check(data).width == 1500


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "CMYK", "I;16"])
def test_an_image_shrunk_strip_by_strip_is_the_whole_one_shrunk(mode: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (301, 203, 3), np.uint8)
    image = Image.fromarray(pixels).convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    assert np.array_equal(np.asarray(to_rgb(image, shrink=3)), np.asarray(to_rgb(image).reduce(3)))


def test_a_large_image_reports_its_full_size_and_comes_smaller(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("core.images.decoding.WHOLE", 10_000)
    for kind in ("PNG", "JPEG"):
        data = saved(Image.new("RGB", (300, 200), "red"), kind)
        facts, rgb = examine(data)
        assert (facts.width, facts.height) == (300, 200)
        assert rgb.size in {(100, 67), (75, 50)}
        (tmp_path / "a").write_bytes(data)
        assert PixelSource([str(tmp_path / "a")], [None]).rgb(0).size == rgb.size


@pytest.mark.parametrize(
    ("size", "expected"), [((100, 1), (16, 1)), ((101, 1), (17, 1)), ((3, 500), (3, 48)), ((160, 10), (160, 10))]
)
def test_only_the_middle_of_a_sliver_is_kept(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert central(Image.new("RGB", size)).size == expected


def test_the_centre_of_a_sliver_is_what_the_network_sees() -> None:
    pixels = np.zeros((1, 2001, 3), np.uint8)
    pixels[:, 1000] = 255
    seen = Preprocessing(size=8, resize=8, mean=(0, 0, 0), sd=(1, 1, 1))(Image.fromarray(pixels))
    assert seen.min() > 150
    assert np.asarray(to_square(Image.fromarray(pixels), 8, "crop")).min() > 150


def test_no_library_speaks_to_the_user(tmp_path: Path) -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0\x05\0\x0f\x01\x02\0\xff\xff\0\0\xff\xff\xff\x7f"
    broken = BytesIO()
    Image.new("RGB", (300, 200), "red").save(broken, "TIFF", compression="tiff_lzw")
    (tmp_path / "exif.jpg").write_bytes(saved(Image.new("RGB", (300, 300), "red"), "JPEG", exif=exif))
    Image.new("L", (10_000, 9_500)).save(tmp_path / "large.png", compress_level=1)  # above Pillow's own limit
    (tmp_path / "palette.gif").write_bytes(saved(Image.new("P", (300, 300)), "GIF", transparency=b"\0\1\2"[0]))
    assert memory_of(*sorted(tmp_path.iterdir())) < 600
    told = subprocess.run(
        [sys.executable, "-c", "import sys; from core.images.pixels import Refusal, check\n"
         "try: check(sys.stdin.buffer.read())\nexcept Refusal as error: print(error.reason)"],
        input=broken.getvalue()[:-400], capture_output=True, cwd=ROOT, check=True,
    )  # fmt: skip
    assert told.stderr == b""
    assert told.stdout.strip() in {b"truncated", b"unreadable"}
