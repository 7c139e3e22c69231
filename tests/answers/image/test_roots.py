from __future__ import annotations

import os
import shutil
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.answers.image.detail import detail, find_image
from core.answers.image.roots import outside_roots
from core.answers.view.reader import Reader, open_reader
from core.dataset import IngestOptions
from core.pipeline.ingest import ingest
from core.store import lookups
from core.store.thumbnails import read_thumbnails
from tests.pictures import Heard, write_images


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    write_images(tmp_path / "photos", 2, seed=0)
    return tmp_path / "photos"


@pytest.fixture
def reader(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    return open_reader(ingest(str(photos), Heard(), options=IngestOptions()))


def opened(reader: Reader, path: Path, photos: Path) -> tuple[bytes, str]:
    image_id = find_image(reader, str(path.relative_to(photos)))
    assert image_id is not None
    found = detail(reader, image_id, [])
    assert found is not None
    return found.picture, found.refusal


def test_a_link_put_in_a_file_s_place_after_the_ingest_is_not_followed(
    reader: Reader, photos: Path, tmp_path: Path
) -> None:
    image = min(photos.rglob("*.png"))
    assert opened(reader, image, photos)[0]
    # The very same bytes, so that only where they lie can give it away.
    secret = tmp_path / "elsewhere.png"
    shutil.move(image, secret)
    image.symlink_to(secret)
    picture, refusal = opened(reader, image, photos)
    assert picture == b""
    assert "outside the audit's folders" in refusal


def test_nor_is_one_put_in_a_folder_s_place(reader: Reader, photos: Path, tmp_path: Path) -> None:
    image = min(photos.rglob("*.png"))
    shutil.move(image.parent, tmp_path / "moved")
    image.parent.symlink_to(tmp_path / "moved")
    picture, refusal = opened(reader, image, photos)
    assert picture == b""
    assert "outside the audit's folders" in refusal


def test_a_link_within_the_root_is_followed(reader: Reader, photos: Path) -> None:
    image = min(photos.rglob("*.png"))
    os.rename(image, photos / "kept.bin")
    image.symlink_to(photos / "kept.bin")
    assert opened(reader, image, photos)[0]


def test_paths_beside_the_root_and_torchvision_s_own_are_told_apart(reader: Reader, photos: Path) -> None:
    assert outside_roots(reader.hub, f"{photos}-other/a.png")
    assert outside_roots(reader.hub, "/etc/passwd")
    assert outside_roots(reader.hub, f"{photos.parent}/shards.parquet::image")
    assert not outside_roots(reader.hub, "torchvision:MNIST::train::data")


def test_what_is_shown_is_encoded_anew(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but pixels leaves, small or full size: what is written into a file or behind it stays where it is."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    image, note = photos / "red" / "polyglot.png", PngInfo()
    note.add_text("Comment", "<svg onload=alert(1)>")
    Image.new("RGB", (40, 30), "teal").save(image, pnginfo=note)
    image.write_bytes(image.read_bytes() + b"<!doctype html><script>alert(2)</script>")
    made = ingest(str(photos), Heard(), options=IngestOptions())
    reader = open_reader(made)
    image_id = find_image(reader, "red/polyglot.png")
    assert image_id is not None
    picture, refusal = opened(reader, image, photos)
    assert refusal == ""
    digest = lookups.image_rows(reader.hub, [image_id])[0]["content_hash"]
    thumbnail = read_thumbnails(made, [digest])[digest]
    for shown in (picture, thumbnail):
        with Image.open(BytesIO(shown)) as decoded:
            assert decoded.format in ("PNG", "WEBP")
        assert b"alert" not in shown
        assert b"<s" not in shown


@pytest.mark.parametrize("data", [b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"<html><script>"])
def test_markup_put_in_a_picture_s_place_is_not_handed_on(reader: Reader, photos: Path, data: bytes) -> None:
    image = min(photos.rglob("*.png"))
    image.write_bytes(data)
    picture, refusal = opened(reader, image, photos)
    assert picture == b""
    assert refusal


@pytest.mark.parametrize("name", ["drawn.svg", "drawn.png", "page.jpg", "page.html"])
def test_svg_and_html_are_no_images_of_an_audit_whatever_they_are_called(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    data = "<svg xmlns='http://www.w3.org/2000/svg'/>" if name.startswith("drawn") else "<!doctype html><script>"
    (photos / "red" / name).write_text(data)
    reader = open_reader(ingest(str(photos), Heard(), options=IngestOptions()))
    assert find_image(reader, f"red/{name}") is None
    assert reader.n_images == 6
