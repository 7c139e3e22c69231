"""What the documentation promises is there, and what is there is documented."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.cli.app import app
from core.export.registry import all_exporters
from core.scorers.registry import all_scorers, needs_in_words
from pages.components.layout import listing

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md")) + sorted((ROOT / "data").glob("*.md"))
COMMANDS = [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert re.search(rf"`(hardlook )?{re.escape(command)}\b", README), command


def test_the_readme_s_table_lists_every_scorer_with_what_it_needs() -> None:
    section = README.split("## Scorers")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| .* \| ([^|]+) \|$", section, re.MULTILINE)
    needs = {scorer.name: set(needs_in_words(scorer).split(", ")) for scorer in all_scorers()}
    assert {name for name, _ in rows} == set(needs)
    for name, words in rows:
        assert set(words.split(", ")) == needs[name], name


def test_a_direction_that_is_not_given_is_said_in_the_table() -> None:
    for scorer in all_scorers():
        (row,) = re.findall(rf"^\| `{scorer.name}` \|.*$", README, re.MULTILINE)
        said = "**measured**" in row or "nothing of difficulty" in row
        assert said == (scorer.direction is None), scorer.name


def test_every_format_of_export_is_in_the_documentation_with_what_it_is_written_to() -> None:
    section = (ROOT / "docs" / "review.md").read_text(encoding="utf-8").split("## Formats out")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|", section, re.MULTILINE)
    said = {name: to for names, to in rows for name in re.findall(r"`(\w+)`", names)}
    assert set(said) == {exporter.name for exporter in all_exporters()}
    for exporter in all_exporters():
        assert said[exporter.name].startswith(exporter.place), exporter.name


def test_every_page_of_the_dashboard_is_in_the_readme() -> None:
    for page in listing.PAGES:
        assert f"**{page.title}**" in README, page.title


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_every_row_stands_in_a_table(document: Path) -> None:
    """Below an empty line a row without a head of its own is drawn as text."""
    rows = document.read_text(encoding="utf-8").splitlines()
    firsts = [i for i, row in enumerate(rows) if row.startswith("|") and not (i and rows[i - 1].startswith("|"))]
    assert not [rows[i] for i in firsts if not re.fullmatch(r"\|(?:\s*:?-+:?\s*\|)+", rows[i + 1])]


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_links_between_files_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", text):
        assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_commands_in_the_documentation_have_the_options_they_are_shown_with() -> None:
    runner = CliRunner()
    shown = 0
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] == ["hardlook"] and len(words) > 1:
                    helped = runner.invoke(app, [words[1], "--help"])
                    assert helped.exit_code == 0, line
                    for option in (word for word in words[2:] if word.startswith("--")):
                        assert option in helped.output, line
                    shown += 1
    assert shown > 5


def test_the_methods_are_referred_to_by_their_place() -> None:
    spelling = "METHODS" + ".md"
    for folder in ("core", "pages", "tests", "docs"):
        for path in (ROOT / folder).rglob("*.*"):
            if path.suffix in (".py", ".md", ".js", ".css"):
                assert spelling not in path.read_text(encoding="utf-8"), path
