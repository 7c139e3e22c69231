"""docs/papers.md: every section has its row, and what a row names is there: command, page and test."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from core.cli.app import app
from core.experiments.papers import all_sections
from pages.components.layout.listing import PAGES

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "papers.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split(" | ")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith("| in the paper") and line.count(" | ") == 4 and "tests/" in line
]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def test_every_section_has_a_row_that_names_it() -> None:
    for section in all_sections():
        rows = [row for row in ROWS if f"--section {section.key}`" in row[2]]
        assert len(rows) == 1, section.key
        assert rows[0][0] == section.place
        assert section.paper in shlex.split(rows[0][2].strip("`"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_a_row_names_is_there(row: list[str]) -> None:
    place, what, commands, page, tests = row
    assert place
    assert what
    for command in re.findall(r"`(hardlook [^`]+)`", commands):
        _, name, *words = shlex.split(command)
        assert name in COMMANDS
        COMMANDS[name].make_context(name, words)  # parsed as the command line does, with unknown options refused
    assert commands.startswith("`hardlook ")
    assert page in {one.title for one in PAGES}
    for path in re.findall(r"`([^`]+)`", tests):
        assert (ROOT / path).exists(), path


def test_every_section_is_for_a_page_of_the_row() -> None:
    by_name = {page.name: page.title for page in PAGES}
    for section in all_sections():
        (row,) = [row for row in ROWS if f"--section {section.key}`" in row[2]]
        assert row[3] == by_name.get(section.page, "Papers"), section.key
