"""TAB in real shells, and the manual page in real readers of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.main import get_command

from core.cli.app import app
from core.cli.shell.manual import PAGE, page
from core.cli.shell.names import audit_names, encoder_names, scorer_names
from core.images.limits import MEGAPIXELS, MEGAPIXELS_VARIABLE
from core.processes.cores import THREADS_VARIABLE
from core.store.audit import AUDITS_VARIABLE
from tests.audits import build_audit
from tests.cli.as_process import run_command

ROOT = Path(__file__).parents[2]
START = "import sys; sys.argv[0] = 'hardlook'; from core.__main__ import main; main()"
TOP = get_command(app)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One in which `hardlook` is a command, and there are two audits."""
    folder = tmp_path_factory.mktemp("shell")
    command = folder / "bin" / "hardlook"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{START}" "$@"\n')
    command.chmod(0o755)
    for name in ("clothes", "cats"):
        build_audit(folder, name, n=12, runs=False)
    path = f"{command.parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "HARDLOOK_AUDITS": str(folder), "HOME": str(folder)}


def in_bash(words: list[str]) -> str:
    """What bash runs when TAB is pressed after the last of the words."""
    quoted = " ".join(f"'{word}'" for word in words)
    return (
        'eval "$(hardlook completion bash)"; '
        f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _hardlook_completion hardlook; "
        'printf "%s\\n" "${COMPREPLY[@]}"; complete -p hardlook'
    )


def in_zsh(words: list[str]) -> str:
    """What zsh runs: `_arguments` and `_describe` print what they are given in place of showing it."""
    return (
        'compdef() { :; }; _arguments() { print -l -- "$@"; }; '
        'eval "$(hardlook completion zsh)"; '
        f"words=({' '.join(repr(word) for word in words)}); CURRENT={len(words)}; _hardlook_completion"
    )


def in_fish(words: list[str]) -> str:
    return f"hardlook completion fish | source; complete --do-complete '{' '.join(words)}'"


SHELLS: dict[str, Callable[[list[str]], str]] = {"bash": in_bash, "zsh": in_zsh, "fish": in_fish}


@pytest.mark.parametrize("shell", SHELLS)
def test_tab_completes_commands_options_and_names(shell: str, environment: dict[str, str]) -> None:
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell} here")
    for words, wanted, other in (
        (["hardlook", "imp"], "import-predictions", "export"),
        (["hardlook", "train", "--ep"], "--epochs", "--seed"),
        (["hardlook", "runs", "--audit", "cl"], "clothes", "cats"),
        (["hardlook", "score", "su"], "suspicion", "rmd"),
        (["hardlook", "embed", "--encoder", "emb"], "embedded", "timm"),
    ):
        code = SHELLS[shell](words)
        done = subprocess.run([shell, "-c", code], env=environment, capture_output=True, text=True, check=False)
        assert wanted in done.stdout, (words, done.stdout, done.stderr)
        assert other not in done.stdout.replace("hardlook", ""), (words, done.stdout)


def test_what_is_offered_is_what_there_is(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", environment["HARDLOOK_AUDITS"])
    assert sorted(audit_names("")) == ["cats", "clothes"]
    assert {"all", "rmd", "vog"} <= set(scorer_names(""))
    assert "embedded" in encoder_names("")
    monkeypatch.setenv("HARDLOOK_AUDITS", "/dev/null/none")
    assert audit_names("") == []


def test_a_shell_that_is_none_is_refused_with_those_there_are() -> None:
    ended = run_command(["completion", "tcsh"])
    assert ended.code == 2
    assert all(shell in ended.err for shell in SHELLS)


def test_the_manual_page_is_that_of_the_help_and_names_every_command_and_option() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(app), "Run: .venv/bin/python -m core.cli.shell.manual"
    assert run_command(["man"]).out == written
    plain = written.replace("\\-", "-")
    assert ".SS hardlook score [FOLDER] SCORER...\n" in plain
    for variable in (AUDITS_VARIABLE, THREADS_VARIABLE, MEGAPIXELS_VARIABLE):
        assert f"${variable}" in plain.split(".SH ENVIRONMENT")[1]
    assert f"; {MEGAPIXELS} if it is not set" in plain
    for name, command in TOP.commands.items():  # type: ignore[attr-defined]
        section = plain.split(f".SS hardlook {name}", 1)[1].split("\n.S", 1)[0]
        for parameter in command.params:
            assert parameter.hidden or all(option in section for option in parameter.opts if option.startswith("-"))


READERS = {
    "man": ["man", "--warnings", "-l"],
    "mandoc": ["mandoc", "-T", "utf8"],
    "groff": ["groff", "-man", "-Tutf8", "-Kutf8", "-ww"],
}


@pytest.mark.parametrize("reader", READERS)
def test_readers_of_manual_pages_show_it_and_complain_of_nothing(reader: str) -> None:
    if not shutil.which(reader):
        pytest.skip(f"there is no {reader} here")
    environment = {**os.environ, "MANWIDTH": "100", "MANPAGER": "cat", "LC_ALL": "C.UTF-8"}
    done = subprocess.run([*READERS[reader], str(PAGE)], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    shown = re.sub(r".\x08|\x1b\[[0-9;]*m", "", done.stdout)  # bold is written over itself, or in colours
    for line in ("Take a hard look", "EXIT STATUS", "hardlook audit PATH", "Example: hardlook score rmd --set pca=64"):
        assert line in shown, line


def test_an_environment_that_has_it_finds_it_by_name(tmp_path: Path) -> None:
    if not shutil.which("man"):
        pytest.skip("there is no man here")
    (tmp_path / "bin").mkdir()
    place = tmp_path / "share" / "man" / "man1"
    place.mkdir(parents=True)
    shutil.copy(PAGE, place)  # where the wheel puts it
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "MANPAGER": "cat"}
    environment.pop("MANPATH", None)
    done = subprocess.run(["man", "hardlook"], env=environment, capture_output=True, text=True, check=False)
    assert "Take a hard look" in done.stdout, done.stderr
