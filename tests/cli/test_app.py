from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from core.cli.app import app, main
from core.cli.options import settings_of
from core.errors import BadInput, HardlookError
from tests.pictures import write_images

COMMANDS = [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_text_with_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert f"hardlook {command}" in " ".join(result.output.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_a_help_text_says_what_stands_in_brackets(command: str) -> None:
    of_command = get_command(app).commands[command]  # type: ignore[attr-defined]
    texts = [of_command.help, *(getattr(parameter, "help", None) for parameter in of_command.params)]
    brackets = re.findall(r"\S*\[[^]\s]+\]", " ".join(text or "" for text in texts))
    printed = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
    assert [text for text in brackets if text not in printed] == []


def run(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.argv", ["hardlook", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["embed"], "hardlook audit PATH"),
        (["audit", "/nowhere/at/all"], "/nowhere/at/all"),
        (["score", "nonesuch"], "hardlook audit PATH"),
        (["dashboard", "--audit", "x"], "There is no audit"),
    ],
)
def test_an_error_names_the_thing_and_the_next_step_and_exits_with_1(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    assert run(arguments, monkeypatch) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("error: ")
    assert said in printed
    assert "Traceback" not in printed


def test_scorers_and_encoders_are_listed_without_an_audit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    assert run(["scorers"], monkeypatch) == 0
    assert run(["encoders"], monkeypatch) == 0
    printed = capsys.readouterr().out
    for part in ("rmd", "higher is harder", "measured on the data", "embedded", "bundled", "open_clip:ViT-B-32/openai"):
        assert part in printed


def test_a_parameter_is_read_as_json_where_it_is_json_and_as_text_elsewhere() -> None:
    given = ["pca=64", "share=0.99", "none=null", "name=auto", "on=true"]
    assert settings_of(given) == {"pca": 64, "share": 0.99, "none": None, "name": "auto", "on": True}
    with pytest.raises(BadInput, match="has no '='"):
        settings_of(["pca"])


def test_a_taken_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    from core.cli.serve import free_port

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=f"Port {port} on 127.0.0.1"):
            free_port("127.0.0.1", port)
        assert free_port("127.0.0.1", None) != port


@pytest.mark.parametrize("command", ["ingest", "audit"])
def test_a_plan_is_said_and_leaves_no_audit(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_images(tmp_path / "photos", 1)
    assert run([command, str(tmp_path / "photos"), "--plan", "--layout", "flat"], monkeypatch) == 0
    said = capsys.readouterr().out
    assert "3 images · 0 classes · 3 train · 3 unlabelled" in said
    assert "layout: flat: given" in said
    assert not (tmp_path / "audits").exists()


def test_a_value_as_long_as_a_file_is_shown_by_its_ends_so_that_the_message_can_be_read() -> None:
    error = HardlookError(f"There is no class {'x' * 200_000!r}; there is 'cat'.", "Choose one.")
    assert len(str(error)) < 400
    assert str(error).startswith("There is no class 'xxx")
    assert "(200,003 characters)" in str(error)
    assert str(error).endswith("; there is 'cat'. Choose one.")
    path = "/".join(["folder"] * 190)  # a path is what one has to act on: it stays whole
    assert path in str(HardlookError(f"There is nothing at {path}."))


def test_a_list_that_nobody_reads_to_its_end_is_shown_by_its_ends_in_a_message_and_in_an_advice() -> None:
    names = ", ".join(f"'column {i}'" for i in range(100_000))
    error = HardlookError(f"It has {names}; none is an image.", f"Name one of {names}; that is all.")
    for text in (error.message, error.advice):
        assert len(text) < 4_000
        assert "'column 0', 'column 1'" in text
        assert " characters) … " in text
        assert "'column 99999'; " in text


def test_the_version_is_that_of_the_package() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.output) == (0, f"hardlook {version('hardlook')}\n")


def test_the_table_of_commands_loads_none_of_what_they_work_with() -> None:
    """Each help waits for what is loaded here: a quarter of a second of NumPy and DuckDB would double it."""
    heavy = ("numpy", "duckdb", "pyarrow", "torch", "pandas", "streamlit", "packaging", "mcp", "PIL")
    code = f"import sys, core.cli.app; print([one for one in {heavy!r} if one in sys.modules])"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
