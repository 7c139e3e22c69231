"""What all pages share is written once: the class chooser, the empty state, the light table, commands under a text."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.audits import build_audit
from tests.pages.conftest import text

PAGES = Path(__file__).parents[2] / "pages"
ONLY_IN = {
    r"\bgrid\(": {"components/widgets/grid.py", "components/widgets/light_table.py"},
    r"address\.choose\(\s*\"class\"": {"components/layout/class_choice.py"},
    r"read_one\(\"class\"": {"components/layout/class_choice.py"},
    r"hardlook-what": {"components/layout/empty.py"},
    r"next_steps\(": {"components/layout/empty.py", "overview.py"},
    r"st\.code\(": {"components/layout/empty.py", "runs.py"},
    r"st\.(info|warning|error)\(": set(),
}
"""Pattern -> the files that may hold it; the Runs page shows commands that are no advice."""


@pytest.mark.parametrize("pattern", ONLY_IN)
def test_it_is_written_in_its_own_file_alone(pattern: str) -> None:
    holds = {
        str(path.relative_to(PAGES)) for path in PAGES.rglob("*.py") if re.search(pattern, path.read_text("utf-8"))
    }
    assert holds == ONLY_IN[pattern]


def test_no_script_of_a_page_has_a_text_that_streamlit_would_draw() -> None:
    """A text that stands alone in such a script is drawn; what is said of a name there is a comment."""
    for path in PAGES.glob("*.py"):
        others = ast.parse(path.read_text("utf-8")).body[1:]
        alone = [one.lineno for one in others if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)]
        assert alone == [], path


CHOOSING = {
    "hardest_easiest": {}, "label_suspects": {}, "error_by_difficulty": {}, "compare_scorers": {},
    "calibration": {"show": "rejection"},
}  # fmt: skip


@pytest.mark.parametrize("page", CHOOSING)
def test_a_class_is_chosen_in_the_same_box_and_ends_the_view_of_a_row_each(
    show: Callable[..., AppTest], folder_with: Callable[..., str], monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", folder_with(n=120))
    app = show(page, {**CHOOSING[page], "by": "class", "page": "2"})
    box = app.selectbox(key="choose_class")
    assert box.options[0] == "all classes"
    assert (box.options[1] == "all classes, a row each") == (page == "hardest_easiest")
    box.set_value(0).run()
    assert not app.exception
    assert app.query_params["class"] == "shirt"
    assert not {"by", "page"} & set(app.query_params)
    app.selectbox(key="choose_class").set_value(-1).run()
    assert "class" not in app.query_params


def test_a_row_for_each_class_is_a_choice_of_the_light_table(
    show: Callable[..., AppTest], folder_with: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", folder_with(n=120))
    app = show("hardest_easiest", {"class": "shirt", "each": "12"})
    app.selectbox(key="choose_class").set_value(-2).run()
    assert app.query_params["by"] == "class"
    assert not {"class", "each"} & set(app.query_params)


@pytest.mark.parametrize("page", ["label_suspects", "error_by_difficulty", "calibration"])
def test_without_labels_a_page_says_so_and_how_to_get_them(
    show: Callable[..., AppTest], tmp_path: Path, page: str
) -> None:
    build_audit(tmp_path, "my photos", n=40, labelled=False)
    said = text(show(page))
    assert "has a label, so" in said
    assert "hardlook audit PATH --audit 'my photos'" in said


def test_an_empty_state_without_a_command_shows_none(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=60)
    app: Any = show("hardest_easiest", {"where": "mode:CMYK"})
    assert "Choose another split or filter." in text(app)
    assert not app.code
