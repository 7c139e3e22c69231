"""Every page on every kind of audit, by Streamlit's own test runner. What one page does is in its own test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.store.audit import create_audit
from tests.pages.conftest import ROOT, components, text
from tests.serving import PAGES

KINDS: dict[str, dict[str, Any]] = {
    "images only": {"n": 20, "runs": False},
    "as the bundled one": {"n": 200, "mapped": True},
    "one class": {"n": 60, "n_classes": 1, "mapped": True},
    "unlabelled": {"n": 60, "labelled": False, "mapped": True},
    "a run in progress": {"n": 60, "unfinished": True, "mapped": True},
    "a thousand classes": {"n": 1000, "n_classes": 1000, "mapped": True},
    "not evaluated": {"n": 60, "evaluated": False, "mapped": True},
    "five images": {"n": 5, "mapped": True},
}
"""Kind -> how `build_audit` makes it."""

# What each page asks for first, where there are images and nothing else.
FIRST = {"label_suspects": "score suspicion", "embedding_map": "project", "calibration": "train", "runs": "embed"}

FIGURE = "figure"
DRAWS = {
    "overview": {FIGURE, "hardlook_table"}, "hardest_easiest": {"hardlook_grid"}, "error_by_difficulty": {FIGURE},
    "calibration": {FIGURE, "hardlook_table"}, "compare_scorers": {FIGURE}, "embedding_map": {FIGURE},
    "label_suspects": {FIGURE, "hardlook_grid", "hardlook_table"}, "runs": {"hardlook_table"},
}  # fmt: skip
"""What a page draws at least, wherever there is something to draw it from; any other draws something at all."""

INSTEAD: dict[tuple[str, str], str] = {
    **{("images only", name): f"hardlook {step}" for name, step in {
        "hardest_easiest": "score rmd", "error_by_difficulty": "score rmd", "compare_scorers": "score rmd", **FIRST,
    }.items() if name != "runs"},
    **{("unlabelled", name): "hardlook audit PATH --audit sample" for name in (
        "error_by_difficulty", "calibration", "label_suspects")},
    ("one class", "label_suspects"): "0 suspects",
    ("five images", "error_by_difficulty"): "Choose other images",
}  # fmt: skip
"""What a page says on a kind of audit in place of what it cannot draw."""

every_page = pytest.mark.parametrize("name", PAGES.values())


def test_every_page_is_among_them() -> None:
    assert sorted(PAGES.values()) == sorted(path.stem for path in (ROOT / "pages").glob("[!_]*.py"))


@every_page
def test_without_an_audit_the_commands_that_make_one_are_named(show: Callable[..., AppTest], name: str) -> None:
    app = show(name)
    assert not app.exception
    assert "There is no audit" in text(app)
    assert "hardlook demo" in text(app)


@every_page
def test_an_audit_without_images_names_the_command(show: Callable[..., AppTest], tmp_path: Path, name: str) -> None:
    create_audit("new", tmp_path)
    app = show(name)
    assert not app.exception
    assert "hardlook audit PATH --audit new" in text(app)


@every_page
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_audit_is_shown(
    show: Callable[..., AppTest], folder_with: Callable[..., str], monkeypatch: pytest.MonkeyPatch, name: str,
    kind: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("HARDLOOK_AUDITS", folder_with(**KINDS[kind]))
    app = show(name)
    assert not app.exception
    said, drawn = text(app), {*components(app), *([FIGURE] if app.get("plotly_chart") else [])}
    assert "labels as given" in said
    if kind == "images only" and name in DRAWS:
        assert f"hardlook {FIRST.get(name, 'score rmd')}" in said
        assert "--audit sample" in said
    if (kind, name) in INSTEAD:
        assert INSTEAD[kind, name] in said
    elif name in DRAWS:
        assert drawn >= DRAWS[name]
    else:
        assert drawn or "hardlook " in said


@every_page
def test_a_thousand_classes_can_be_chosen_from_wherever_classes_are(
    show: Callable[..., AppTest], folder_with: Callable[..., str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", folder_with(**KINDS["a thousand classes"]))
    app = show(name)
    choices = [len(box.options) for box in app.selectbox if box.label == "class"]
    if name in ("hardest_easiest", "error_by_difficulty", "calibration", "compare_scorers"):
        assert len(choices) == 1
    # The others list classes in tables, whose rows are the choice, or show all of them at once.
    assert all(n > 1000 for n in choices)


@pytest.mark.parametrize("name", ["overview", "runs"])
def test_a_run_in_progress_is_named_with_the_command_that_goes_on(
    show: Callable[..., AppTest], folder_with: Callable[..., str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", folder_with(**KINDS["a run in progress"]))
    assert "hardlook train --model resnet8 --seed 0 --epochs 20 --audit sample" in text(show(name))
    monkeypatch.setenv("HARDLOOK_AUDITS", folder_with(n=60, mapped=True))
    assert "hardlook train --model resnet8 --seed 0 --epochs 20 --audit sample" not in text(show(name))
