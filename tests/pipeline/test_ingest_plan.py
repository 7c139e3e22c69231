from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from PIL import Image

from core.answers.overview.dataset import dataset_facts
from core.answers.view.reader import open_reader
from core.dataset import IngestOptions
from core.errors import BadInput, TwoReadings
from core.pipeline.ingest import ingest
from core.pipeline.ingest_plan import plan_ingest
from core.store.audit import Audit, create_audit
from tests.dataset.listed import put, tree
from tests.pictures import Heard, write_images

ACCOUNT = re.compile(r"  found ([\d,]+) = ([\d,]+) (?:kept|to open) \+ ([\d,]+) refused \+ ([\d,]+) passed over")


def account(heard: Heard) -> tuple[int, ...]:
    """The four numbers of the line that an ingest or a plan ends with."""
    match = ACCOUNT.fullmatch(heard.lines[-1])
    assert match, heard.text
    return tuple(int(number.replace(",", "")) for number in match.groups())


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Images of three classes, a broken one, one that is no image, and litter."""
    folder = tmp_path / "photos"
    write_images(folder, 4)
    put(folder, "red/broken.png", data=b"")
    put(folder, "notes.txt", ".hidden/a.png", "@eaDir/b.png")
    return folder


def ingested(tmp_path: Path, source: Path, heard: Heard) -> Audit:
    return ingest(str(source), heard, options=IngestOptions(), folder=tmp_path / "audits")


def test_a_plan_says_how_an_input_is_read_opens_no_image_and_writes_nothing(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: Any, **__: Any) -> None:
        raise AssertionError("an image was opened")

    monkeypatch.setattr(Image, "open", opened)
    monkeypatch.setenv("HARDLOOK_AUDITS", str(photos.parent / "audits"))
    heard = Heard()
    before = sorted(photos.rglob("*"))
    plan_ingest(str(photos), heard, IngestOptions())
    assert sorted(photos.rglob("*")) == before
    assert not (photos.parent / "audits").exists()
    assert heard.lines[0].startswith(f"plan of {photos}: 13 images · 3 classes · 13 train")
    for part in ("layout: class: 'blue', 'green', 'red'", "labels: from the folders", "splits: none is named",
                 "class order: ", "passed over, not an image by its name: 1, 'notes.txt' first",
                 "(change it with --layout)"):  # fmt: skip
        assert part in heard.text, heard.text
    assert account(heard) == (16, 13, 0, 3)


def test_an_ingest_says_the_same_lines_keeps_them_and_accounts_for_everything(tmp_path: Path, photos: Path) -> None:
    planned, heard = Heard(), Heard()
    plan_ingest(str(photos), planned, IngestOptions())
    made = ingested(tmp_path, photos, heard)
    assert set(planned.lines[1:-1]) <= set(heard.lines)
    assert account(heard) == (16, 12, 1, 3)
    facts = dataset_facts(open_reader(made))
    assert [about for about, _, _ in facts.reading] == [
        "layout", "labels", "splits", "ids", "class order", "pixels", "passed over", "passed over",
        "passed over",
    ]  # fmt: skip
    assert all(text in heard.text for about, text, _ in facts.reading if about != "passed over")


def test_an_audit_from_before_its_reading_was_kept_still_opens(tmp_path: Path, photos: Path) -> None:
    made = ingested(tmp_path, photos, Heard())
    with duckdb.connect(str(made.items_path)) as connection:
        connection.execute("DROP TABLE understood; DROP TABLE passed_over")
    facts = dataset_facts(open_reader(made))
    assert facts.reading == ()
    assert dict(facts.facts)["images"] == "12"


def test_a_plan_asks_what_an_ingest_would_ask(tmp_path: Path) -> None:
    tree(tmp_path / "in", ["cat", "dog", "test"])
    with pytest.raises(TwoReadings):
        plan_ingest(str(tmp_path / "in"), Heard(), IngestOptions())
    heard = Heard()
    plan_ingest(str(tmp_path / "in"), heard, IngestOptions(layout="[split]/class"))
    assert "4 train, 2 test · 2 unlabelled" in heard.lines[0]


def test_rows_of_tables_are_accounted_for_as_files_are(tmp_path: Path) -> None:
    write_images(tmp_path / "in", 1)
    rows = ["path,label", "red/0-0.png,r", "blue/0-0.png,b", "red/0-0.png,again", "gone.png,r", "../x.png,r", ",r"]
    (tmp_path / "in" / "m.csv").write_text("\n".join(rows))
    heard = Heard()
    ingested(tmp_path, tmp_path / "in" / "m.csv", heard)
    assert account(heard) == (6, 2, 4, 0)


def test_a_folder_that_cannot_be_listed_is_refused_by_name(tmp_path: Path, photos: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may list everything")
    (photos / "green").chmod(0)
    heard = Heard()
    ingested(tmp_path, photos, heard)
    assert "refused, unreadable: 'green/'" in heard.text


def test_audits_that_cannot_be_written_name_the_folder_and_the_way_out(photos: Path) -> None:
    put(photos.parent, "file")
    with pytest.raises(BadInput, match=r"Audits cannot be written in .*file/audits: Not a directory.*HARDLOOK_AUDITS="):
        ingest(str(photos), Heard(), options=IngestOptions(), folder=photos.parent / "file" / "audits")


@pytest.mark.parametrize("kind", ["missing", "empty", "two readings", "another source"])
def test_an_input_that_is_refused_leaves_no_audit_but_one_that_was_there(
    tmp_path: Path, photos: Path, kind: str
) -> None:
    audits, source = tmp_path / "audits", tmp_path / "given"
    if kind == "empty":
        source.mkdir()
    if kind == "two readings":
        tree(source, ["cat", "dog", "test"])
    folder = audits / "a"
    if kind == "another source":
        ingest(str(photos), Heard(), name="a", options=IngestOptions(), folder=audits)
        write_images(source, 2)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(BadInput):
        ingest(str(source), Heard(), name="a", options=IngestOptions(), folder=audits)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}.keys() == before.keys()
    assert folder.exists() == bool(before)


def test_an_audit_or_a_folder_that_was_there_stays(tmp_path: Path) -> None:
    audit = create_audit("a", tmp_path)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "notes.txt").write_text("mine")
    for name in ("a", "b"):
        with pytest.raises(BadInput):
            ingest(str(tmp_path / "missing"), Heard(), name=name, options=IngestOptions(), folder=tmp_path)
    assert (audit.path / "audit.json").exists()
    assert (tmp_path / "b" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("source", ["", " "])
def test_an_empty_path_is_not_the_current_folder(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_images(tmp_path, 2)
    monkeypatch.chdir(tmp_path)
    plan_ingest(".", Heard(), options=IngestOptions())
    with pytest.raises(BadInput, match=f"The path is '{source}', which names nothing"):
        plan_ingest(source, Heard(), options=IngestOptions())
