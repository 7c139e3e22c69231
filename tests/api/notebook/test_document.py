"""docs/notebook.ipynb runs from its first cell to its last, and what it shows is what runs show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from docs.make_notebook import NOTEBOOK, executed

NUMBER = re.compile(r"(?<![\w-])-?\d[\d,]*(?:\.\d+)?")
PLACE = re.compile(r"(?<![\w.<])/(?:home|root|tmp|work|usr|var|Users|mnt|opt)\b|[A-Z]:\\\\|site-packages")
COMMITTED = nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    return executed(tmp_path_factory.mktemp("notebook"))


def outputs(notebook: NotebookNode) -> list[tuple[list[str], list[Any]]]:
    """Tags and outputs of each cell of code."""
    return [(cell.metadata.get("tags", []), cell.outputs) for cell in notebook.cells if cell.cell_type == "code"]


def text_of(output: Any) -> str:
    return str(output.get("text", "") or output.get("data", {}).get("text/plain", ""))


def differs(shown: str, again: str) -> str:
    """What another run said differently: other words, or a number that is off by more than a tenth and 0.03."""
    if NUMBER.sub("#", shown).split() != NUMBER.sub("#", again).split():
        return f"{shown!r} is now {again!r}"
    for one, two in zip(NUMBER.findall(shown), NUMBER.findall(again), strict=True):
        before, after = (float(number.replace(",", "")) for number in (one, two))
        if abs(before - after) > max(0.03, 0.1 * abs(before)):
            return f"{one} is now {two}"
    return ""


def test_fifteen_cells_in_order_with_what_they_showed_and_nothing_of_a_machine() -> None:
    nbformat.validate(COMMITTED)
    assert len(COMMITTED.cells) == 15
    code = [cell for cell in COMMITTED.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        assert cell.outputs, cell.source
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text
            shown = {name: value for name, value in output.get("data", {}).items() if name != "image/png"}
            assert not PLACE.search(f"{output.get('text', '')} {shown}"), cell.source


def test_a_place_of_a_machine_and_another_figure_are_noticed() -> None:
    assert PLACE.search("in /tmp/x") is not None
    assert PLACE.search("T-shirt/top <td>1</td>") is None
    assert differs("n: 100 of 1,000", "n: 105 of 1,000") == ""
    assert differs("n: 100", "n: 120") == "100 is now 120"
    assert "is now" in differs("higher is harder", "lower is harder")


@pytest.mark.slow
def test_every_cell_shows_again_what_it_shows(run: NotebookNode) -> None:
    for (tags, shown), (_, again) in zip(outputs(COMMITTED), outputs(run), strict=True):
        assert [(one.output_type, *sorted(one.get("data", {}))) for one in shown] == [
            (one.output_type, *sorted(one.get("data", {}))) for one in again
        ]
        for one, two in zip(map(text_of, shown), map(text_of, again), strict=True):
            if "ranking" in tags and "\n" in one.strip():  # which of two equals comes first depends on the processor
                assert one.splitlines()[0].split() == two.splitlines()[0].split()
                assert len(one.splitlines()) == len(two.splitlines())
            else:
                assert differs(one, two) == ""


@pytest.mark.slow
def test_difficulty_tells_errors_and_the_review_halves_the_wrong_labels(run: NotebookNode, tmp_path: Path) -> None:
    said = [text_of(output) for _, shown in outputs(run) for output in shown]
    deciles = next(text for text in said if "decile" in text).splitlines()[1:]
    errors = [float(line.split()[4]) for line in deciles]
    assert errors[0] < errors[1] < errors[2]
    (last,) = [text for text in said if "wrong labels, counted" in text]
    _, before, after = (int(number.replace(",", "")) for number in NUMBER.findall(last))
    assert 0 < after < before / 2
