from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.answers.view import uploads
from core.answers.view.uploads import LARGEST_SIDE, keep_upload, path_of, read_upload
from core.errors import BadInput
from core.store.audit import Audit, create_audit
from tests.images.encoders import saved


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return create_audit("sample", tmp_path)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a hundred bytes whose header promises a huge image."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def test_a_picture_comes_back_as_its_pixels(audit: Audit) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    name = keep_upload(audit, saved(Image.fromarray(pixels)))
    np.testing.assert_array_equal(read_upload(audit, name), pixels)
    assert keep_upload(audit, saved(Image.fromarray(pixels))) == name


def test_a_large_picture_is_made_smaller_and_loses_its_metadata(audit: Audit) -> None:
    exif = Image.Exif()
    exif[270] = "where I live"
    name = keep_upload(audit, saved(Image.new("RGB", (3000, 1500), "teal"), "JPEG", exif=exif))
    assert read_upload(audit, name).shape == (LARGEST_SIDE // 2, LARGEST_SIDE, 3)
    assert b"where I live" not in path_of(audit, name).read_bytes()


def test_markup_behind_a_picture_is_not_kept(audit: Audit) -> None:
    name = keep_upload(audit, saved(Image.new("RGB", (8, 8)), "GIF") + b"<script>alert(1)</script>")
    kept = path_of(audit, name).read_bytes()
    assert kept.startswith(b"\x89PNG")
    assert b"alert" not in kept


@pytest.mark.parametrize("size", [(60_000, 60_000), (8_000, 8_000)])
def test_more_pixels_than_a_camera_has_are_refused_before_they_are_decoded(audit: Audit, size: tuple[int, int]) -> None:
    with pytest.raises(BadInput, match=r"pixels|bomb"):
        keep_upload(audit, bomb(*size))


def test_more_bytes_than_the_limit_are_refused(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 100)
    with pytest.raises(BadInput, match="at most 100 are taken"):
        keep_upload(audit, bytes(101))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "zero bytes"), (b"<svg onload='alert(1)'/>", "SVG"), (b"<!doctype html><script>", "web page"),
        (b"%!PS-Adobe", "not an image"),
        (saved(Image.new("RGB", (64, 64)))[:60], r"truncated|unreadable"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused_in_words(audit: Audit, data: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        keep_upload(audit, data)


@pytest.mark.parametrize("name", ["", "0" * 31, "../../etc/passwd", "/etc/passwd", "g" * 32, "0" * 32])
def test_only_names_that_were_given_are_read(audit: Audit, name: str) -> None:
    with pytest.raises(BadInput, match="no longer kept"):
        read_upload(audit, name)


def test_the_oldest_go(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_KEPT", 3)
    for shade in range(6):
        keep_upload(audit, saved(Image.new("L", (4, 4), shade)))
    assert len(list((audit.cache / "uploads").iterdir())) == 3
