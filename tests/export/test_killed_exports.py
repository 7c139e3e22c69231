"""An export that was killed does not look finished, whatever its format, and the next one takes its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.cli.app import app
from core.errors import BadInput
from core.export.registry import Exporter, all_exporters
from core.files import whole
from core.files.leftovers import part_of_file
from core.pipeline.export import export
from core.progress import Quiet
from core.store.audit import AUDITS_VARIABLE
from tests.audits import Made
from tests.files.test_leftovers import mark_of_nobody

FORMATS = pytest.mark.parametrize("format", all_exporters(), ids=lambda format: format.name)


class Killed(BaseException):
    """Stands for a kill: no handler of Exception may catch it."""


def target(folder: Path, format: Exporter) -> Path:
    endings = format.endings or {"labelstudio": (".json",)}.get(format.name, (".csv",))
    return folder / ("export" if format.place == "folder" else f"export{endings[0]}")


def below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@FORMATS
def test_nothing_has_its_name_before_all_is_written(
    reviewed: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: Exporter
) -> None:
    (tmp_path / "out").mkdir()
    to = target(tmp_path / "out", format)
    written: list[set[str]] = []

    def killed(folder: Path) -> None:
        written.append(below(folder))
        assert os.listdir(to.parent) == [folder.name]
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(whole, "_sync_below", killed)
        with pytest.raises(Killed):
            export(reviewed.audit, Quiet(), format.name, to)
    export(reviewed.audit, Quiet(), format.name, to)
    assert written == [below(to.parent)]  # it was whole by then, and is the same now


@FORMATS
def test_what_a_killed_export_left_goes_and_what_is_anothers_stays(
    reviewed: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: Exporter
) -> None:
    to = target(tmp_path / "out", format)
    process = part_of_file(to)
    left = process.with_name(f".{to.name}.{mark_of_nobody()}-0.part")
    (left / to.name / "train").mkdir(parents=True)
    going_on = process.with_name(f".other.{process.name.split('.')[-2]}.part")
    going_on.mkdir()
    export(reviewed.audit, Quiet(), format.name, to)
    assert set(os.listdir(to.parent)) - {to.name, f"{to.name}.json"} == {going_on.name}
    before = {path: path.read_bytes() for path in to.parent.rglob("*") if path.is_file()}
    monkeypatch.setenv(AUDITS_VARIABLE, str(reviewed.audit.path.parent))
    words = ["export", "--format", format.name, "--to", str(to), "--audit", reviewed.audit.name]
    assert "exist" in str(CliRunner().invoke(app, words).exception) or format.place == "folder"
    assert CliRunner().invoke(app, words).exit_code != 0
    assert {path: path.read_bytes() for path in to.parent.rglob("*") if path.is_file()} == before


@FORMATS
def test_one_killed_after_all_had_its_name_is_whole_and_leaves_nothing_beside_it(
    reviewed: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: Exporter
) -> None:
    to = target(tmp_path / "out", format)

    def killed(folder: Path) -> None:
        folder.rename(folder.with_name(f".{to.name}.{mark_of_nobody()}-0.part"))
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(whole, "remove", killed)
        with pytest.raises(Killed):
            export(reviewed.audit, Quiet(), format.name, to)
    before = {path: path.read_bytes() for path in to.parent.rglob("*") if path.is_file() and ".part" not in str(path)}
    with pytest.raises(BadInput, match=r"exist|not empty"):
        export(reviewed.audit, Quiet(), format.name, to)
    assert {path: path.read_bytes() for path in to.parent.rglob("*") if path.is_file()} == before
    assert set(os.listdir(to.parent)) <= {to.name, f"{to.name}.json"}
