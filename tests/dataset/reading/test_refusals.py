"""What cannot be used is refused by its name, and an input without anything usable is an error."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest

from core.errors import BadInput
from tests.dataset.inputs import read
from tests.dataset.reading.by_key import column, png, put, reasons


def test_every_bad_file_is_refused_by_name_and_the_rest_goes_on(tmp_path: Path) -> None:
    whole = png(5, (64, 64))
    bomb = bytearray(png())
    bomb[16:24] = (30_000).to_bytes(4, "big") * 2
    bomb[29:33] = zlib.crc32(bomb[12:29]).to_bytes(4, "big")
    for name, data in {
        "good.png": whole, "zero.png": b"", "cut.png": whole[:60], "text.jpg": b"hello", "drawing.svg": b"<svg/>",
        "page.png": b"<!DOCTYPE html>", "bomb.png": bytes(bomb),
    }.items():  # fmt: skip
        put(tmp_path, f"cat/{name}", data)
    (tmp_path / "cat" / "folder.jpg").mkdir()
    (tmp_path / "cat" / "dangling.png").symlink_to(tmp_path / "nowhere.png")
    dataset = read(tmp_path)
    assert column(dataset, "key") == ["cat/good.png"]
    assert reasons(dataset) == {
        "cat/zero.png": "zero bytes", "cat/cut.png": "truncated", "cat/text.jpg": "not an image",
        "cat/drawing.svg": "not an image", "cat/page.png": "not an image", "cat/bomb.png": "decompression bomb",
        "cat/folder.jpg": "unreadable", "cat/dangling.png": "missing file",
    }  # fmt: skip
    assert all(each.detail and each.path.startswith(str(tmp_path)) for each in dataset.refused)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable(tmp_path: Path) -> None:
    put(tmp_path, "cat/a.png")
    put(tmp_path, "cat/b.png").chmod(0)
    assert reasons(read(tmp_path)) == {"cat/b.png": "unreadable"}


def test_an_input_without_one_usable_image_is_an_error_that_counts_the_reasons(tmp_path: Path) -> None:
    put(tmp_path, "cat/a.png", b"")
    put(tmp_path, "cat/b.png", b"")
    with pytest.raises(BadInput, match=r"None of the 2 images .*zero bytes: 2.*'cat/a\.png'"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["missing", "a.txt", "empty"])
def test_what_is_not_understood_is_answered_with_what_is(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    put(tmp_path, "a.txt", b"hello")
    with pytest.raises(BadInput, match="Understood are: a folder of class folders"):
        read(tmp_path / name)
