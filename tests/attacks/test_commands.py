"""The attacks leave no command out."""

from __future__ import annotations

import shlex
from importlib import import_module

import pytest
import typer

from core.cli.app import app
from core.export.registry import all_exporters
from core.kinds.registry import all_kinds
from tests.attacks.__main__ import attacks
from tests.attacks.bench import BASE
from tests.attacks.commands import READS, SERVES, WRITES, commands_that_write


def test_every_command_of_the_table_is_attacked_or_writes_nothing() -> None:
    table = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert commands_that_write() | READS | SERVES == table
    assert not commands_that_write() & (READS | SERVES)
    assert not READS & SERVES


def test_every_format_of_export_and_every_kind_of_run_is_attacked() -> None:
    lines = [shlex.split(line) for line in WRITES.values()]
    formats = {words[words.index("--format") + 1] for words in lines if "--format" in words}
    assert formats == {one.name for one in all_exporters()}
    assert {kind.command for kind in all_kinds()} <= {words[0] for words in lines}


def test_every_line_is_one_that_the_command_line_understands() -> None:
    table = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for line in (*BASE, *WRITES.values()):
        name, *rest = shlex.split(line)
        table[name].make_context(name, rest)


def test_make_attack_runs_every_module_that_says_how_it_is_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {module.rpartition(".")[2] for module in attacks()}
    assert {"kills", "reviewing", "sessions", "fuzz_images"} <= names
    for module in attacks():
        monkeypatch.setattr("sys.argv", [module, "--help"])
        with pytest.raises(SystemExit):
            import_module(module).main()
        assert "--seed" in capsys.readouterr().out, f"{module} takes no seed, which make attack hands on"
