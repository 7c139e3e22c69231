"""A file of an audit that cannot be read is named, with what is wrong and the way out, and the way out works."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pytest

from core.answers.runs.damage import damage_in
from core.answers.runs.deletion import delete_run
from core.answers.view.reader import open_reader
from core.dataset import IngestOptions
from core.errors import RunUnreadable, Unreadable
from core.pipeline.ingest import ingest
from core.reviews import has_journal, open_journal
from core.reviews.schema import connect
from core.store import lookups, views
from core.store.audit import Audit, create_audit, find_audit
from core.store.database.damage import damage_of
from core.store.manifest import LARGEST
from core.store.thumbnails import ThumbnailWriter, path_of, read_thumbnails
from core.store.vectors import StoredVectors
from core.store.writer import run_once
from core.types import RunSpec
from tests.audits import FINGERPRINT, build_audit, publish
from tests.pictures import Heard, write_images

MANIFESTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no JSON"), "garbage": (b"\x89PNG\r\n", "no JSON"), "cut": (b'{"name": "sam', "no JSON"),
    "deep": (b"[" * 50_000 + b"]" * 50_000, "no JSON"),
    "a list": (b"[1]", "holds [1]"), "null": (b"null", "holds null"),
    "a number": (b"7", "holds 7"), "no format": (b'{"items": null}', "names no format"),
    "a format in words": (b'{"format": "1"}', "names no format"), "true": (b'{"format": true}', "names no format"),
    "newer": (b'{"format": 2, "items": null}', "is of format 2, and this Hardlook reads and writes format 1"),
    "older": (b'{"format": 0, "items": null}', "is of format 0"),
    "a path": (b'{"format": 1, "items": "../../x"}', "no fingerprint"),
    "items a list": (b'{"format": 1, "items": []}', "no fingerprint"),
    "huge": (b" " * (LARGEST + 1), "100,000 are the most"),
    "long number": (b'{"format": ' + b"1" * 5000 + b"}", "no JSON"),
}  # fmt: skip


@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_broken_audit_json_is_named_with_what_is_wrong(kind: str, tmp_path: Path) -> None:
    audit = create_audit("sample", tmp_path)
    (audit.path / "audit.json").write_bytes(MANIFESTS[kind][0])
    for use in (lambda: find_audit("sample", tmp_path), lambda: create_audit("sample", tmp_path), lambda: audit.runs()):
        with pytest.raises(Unreadable) as refused:
            use()
        assert str(audit.path / "audit.json") in refused.value.message
        assert MANIFESTS[kind][1] in refused.value.message
        assert refused.value.hint


def test_another_audit_is_found_beside_a_broken_one(tmp_path: Path) -> None:
    for name in ("broken", "sound"):
        create_audit(name, tmp_path)
    (tmp_path / "broken" / "audit.json").write_bytes(b"")
    assert find_audit("sound", tmp_path).name == "sound"


def flipped(path: Path) -> None:
    """One bit of a block that holds vectors: the file opens, its run is read, and its vectors are not."""
    whole = path.read_bytes()
    for at in range(len(whole) - 1000, 12_288, -20_000):
        changed = bytearray(whole)
        changed[at] ^= 4
        path.write_bytes(changed)
        try:
            with duckdb.connect(str(path), read_only=True) as connection:
                connection.execute("SELECT * FROM run").fetchall()
                try:
                    connection.execute("SELECT vector FROM embedding").fetchall()
                except duckdb.Error:
                    return
        except duckdb.Error:
            continue
    raise AssertionError(f"no byte of {path} is in its vectors alone")


def test_a_run_that_is_damaged_is_passed_over_until_its_file_is_another(tmp_path: Path) -> None:
    audit = build_audit(tmp_path, n=30, runs=False).audit
    drawn = np.random.default_rng(0).normal(size=(5000, 4)).astype(np.float32)
    publish(audit, "embed", "drawn", {"embedding": {"image_id": np.arange(5000, dtype=np.int32), "vector": drawn}})
    (run,) = audit.runs("embed")
    path, copy = audit.run_path(run.run_id), tmp_path / "copy"
    shutil.copyfile(path, copy)
    flipped(path)
    assert audit.unreadable_runs() == []  # nothing has met it yet
    with pytest.raises(RunUnreadable, match=f"{run.run_id}.*it is damaged, a checksum does not match"):
        np.asarray(StoredVectors(audit, run.run_id))
    assert run.run_id not in [each.run_id for each in audit.runs()]
    assert [each.path for each in audit.unreadable_runs()] == [path]
    assert run.run_id not in [each.run_id for each in open_reader(audit).hub.runs]
    shutil.copyfile(copy, path)
    assert run.run_id in [each.run_id for each in audit.runs()]


def test_a_run_in_anothers_place_is_no_run_of_this_name(tmp_path: Path) -> None:
    audit = build_audit(tmp_path, n=30).audit
    first, second = audit.runs("score")
    shutil.copyfile(audit.run_path(first.run_id), audit.run_path(second.run_id))
    (damaged,) = audit.unreadable_runs()
    assert damaged.message.endswith(f"it holds the run {first.run_id}.")


def test_a_run_that_cannot_be_read_is_not_taken_for_done_and_goes_by_the_advice(tmp_path: Path) -> None:
    audit = build_audit(tmp_path, n=30).audit
    (run,) = audit.runs("embed")
    audit.run_path(run.run_id).write_bytes(b"")
    spec = RunSpec("embed", run.name, run.inputs, run.parameters, run.seed, run.weights)
    with pytest.raises(RunUnreadable, match=run.run_id) as refused:
        run_once(audit, spec, lambda writer: None, d=4)
    assert str(refused.value.commands[0]) == f"hardlook runs --delete {run.run_id} --audit sample"
    delete_run(audit, run.run_id)
    assert run_once(audit, spec, lambda writer: None, d=4) == (run.run_id, True)


def test_images_of_another_audit_are_refused(tmp_path: Path) -> None:
    audit = build_audit(tmp_path, n=30, runs=False).audit
    with duckdb.connect(str(audit.items_path)) as connection:
        connection.execute("UPDATE identity SET fingerprint = 'cafe'")
    with pytest.raises(Unreadable, match="holds the images of another audit or state, cafe"):
        views.open_hub(audit)
    with pytest.raises(Unreadable, match="cafe"):
        open_journal(audit)


def test_a_question_that_a_damaged_file_fails_names_the_file(tmp_path: Path) -> None:
    audit = build_audit(tmp_path, n=30, runs=False).audit
    hub = views.open_hub(audit)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (x INTEGER)")
    with pytest.raises(duckdb.Error):
        hub.rows("SELECT nonsense FROM items.images")  # no file is to blame: it stays our mistake
    assert damage_in(audit) is None


@pytest.mark.parametrize("kind", ["garbage", "foreign", "newer", "a folder", "cut"])
def test_a_journal_that_cannot_be_read_is_named(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "sample" / "reviews.sqlite"
    path.parent.mkdir()
    if kind == "garbage":
        path.write_bytes(b"no database" * 100)
    elif kind == "a folder":
        path.mkdir()
    else:
        with closing(sqlite3.connect(path) if kind == "foreign" else connect(path)) as connection:
            if kind == "foreign":
                connection.execute("CREATE TABLE bookmarks (x)")
            if kind == "newer":
                connection.execute("PRAGMA user_version = 9")
        if kind == "cut":
            path.write_bytes(path.read_bytes()[:5000])
    with (
        pytest.raises(Unreadable, match=r"reviews\.sqlite cannot be read") as refused,
        closing(connect(path)) as opened,
    ):
        opened.execute("SELECT * FROM entry").fetchall()
    assert refused.value.hint
    if kind == "foreign":
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("bookmarks",)]


def test_the_earlier_manifest_is_still_read(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "old")
    audit.path.mkdir()
    (audit.path / "audit.json").write_text(json.dumps({"name": "old", "format": 1, "items": FINGERPRINT}))
    assert audit.items_fingerprint == FINGERPRINT


@pytest.mark.parametrize("content", [b"", b"no database" * 100], ids=["empty", "garbage"])
def test_thumbnails_that_cannot_be_read_are_absent_and_said(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audit = build_audit(tmp_path, n=10, runs=False).audit
    path_of(audit).write_bytes(content)
    assert read_thumbnails(audit, ["a hash"]) == {}
    assert f"{path_of(audit)} cannot be read" in capsys.readouterr().err


def test_a_flipped_byte_in_any_block_is_found_or_means_nothing_and_ingest_mends_it(tmp_path: Path) -> None:
    """Blocks of an index are read by a search alone: a look at every row of every table passes them by."""
    images = tmp_path / "photos"
    write_images(images, 9)
    audit = ingest(str(images), Heard(), name="a", options=IngestOptions(), folder=tmp_path / "audits")
    path, keys = audit.items_path, views.column(views.open_hub(audit), "key").tolist()
    whole, found = path.read_bytes(), []
    for block in range(3 * 4096, len(whole), 262_144):  # after three headers
        flipped = bytearray(whole)
        flipped[block + 100] ^= 1
        path.write_bytes(flipped)
        found.append(damage_of(path))
        if found[-1] is None:
            hub = views.open_hub(audit, ())
            assert all(len(lookups.ids_of(hub, [key])) == 1 for key in keys)
            continue
        ingest(str(images), Heard(), name="a", options=IngestOptions(), folder=tmp_path / "audits")
        assert damage_of(path) is None
    assert any(found)
    assert all("a checksum does not match" in one.message for one in found if one)


def test_a_link_that_leads_nowhere_is_a_file_that_cannot_be_read_not_one_that_is_missing(tmp_path: Path) -> None:
    audit = build_audit(tmp_path, n=12).audit
    for name in ("audit.json", "reviews.sqlite"):
        path = audit.path / name
        path.unlink(missing_ok=True)
        path.symlink_to(path)
    assert has_journal(audit)
    with pytest.raises(Unreadable, match="Too many levels of symbolic links"):
        find_audit("sample", tmp_path)
    with pytest.raises(Unreadable, match="Too many levels of symbolic links"):
        create_audit("sample", tmp_path)
    assert (audit.path / "audit.json").is_symlink()


@pytest.mark.parametrize("kind", ["a folder", "a link to itself"])
def test_what_lies_in_the_place_of_thumbnails_is_set_aside(kind: str, tmp_path: Path) -> None:
    audit = create_audit("a", tmp_path)
    path, said = path_of(audit), list[str]()
    if kind == "a folder":
        (path / "in it").mkdir(parents=True)
    else:
        path.symlink_to(path)
    with ThumbnailWriter(audit, said.append) as thumbnails:
        thumbnails.add([("hash", b"webp")])
    assert read_thumbnails(audit, ["hash"]) == {"hash": b"webp"}
    assert len(said) == 1
    assert "set aside as thumbnails.sqlite.unreadable-1" in said[0]
