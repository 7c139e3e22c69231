"""Every command that Hardlook prints can be pasted as it is: it parses, and it means the audit that it was said of."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from core.answers.overview.summary import summary
from core.cli.app import app
from core.errors import WITHOUT_AUDIT, HardlookError, MissingRun, command
from core.report.write import gathered, rendered
from core.store.audit import Audit
from tests.audits import build_audit, publish_map

ROOT = Path(__file__).parents[2]
NAME = "my photos (2)"
UsageError = next(one for one in typer.BadParameter.__mro__ if one.__name__ == "UsageError")  # Typer names it nowhere
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
START = re.compile(rf"hardlook (?={'|'.join(COMMANDS)}\b)")

KINDS: dict[str, dict[str, Any]] = {
    "images only": {"runs": False}, "all there": {}, "unlabelled": {"labelled": False},
    "a run in progress": {"unfinished": True}, "not evaluated": {"evaluated": False},
}  # fmt: skip
STAND_INS = ("x", "1", "lda", "minmax")
"""What stands for a word that is only known when a command is built: a name, a number, a choice."""

SPELLED_OUT = {
    "core/cli/app.py": "the help's examples, which no audit is at hand for",
    "core/cli/options.py": "the help of --encoder",
    "core/cli/score_evaluate.py": "the help of SCORER",
}
"""Files that may spell a command out, and why."""


def photos(folder: Path, *, mapped: bool = False, **kind: Any) -> Audit:
    """An audit whose folder a file manager copied, so that its name needs quoting."""
    made = build_audit(folder, "made", n=60, **kind)
    if mapped:
        publish_map(made)
    return Audit(made.audit.path.rename(folder / NAME))


def printed(text: str) -> list[str]:
    """The commands in a text. One ends with the name of its audit, or with the line."""
    found = []
    for piece in START.split(text)[1:]:
        line = piece.split("\n", 1)[0]
        ends = [line.index(end) + len(end) for end in (f"--audit '{NAME}'", "--audit NAME") if end in line]
        without = line.split()[0].strip(".,)`<")
        found.append(without if without in WITHOUT_AUDIT else line[: min(ends)] if ends else line)
    return found


def parsed(words: list[str]) -> dict[str, Any]:
    """The options as the command line understands them; nothing is run. Raises where it would not understand them."""
    rest = [word for word in words[1:] if word != "--help"]
    # Help may be asked for without the options that are required otherwise.
    context = COMMANDS[words[0]].make_context(words[0], rest, resilient_parsing="--help" in words)
    return dict(context.params)


def check(text: str, *, least: int = 1) -> None:
    """Every command in the text parses and means the audit, or a new one."""
    commands = printed(text)
    assert len(commands) >= least, text
    for one in commands:
        options = parsed(shlex.split(one))
        assert one in WITHOUT_AUDIT or options.get("audit") in (NAME, "NAME"), one


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the audits."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    return tmp_path


def test_a_command_quotes_what_a_shell_would_split() -> None:
    assert str(command(NAME, "score", "rmd")) == "hardlook score rmd --audit 'my photos (2)'"
    assert str(command(NAME, "reviews", "--add-class", "T-shirt 'n' top")).split(" --audit")[0] == (
        """hardlook reviews --add-class 'T-shirt '"'"'n'"'"' top'"""
    )


def test_commands_without_an_audit_are_those_that_take_none() -> None:
    takes_none = {name for name, one in COMMANDS.items() if "audit" not in {option.name for option in one.params}}
    assert takes_none == WITHOUT_AUDIT
    assert str(command(NAME, "encoders")) == "hardlook encoders"


def test_whoever_knows_the_audit_names_it_in_an_error_from_below() -> None:
    error = MissingRun("There is none.", "Run", command(None, "embed"), command("new", "ingest", "PATH"))
    error.name_audit(NAME)
    error.name_audit("other")  # whoever sees the error later knows less of where it comes from
    assert error.hint == "Run: hardlook embed --audit 'my photos (2)', or: hardlook ingest PATH --audit new"
    assert str(HardlookError("Wrong.", "Mend it.")) == "Wrong. Mend it."
    assert str(HardlookError("Wrong.")) == "Wrong."


@pytest.mark.parametrize("kind", KINDS)
def test_the_summary_and_the_report_print_such_commands(at: Path, kind: str) -> None:
    audit = photos(at, **KINDS[kind])
    check("\n".join(summary(audit)))
    report = rendered(gathered(audit)).replace("&#39;", "'").replace("&#x27;", "'").replace("</code>", "\n")
    check(report)


REFUSED: list[list[str]] = [
    *(["score", name] for name in ("rmd", "knn", "aum", "vog", "zero_shot", "duplicates", "nonesuch", "all")),
    *(["train", *options] for options in (["--difficulty", "md"], ["--loss", "difficulty_aware_entropy"])),
    *(["evaluate", *options] for options in ([], ["--grid", "g"], ["--ood", "held-out"], ["--difficulty-checks"],
                                               ["--vog-checks", "stability"])),
    ["selftest"], ["project"], ["rerank"], ["words"], ["prove"], ["embed", "--encoder", "nonesuch"],
    ["runs", "--delete", "train-1"],
    ["reviews", "--restore", "5"], ["reviews", "--compare", "5"], ["reviews", "--rename-class", "a=b"],
    ["export", "--format", "scores", "--to", "x.csv"], ["export", "--format", "cleanlab", "--to", "x.csv"],
    ["export", "--format", "decisions", "--to", "x.csv"],
    ["export", "--format", "parquet", "--to", "x.parquet", "--score", "s"],
]  # fmt: skip


@pytest.mark.slow
def test_what_a_command_refuses_comes_with_such_commands(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos(at, runs=False)
    monkeypatch.chdir(at)
    said = []
    for arguments in REFUSED:
        result = CliRunner().invoke(app, [*arguments, "--audit", NAME])
        assert result.exception is None or isinstance(result.exception, (HardlookError, SystemExit)), arguments
        said.append(result.output + str(result.exception or ""))
    check("\n".join(said), least=2 * len(REFUSED) // 3)


def calls() -> Iterator[tuple[str, list[str | None]]]:
    """Every call of the builder in the source: where, and its words, None for one that is only known later."""
    for path in (*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "command":
                words = [str(each.value) if isinstance(each, ast.Constant) else None for each in node.args[1:]]
                if not any(isinstance(each, ast.Starred) for each in node.args) and words and words[0] in COMMANDS:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", words


def test_every_command_in_the_source_has_the_options_and_arguments_of_the_command_line() -> None:
    found = list(calls())
    assert len(found) > 60
    assert {where: words for where, words in found if not understood(words)} == {}


def understood(words: list[str | None]) -> bool:
    """Whether some stand-in for the words that are not known makes the command one that parses."""
    for stand_in in STAND_INS:
        with suppress(UsageError):
            parsed([stand_in if word is None else word for word in words])
            return True
    return False


def test_no_text_in_the_source_spells_a_command_out() -> None:
    spelled = {}
    for path in (*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "app.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        for node in texts:
            if id(node) not in described and START.search(str(node.value)):
                spelled[str(path.relative_to(ROOT))] = node.value
    assert spelled.keys() == SPELLED_OUT.keys(), spelled
