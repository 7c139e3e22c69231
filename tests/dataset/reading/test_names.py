"""Names that a page, a shell or UTF-8 would stumble over are kept and can be opened."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.images.pixels import PixelSource
from tests.dataset.inputs import read
from tests.dataset.reading.by_key import column, labels, png, put, reasons

HOSTILE = [
    "a b.png",
    "ünï\U0001f600.png",
    "new\nline.png",
    "'q\"uote.png",
    "<img src=x onerror=alert(1)>.png",
    "%00;--.png",
]


def test_hostile_names_survive_in_keys_and_can_be_opened(tmp_path: Path) -> None:
    for name in HOSTILE:
        put(tmp_path, f"cl'ass <b>/{name}")
    dataset = read(tmp_path)
    assert set(labels(dataset)) == {f"cl'ass <b>/{name}" for name in HOSTILE}
    assert dataset.classes == ("cl'ass <b>",)
    source = PixelSource(column(dataset, "path"), column(dataset, "row"), column(dataset, "content_hash"))
    assert all(source.rgb(i).size == (6, 4) for i in range(len(HOSTILE)))


def test_undecodable_names_are_escaped_and_can_be_opened(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    with open(folder + b"/\xff.png", "wb") as file:
        file.write(png())
    with open(folder + b"/bad\xfe.png", "wb") as file:
        file.write(b"")
    dataset = read(tmp_path)
    assert labels(dataset) == {r"caf\xe9/\xff.png": r"caf\xe9"}
    assert reasons(dataset) == {r"caf\xe9/bad\xfe.png": "zero bytes"}
    assert PixelSource(column(dataset, "path"), [None]).read(0) == png()
    (tmp_path / "m.csv").write_bytes(b"path,label,who\ncaf\xe9/\xff.png,\xe9,\xe8\n")
    manifest = read(tmp_path / "m.csv")
    assert labels(manifest) == {r"caf\xe9/\xff.png": r"\xe9"}
    assert column(manifest, "who") == [r"\xe8"]
