"""Formats of export: found by themselves, registered once, named by the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.cli.app import app
from core.cli.formats import format_names
from core.errors import BadInput
from core.export.registry import all_exporters, folder, get_exporter, of_audit, of_both, table
from core.export.rows import Export
from core.store.audit import Audit


def test_the_help_of_export_names_every_format() -> None:
    said = CliRunner().invoke(app, ["export", "--help"], env={"COLUMNS": "300"}).output
    assert f"<{'|'.join(exporter.name for exporter in all_exporters())}>" in said


def test_a_format_that_is_none_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["export", "--format", "nonesuch", "--to", str(tmp_path / "x")], env={"COLUMNS": "300"}
    )
    assert done.exit_code == 2
    assert "'nonesuch' is no export format. Use one of arrays, cleanlab, decisions, fiftyone, " in done.output
    with pytest.raises(BadInput, match="no export format"):
        get_exporter("nonesuch")


def test_a_shell_completes_formats_by_their_beginning() -> None:
    assert format_names("ma") == ["manifest"]


def test_a_format_is_registered_once() -> None:
    all_exporters()

    def of_rows(export: Export, to: Path) -> int:
        return len(export.rows)

    def of_images(export: Export, to: Path, how: str) -> tuple[int, list[str]]:
        return len(export.rows), []

    def of_all(audit: Audit, to: Path) -> int:
        return 0

    with pytest.raises(ValueError, match="'manifest' is registered twice"):
        table("manifest")(of_rows)
    with pytest.raises(ValueError, match="'manifest' is registered twice"):
        folder("manifest")(of_images)
    with pytest.raises(ValueError, match="'manifest' is registered twice"):
        of_audit("manifest")(of_all)
    with pytest.raises(ValueError, match="'manifest' is registered twice"):
        of_both("manifest")(lambda audit, export, to: len(export.rows))
