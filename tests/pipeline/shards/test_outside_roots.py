"""Whoever wrote the items of a folder of shards cannot make a stage open what lies elsewhere, or ask another host."""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.dataset import IngestOptions
from core.errors import Unreachable
from core.images.pixels import PixelSource, Refusal
from core.images.roots import Roots
from core.pipeline.shards.begun import begin
from core.pipeline.shards.checked import Ingest, ingest_spec
from core.pipeline.shards.divide import shard
from core.pipeline.shards.drive import Drive
from core.pipeline.shards.folder import HEADER, ShardFolder, fingerprint_of
from core.pipeline.shards.reached import within_reach
from core.pipeline.shards.stored.header import DIGEST, header_of, header_text
from core.progress import Quiet
from core.remote.fetching import WAITS
from tests.pictures import Heard, write_images
from tests.remote.serving import Site, serving

SHARDS = Path(__file__).parents[3] / "core" / "pipeline" / "shards"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server that nobody allowed, and below it a folder that nobody allowed, with a picture in every form."""
    monkeypatch.setattr("core.remote.fetching.WAITS", (0.0,) * len(WAITS))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    write_images(tmp_path / "elsewhere", 2, size=32)
    np.savez(tmp_path / "elsewhere" / "a.npz", x=np.zeros((2, 8, 8, 3), np.uint8))
    np.save(tmp_path / "elsewhere" / "a.npy", np.zeros((2, 8, 8, 3), np.uint8))
    picture = (tmp_path / "elsewhere" / "red" / "0-0.png").read_bytes()
    pq.write_table(pa.table({"image": [picture]}), tmp_path / "elsewhere" / "a.parquet")
    with serving(tmp_path / "elsewhere") as site:
        yield site


@pytest.fixture
def folder(tmp_path: Path) -> ShardFolder:
    """One shard of 12 pictures in a folder of their own."""
    write_images(tmp_path / "photos", 4, seed=1, size=32)
    return shard(str(tmp_path / "photos"), Quiet(), to=tmp_path / "shards", rows=20, options=IngestOptions())


def rewritten(folder: ShardFolder, places: list[tuple[str, int | None]], roots: list[str] | None = None) -> ShardFolder:
    """The folder as somebody else hands it on: its first items lie at these places, and all hashes are right."""
    items = folder.items(0)
    for column, values in (("path", [path for path, _ in places]), ("row", [row for _, row in places])):
        values = [*values, *items[column].to_pylist()[len(places) :]]
        kind = items.schema.field(column).type
        items = items.set_column(items.column_names.index(column), column, pa.array(values, kind))
    pq.write_table(items, folder.item_file(0))
    header = json.loads((folder.path / HEADER).read_text())
    header["items"] = [fingerprint_of(folder.item_file(0).read_bytes())]
    header["roots"] = header["roots"] if roots is None else roots
    said = {name: value for name, value in header.items() if name not in ("format", "fingerprint", DIGEST)}
    (folder.path / HEADER).write_text(header_text(header_of(said)))
    return ShardFolder(folder.path)


def ingested(folder: ShardFolder) -> pa.Table:
    begin(folder, ingest_spec(folder))
    return Ingest(folder, ingest_spec(folder)).shard(0)


def test_places_outside_the_roots_are_left_out_with_the_reason_and_nothing_there_is_opened(
    folder: ShardFolder, elsewhere: Site, tmp_path: Path
) -> None:
    photos, other = tmp_path / "photos", tmp_path / "elsewhere"
    (photos / "link.png").symlink_to(other / "red" / "0-0.png")
    (photos / "linked").symlink_to(other)
    (tmp_path / "photos-of-others").symlink_to(other)
    places: list[tuple[str, int | None]] = [
        (f"{elsewhere.url}red/0-0.png", None), (str(other / "red" / "0-0.png"), None), ("/etc/hostname", None),
        (f"{photos}/../elsewhere/red/0-0.png", None), (str(photos / "link.png"), None),
        (str(photos / "linked" / "red" / "0-0.png"), None), (str(tmp_path / "photos-of-others/red/0-0.png"), None),
        (f"{other}/a.npz::x", 0), (f"{other}/a.npy", 1), (f"{other}/a.parquet::image", 0),
        ("torchvision:MNIST::train::/etc", 0),
    ]  # fmt: skip
    facts = ingested(rewritten(folder, places))
    assert facts["reason"].to_pylist() == ["outside the roots"] * len(places) + [None]
    details = facts["detail"].to_pylist()
    assert details[2] == "it lies in /etc, which was not allowed when the data was read"
    assert "under no prefix that is allowed" in details[0]
    assert elsewhere.asked == {}


def test_what_is_no_path_at_all_is_left_out_too(folder: ShardFolder) -> None:
    places: list[tuple[str, int | None]] = [
        ("a\0b.png", None), ("", None), (".", None), ("/", None), ("s3://", None), ("x" * 5000, None),
        ("torchvision:a::b::c/../../../../../../etc/hostname", None),
        ("torchvision:", 0), ("::", 0),
    ]  # fmt: skip
    facts = ingested(rewritten(folder, places))
    assert facts["reason"].to_pylist()[len(places) :] == [None] * 3
    assert None not in facts["reason"].to_pylist()[: len(places)]


@pytest.mark.parametrize("roots", [[], ["http://127.0.0.1:9/"], ["s3://bucket/photos/"]])
def test_a_folder_below_no_root_that_was_written_down_is_not_opened(folder: ShardFolder, roots: list[str]) -> None:
    facts = ingested(rewritten(folder, [], roots))
    assert set(facts["reason"].to_pylist()) == {"outside the roots"}


def test_a_root_that_is_not_there_on_this_machine_is_one_all_the_same(folder: ShardFolder, tmp_path: Path) -> None:
    shutil.move(tmp_path / "photos", tmp_path / "moved")
    with pytest.raises(Unreachable, match="in which the images lie, is not there or empty"):
        ingested(folder)
    (tmp_path / "photos").symlink_to(tmp_path / "moved")  # mounted elsewhere, and linked to
    assert ingested(folder)["reason"].null_count == 12


def test_an_image_elsewhere_is_not_what_shows_that_the_others_place_is_there(
    folder: ShardFolder, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "photos")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "kept.txt").touch()
    with pytest.raises(Unreachable, match="Not one of the 12 images is to be had"):
        ingested(folder)
    with pytest.raises(Unreachable, match="Not one of the 12 images is to be had"):
        ingested(rewritten(folder, [("/etc/hostname", None)]))


def test_what_opens_images_later_follows_links_as_they_are_then(
    folder: ShardFolder, elsewhere: Site, tmp_path: Path
) -> None:
    facts, items = ingested(folder), folder.items(0)
    path = Path(items["path"][0].as_py())
    other = shutil.copy(path, tmp_path / "elsewhere" / "same.png")
    path.unlink()
    path.symlink_to(other)
    with within_reach(items, facts["content_hash"], folder.roots) as images:
        for read in (images.rgb, images.read):
            with pytest.raises(Refusal, match=r"outside the roots \(it lies in .*elsewhere"):
                read(0)
        assert images.rgb(1).size == (32, 32)
        assert images.absent == []


def test_torchvision_s_own_data_is_read_where_nothing_else_is_allowed() -> None:
    roots = Roots.recorded([])
    assert roots.refuses_image("torchvision:MNIST::train::/data", 3) == ""
    assert roots.refuses_image("torchvision:MNIST::train::/data", None) != ""
    assert roots.refuses_image("/data/a.png", None) == "it lies in /data"


def test_the_first_line_says_where_images_are_opened(folder: ShardFolder, tmp_path: Path) -> None:
    said = Heard()
    with Drive(folder, said, 1) as drive:
        drive.ingest()
        drive.ingest()
    line = f"{folder.name}: images are opened below {str(tmp_path / 'photos')!r}, and nowhere else"
    assert said.lines[0] == line
    assert said.lines.count(line) == 1


def test_stages_open_images_in_one_place() -> None:
    made: dict[str, set[str]] = {}
    for path in sorted(SHARDS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if called in ("PixelSource", "open_container", "fetch", "check_images"):
                told = {ast.unparse(one.value) for one in node.keywords if one.arg == "roots"}  # type: ignore[attr-defined]
                made.setdefault(path.name, set()).update({called, *told})
    assert made == {"reached.py": {"PixelSource"}, "checked.py": {"check_images", "Roots.recorded(roots)"}}


def test_an_image_that_may_not_be_opened_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> bytes:
        raise AssertionError(path)

    monkeypatch.setattr("core.images.pixels._read_file", refuse)
    monkeypatch.setattr("core.images.pixels.open_container", refuse)
    source = PixelSource(["/etc/hostname", "/etc/a.npy"], [None, 0], roots=Roots.recorded([str(tmp_path)]))
    for row in (0, 1):
        with pytest.raises(Refusal, match="it lies in /etc"):
            source.read(row)
