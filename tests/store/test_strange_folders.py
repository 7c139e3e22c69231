"""Audits in folders whose paths hold what shells, URLs, SQL and DuckDB give a meaning to."""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.answers.view.reader import find_audit, open_reader
from core.answers.view.saved import tag_counts, tag_images
from core.dataset import IngestOptions
from core.errors import BadInput
from core.pipeline.embed import embed
from core.pipeline.ingest import ingest
from core.pipeline.scoring.score_any import score_any
from core.store import views
from core.store.audit import Audit, audits_folder, create_audit
from core.store.thumbnails import read_thumbnails
from core.store.unfinished import being_written, unfinished_runs
from core.store.writer import open_run, run_id
from core.types import RunSpec
from tests.audits import build_audit
from tests.pages.conftest import show, text
from tests.pictures import Heard, write_images

__all__ = ["show"]  # a fixture

STORE = Path(__file__).parents[2] / "core" / "store"
STRANGE = (
    "hash#q", "back\\slash", "\\", "100%", "%20", "%3F", "it's", 'say "so"', "two  blanks", " before", "after ",
    "semi;colon", "new\nline", "tab\there", "Ünïcode", "日本語", "🦊", "e\u0301", "\u202eltr", "a*b", "[a-z]", "{x,y}",
    "$HOME", "~", "-dash", "a:b", "file:x", ":memory:", "s3:", "a|b>c<d", "`id`", "\x01\x7f", "\udcff\udcfe", "x" * 255,
    "..dots..", "'; DROP TABLE run; --", "a=b&c", "md:x",
)  # fmt: skip
"""Names that a folder can have on Linux."""

UNWRITABLE = ("what?", "a?b=c&d", "?", "?" * 200, "both\\?", "\udcff?")
"""Those below which DuckDB cannot write."""

strange = pytest.mark.parametrize("name", STRANGE, ids=ascii)
unwritable = pytest.mark.parametrize("name", UNWRITABLE, ids=ascii)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    write_images(folder, 4)
    return folder


@pytest.mark.slow
@strange
def test_an_audit_is_made_and_read_in_a_folder_of_any_name(
    tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / "beside" / name
    monkeypatch.setenv("HARDLOOK_AUDITS", str(folder))
    audit = ingest(str(photos), Heard(), name="photos", options=IngestOptions())
    embedded = embed(audit, "embedded", Heard()).run_id
    score_any(audit, "knn", Heard(), encoder_run=None, model_run=None, parameters={}, device="cpu")
    assert not ingest(str(photos), Heard(), name="photos", options=IngestOptions()).unfinished()
    assert [run.kind for run in find_audit("photos").runs()] == ["embed", "score"]
    reader = open_reader(find_audit())
    assert np.isfinite(views.embedding(reader.hub, embedded)).all()
    assert len(views.score(reader.hub, reader.scores[0].address)) == 12
    hashes = [row["content_hash"] for row in reader.hub.rows("SELECT content_hash FROM items.images")]
    assert len(read_thumbnails(audit, hashes)) == 12
    tag_images(reader, np.arange(3, dtype=np.int32), "seen", "ann")
    assert tag_counts(reader, 1) == [("seen", 3)]
    assert os.listdir(tmp_path) == ["beside"]
    assert os.listdir(tmp_path / "beside") == [name]


@pytest.mark.parametrize("name", ["plain", "hash#q", "back\\slash", "\udcff\udcfe"], ids=ascii)
def test_a_run_that_is_being_written_is_known_wherever_it_lies(tmp_path: Path, name: str) -> None:
    audit, spec = create_audit("photos", tmp_path / name), RunSpec("embed", "embedded", {"items": "none"}, {})
    with open_run(audit, spec, d=4):
        assert [run.writing for run in unfinished_runs(audit)] == [True]
    assert not being_written(audit.partial_path(run_id(spec)))
    assert [run.writing for run in unfinished_runs(audit)] == [False]


@unwritable
def test_where_the_database_cannot_write_it_is_said_before_anything_is_written(
    tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / name))
    with pytest.raises(BadInput, match="misreads the '\\?'"):
        ingest(str(photos), Heard(), name="photos", options=IngestOptions())
    assert os.listdir(tmp_path) == []


@unwritable
def test_an_audit_that_was_moved_there_is_read_and_not_written(tmp_path: Path, name: str) -> None:
    made = build_audit(tmp_path / "plain", n=20)
    audit = Audit(Path(shutil.move(made.audit.path, tmp_path / name)))
    reader = open_reader(audit)
    assert len(views.score(reader.hub, reader.scores[0].address)) == 20
    with (
        pytest.raises(BadInput, match="misreads the '\\?'"),
        open_run(audit, RunSpec("embed", "embedded", {}, {}), d=4),
    ):
        pass
    assert not audit.unfinished()


def test_a_folder_made_anew_under_the_same_name_is_another(tmp_path: Path) -> None:
    for n in (20, 30):
        made = build_audit(tmp_path / f"plain {n}", n=n)
        there = Audit(Path(shutil.move(made.audit.path, tmp_path / "back\\slash")))
        assert open_reader(there).n_images == n
        shutil.rmtree(there.path)


@pytest.mark.parametrize("name", ["hash#q", "what?", "back\\slash", "\udcff\udcfe", "new\nline", "50% <b>off</b>"])
@pytest.mark.parametrize("page", ["overview", "hardest_easiest", "runs"])
def test_pages_draw_audits_in_strange_folders(
    show: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, page: str
) -> None:  # fmt: skip
    build_audit(tmp_path / "plain", n=20)
    shutil.move(tmp_path / "plain", tmp_path / name)
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / name))
    app = show(page)
    assert not app.exception
    assert "20 images" in text(app)


def test_paths_reach_the_database_in_one_place() -> None:
    for path in STORE.glob("*.py"):
        code = path.read_text(encoding="utf-8")
        opened = [ast.unparse(node) for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
        given = {call for call in opened if call.startswith("duckdb.connect(")}
        assert path.name == "database.py" or "ATTACH {" not in code, path.name
        assert not {call for call in given if "path" in call or "str(" in call}, path.name


def test_the_home_folder_is_meant_where_no_shell_has_read_its_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HARDLOOK_AUDITS", "~/audits")
    assert audits_folder() == tmp_path / "audits"
