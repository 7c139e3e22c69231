"""A damaged shards.json or stage.json: named, passed over where it can be, and written anew; no work is lost by it."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.cli.app import app
from core.errors import BadInput, HardlookError, MissingRun, Unreadable
from core.pipeline.shards.begun import BEGUN_BY, OtherVersion, begin, begun_in, spec_named, stages_of
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.stage import StageSpec, ledger_of
from core.pipeline.shards.stored.spec import spec_text
from tests.pipeline.shards.made import change_header, divide_pictures, files, scored

EMBED = ("--encoder", "embedded", "--image-size", "32", "--layers", "last", "--device", "cpu", "--workers", "1")


def _removed(file: Path) -> None:
    file.unlink()


def _folder(file: Path) -> None:
    file.unlink()
    (file / "in it").mkdir(parents=True)


def _link(file: Path) -> None:
    file.unlink()
    file.symlink_to(file)


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a byte": lambda file: _replaced(file, '"', "#", 3), "a letter": lambda file: _lettered(file),
    "cut off": lambda file: _written(file, file.read_bytes()[:40]), "empty": lambda file: _written(file, b""),
    "nested": lambda file: _written(file, b"[" * 100_000), "garbage": lambda file: _written(file, b"\xff\x00" * 99),
    "another's": lambda file: _written(file, b'{"kind": "embed", "inputs": {}, "parameters": {}}'),
    "null": lambda file: _written(file, b"null"), "removed": _removed, "a folder": _folder, "a link": _link,
    "a pipe": _pipe,
}  # fmt: skip
SOME = ("a letter", "cut off", "a folder")


def _replaced(file: Path, old: str, new: str, count: int) -> None:
    file.write_text(file.read_text().replace(old, new, count))


def _lettered(file: Path) -> None:
    """Another last letter of the first text that follows "source" or of what the stage is made of."""
    text, count = re.subn(r'("(?:source|inputs)": (?:{\s*"\w+": )?"[^"]*)[^"]"', r'\1x"', file.read_text(), count=1)
    assert count == 1
    file.write_text(text)


def _written(file: Path, content: bytes) -> None:
    file.write_bytes(content)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> ShardFolder:
    """Scored shards, which no test changes."""
    folder = divide_pictures(tmp_path_factory.mktemp("whole"), rows=25)
    assert scored(folder, workers=1).missing == {}
    return folder


@pytest.fixture
def folder(whole: ShardFolder, tmp_path: Path) -> ShardFolder:
    """One to damage."""
    shutil.copytree(whole.path, tmp_path / "shards")
    return ShardFolder(tmp_path / "shards")


@pytest.fixture(autouse=True)
def audits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))


def run(*words: object) -> str:
    """What a command says that works."""
    ended = CliRunner().invoke(app, [str(word) for word in words])
    assert ended.exit_code == 0, (ended.output, ended.exception)
    return ended.output


def refused(*words: object) -> str:
    """What a command is refused with, and its next step."""
    ended = CliRunner().invoke(app, [str(word) for word in words])
    assert isinstance(ended.exception, HardlookError), (ended.output, ended.exception)
    return str(ended.exception)


def said_of(folder: ShardFolder, kind: str) -> Path:
    (spec,) = stages_of(folder, kind)
    return Path(str(folder.path / spec.name / "stage.json"))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_stage_whose_file_is_damaged_is_named_and_written_anew_by_the_command_that_began_it(
    folder: ShardFolder, damage: str
) -> None:
    file, before = said_of(folder, "embed"), files(folder)
    content = file.read_text()
    DAMAGES[damage](file)
    listed = run("runs", folder.path)
    assert f"{file.parent.name} passed over: {file} cannot be read" in listed
    assert listed.count("2 of 2") == 6
    said = refused("score", folder.path, "centroid")
    assert "has no embedding" in said
    assert str(file) in said
    assert "hardlook embed" in said
    embedded = run("embed", folder.path, *EMBED)
    assert "nothing was to do" in embedded
    assert ("written anew" in embedded) == (damage != "removed")
    assert file.read_text() == content
    assert "nothing was to do" in run("score", folder.path, "centroid", "--workers", "1")
    assert "passed over" not in run("runs", folder.path)
    assert files(folder) == before


def test_the_usual_encoder_is_not_begun_with_where_it_is_not_known_which_one_was(folder: ShardFolder) -> None:
    DAMAGES["cut off"](file := said_of(folder, "embed"))
    begun = set(os.listdir(folder.path))
    said = refused("embed", folder.path, "--workers", "1")
    assert f"{file.parent.name} was begun with an encoder that is not known any more" in said
    assert "--encoder ENCODER" in said
    assert set(os.listdir(folder.path)) == begun


@pytest.mark.parametrize("damage", SOME)
@pytest.mark.parametrize("kind", ["ingest", "centroid"])
def test_a_lens_does_without_a_damaged_file_that_it_does_not_need(folder: ShardFolder, kind: str, damage: str) -> None:
    DAMAGES[damage](said_of(folder, kind))
    run("lens", folder.path, "--images", "8", "--by", "rmd_oof", "--audit", "hard")


def test_a_damaged_file_is_said_once_where_it_is_passed_over(
    folder: ShardFolder, capfd: pytest.CaptureFixture[str]
) -> None:
    file = said_of(folder, "centroid")
    DAMAGES["a letter"](file)
    for _ in range(3):
        assert stages_of(folder, "centroid") == []
    said = capfd.readouterr().err
    assert said.count(f"{file} cannot be read: what it says is not what its folder is called after") == 1
    assert BEGUN_BY in said
    with pytest.raises(Unreadable, match=r"stage\.json cannot be read"):
        spec_named(folder, file.parent.name)


def test_stages_of_other_versions_are_named_and_passed_over(folder: ShardFolder) -> None:
    (embed,) = stages_of(folder, "embed")
    later = StageSpec("later", {"embed": embed.name}, {"of": [1, {"a": None}]})
    names = [later.name, StageSpec("centres", {"embed": embed.name}, {}).name_in(1), embed.name_in(7)]
    lacking = StageSpec("rmd", {"folds": "folds-0"}, {})
    for spec, name in zip((later, StageSpec("centres", {"embed": embed.name}, {}), embed, lacking),
                          (*names, lacking.name), strict=True):  # fmt: skip
        (folder.path / name).mkdir()
        (folder.path / name / "stage.json").write_text(spec_text(spec.kind, spec.inputs, spec.parameters))
    listed = run("runs", folder.path)
    for name in (*names, lacking.name):
        assert f"{name} passed over: {name} is of another version of Hardlook" in listed
    assert all(isinstance(one.error, OtherVersion) for one in begun_in(folder).passed_over)
    assert "nothing was to do" in run("score", folder.path, "rmd", "--workers", "1")
    made = run("lens", folder.path, "--images", "8", "--by", "rmd_oof", "--audit", "hard")
    assert "passed over" not in made


def test_what_only_looks_like_a_stage_is_none(folder: ShardFolder) -> None:
    (folder.path / "embed-0123456789ab").write_text("a file")
    (folder.path / "rmd-0123456789ab").mkdir()
    assert "passed over" not in run("runs", folder.path)
    with pytest.raises(BadInput, match="has no stage"):
        spec_named(folder, "embed-0123456789ab")


def test_a_begun_stage_keeps_its_file_and_a_whole_one_is_not_written_again(folder: ShardFolder) -> None:
    (spec,) = stages_of(folder, "rmd")
    file = said_of(folder, "rmd")
    before = file.stat().st_mtime_ns
    begin(folder, spec)
    assert file.stat().st_mtime_ns == before
    DAMAGES["a folder"](file)
    begin(folder, spec)
    assert stages_of(folder, "rmd") == [spec]
    assert (file.with_name("stage.json.unreadable-1") / "in it").is_dir()
    assert ledger_of(folder, spec).done() == {0, 1}


# shards.json


def divide(folder: ShardFolder, source: Path, *more: str) -> tuple[str, ...]:
    return ("shard", str(source), "--to", str(folder.path), "--rows", "25", *more)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_header_is_written_anew_by_the_command_that_divided_and_all_work_stays(
    whole: ShardFolder, folder: ShardFolder, damage: str
) -> None:
    file, before, photos = Path(str(folder.path / "shards.json")), files(folder), whole.path.parent / "photos"
    content = file.read_text()
    DAMAGES[damage](file)
    said = refused("runs", folder.path)
    if damage != "removed":
        assert f"{file} cannot be read" in said
        assert f"hardlook shard PATH --to {folder.path}" in said
    divided = run(*divide(folder, photos))
    assert "shards.json is written anew, and all that the stages have made stays" in divided
    assert file.read_text() == content
    assert files(folder) == before
    assert run("runs", folder.path).count("2 of 2") == 7
    assert "it was divided before" in run(*divide(folder, photos))


def test_a_header_is_not_written_for_other_items_or_options(
    whole: ShardFolder, folder: ShardFolder, tmp_path: Path
) -> None:
    file, photos = folder.path / "shards.json", whole.path.parent / "photos"
    DAMAGES["cut off"](file)
    content = file.read_bytes()
    other = divide_pictures(tmp_path / "other", rows=25).path.parent / "photos"
    for words in (divide(folder, other), divide(folder, photos, "--pixel-range", "0,200"),
                  ("shard", str(photos), "--to", str(folder.path), "--rows", "20")):  # fmt: skip
        said = refused(*words)
        assert f"{file} cannot be read" in said
        assert "with the same options" in said
    folder.item_file(1).unlink()
    assert "holds other items" in refused(*divide(folder, photos))
    assert file.read_bytes() == content


def test_a_header_of_a_newer_format_is_not_written_over(whole: ShardFolder, folder: ShardFolder) -> None:
    file = folder.path / "shards.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "format": 2}))
    assert "Update Hardlook" in refused(*divide(folder, whole.path.parent / "photos"))
    assert "Update Hardlook" in refused("score", folder.path, "rmd")


def test_a_folder_that_an_earlier_version_divided_is_read(folder: ShardFolder) -> None:
    change_header(folder, "labelled", "roots", "found", "notes", "passed_over", "refused")
    header = json.loads((folder.path / "shards.json").read_text())
    (folder.path / "shards.json").write_text(json.dumps({**header, "digest": None}).replace(', "digest": null', ""))
    assert run("runs", folder.path).count("2 of 2") == 7


def test_a_model_that_cannot_be_read_is_said_where_none_is_left(folder: ShardFolder) -> None:
    (folder.path / "predict-0123456789ab").mkdir()
    (folder.path / "predict-0123456789ab" / "stage.json").write_text("{")
    ended = CliRunner().invoke(app, ["evaluate", str(folder.path), "--workers", "1"])
    assert isinstance(ended.exception, MissingRun)
    assert "has no model; predict-0123456789ab is passed over" in str(ended.exception)
