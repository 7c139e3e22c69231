"""The whole of a reading: workers, thumbnails, what tells a changed input, real photographs."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.dataset import IngestOptions, list_source, read_dataset, source_fingerprint
from core.images.pixels import content_hash
from data.make_sample import SAMPLE
from tests.dataset.inputs import read
from tests.dataset.reading.by_key import column, csv, png, put

TRASHNET = Path(__file__).parents[3] / "../shared/data/trashnet-128"


def test_the_result_does_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    for i in range(200):
        put(tmp_path, f"{i % 3}/{i}.png", b"" if i % 17 == 0 else None)
    one, many = read(tmp_path, workers=1), read(tmp_path, workers=8)
    assert one.images.equals(many.images)
    assert one.refused == many.refused


def test_thumbnails_come_once_per_content_and_not_for_known_ones(tmp_path: Path) -> None:
    for i in range(150):
        put(tmp_path, f"cat/{i}.png", png(i % 100))
    seen: dict[str, bytes] = {}
    steps: list[tuple[int, int]] = []
    known = {content_hash(png(3))}
    dataset = read_dataset(
        str(tmp_path), IngestOptions(), on_thumbnails=seen.update, known_thumbnails=known,
        progress=lambda done, total: steps.append((done, total)), workers=2,
    )  # fmt: skip
    assert len(dataset.images) == 150  # equal images with different keys are both kept
    assert set(seen) == set(column(dataset, "content_hash")) - {content_hash(png(3))}
    assert Image.open(BytesIO(next(iter(seen.values())))).format == "WEBP"
    assert steps[-1] == (150, 150)
    assert steps == sorted(steps)


def test_the_source_fingerprint_changes_with_the_input_and_only_then(tmp_path: Path) -> None:
    put(tmp_path, "cat/a.png")
    manifest = csv(tmp_path / "m.csv", ["path,label,n", "cat/a.png,cat,1"])
    folder = source_fingerprint(str(tmp_path / "cat"), IngestOptions())
    first = source_fingerprint(str(manifest), IngestOptions())
    os.utime(manifest, (1, 1))
    assert source_fingerprint(str(manifest), IngestOptions()) == first
    csv(manifest, ["path,label,n", "cat/a.png,cat,2"])
    second = source_fingerprint(str(manifest), IngestOptions())
    assert second != first
    assert source_fingerprint(str(manifest), IngestOptions(classes=("cat",))) != second
    put(tmp_path, "cat/a.png", png(1))
    os.utime(tmp_path / "cat" / "a.png", (5, 5))
    assert source_fingerprint(str(manifest), IngestOptions()) != second
    assert source_fingerprint(str(tmp_path / "cat"), IngestOptions()) != folder


def test_fingerprinting_opens_no_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "cat/a.png")

    def opened(*_: Any, **__: Any) -> None:
        raise AssertionError("an image was opened")

    monkeypatch.setattr(Image, "open", opened)
    assert len(source_fingerprint(str(tmp_path), IngestOptions())) == 16
    assert len(list_source(str(SAMPLE), IngestOptions()).candidates) == 5000


@pytest.mark.skipif(not TRASHNET.is_dir(), reason="the shared photographs are not there")
def test_a_real_image_folder(tmp_path: Path) -> None:
    photographs = sorted(TRASHNET.glob("*/*1.jpg"))
    for photograph in photographs:
        put(tmp_path, f"{photograph.parent.name}/{photograph.name}", photograph.read_bytes())
    dataset = read(tmp_path, workers=2)
    assert dataset.classes == ("cardboard", "glass", "metal", "paper", "plastic", "trash")
    assert len(dataset.images) == len(photographs) > 200
    assert not dataset.refused
    assert set(column(dataset, "format")) == {"JPEG"}
    assert {max(size) for size in zip(column(dataset, "width"), column(dataset, "height"), strict=True)} == {128}
