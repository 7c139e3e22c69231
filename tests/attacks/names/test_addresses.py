"""A short run of what `python -m tests.attacks.names.addresses` does at length, and each part by itself."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.layout.address import LIST, PARTS, unreadable
from tests.attacks.names.addresses import audit_to_attack, fuzz
from tests.attacks.names.strange_names import STRANGE
from tests.pages.conftest import show, text

__all__ = ["show"]  # a fixture

ROOT = Path(__file__).parents[3]
READS = ("read", "read_one", "read_number", "read_several", "read_as")


@pytest.fixture(autouse=True)
def no_other_audits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))  # put back after `audit_to_attack` has set it


def parts_read() -> set[str]:
    """The parts that the code of the pages asks for, by their text or the constant that holds it."""
    found: set[str] = set()
    for path in (ROOT / "pages").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants: dict[str, ast.expr] = {}
        for node in tree.body:
            if isinstance(node, ast.Assign):
                names, values = (
                    one.elts if isinstance(one, ast.Tuple) else [one] for one in (node.targets[0], node.value)
                )
                constants |= {ast.unparse(name): value for name, value in zip(names, values, strict=False)}
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in {f"address.{name}" for name in READS}:
                given = constants.get(ast.unparse(call.args[0]), call.args[0])
                if isinstance(given, ast.Constant):
                    found.add(str(given.value))
    return found


def test_the_parts_that_are_attacked_are_those_that_pages_read() -> None:
    spelt_elsewhere = {"drawn", "page", "group_page"}  # handed on by name to what draws, and to what turns sheets
    assert parts_read() | spelt_elsewhere == set(PARTS)


def test_pages_read_the_address_in_one_place() -> None:
    readers = {
        "address.py",
        "filters.py",
        "modes.py",
    }  # the last two keep the whole of it: with a view, with a decision
    for path in [*(ROOT / "pages").rglob("*.py"), ROOT / "app.py"]:
        assert path.name in readers or "query_params." not in path.read_text(encoding="utf-8"), path


def test_addresses_are_answered_or_refused_in_words(tmp_path: Path) -> None:
    outcome = fuzz(300, tmp_path, draw=0, seed=1)
    assert outcome.faults == []
    assert outcome.answered == 300
    assert set(PARTS) <= set(outcome.parts)
    assert 30 < outcome.refused < 300


@pytest.mark.slow
def test_pages_are_drawn_at_any_address(tmp_path: Path) -> None:
    outcome = fuzz(12, tmp_path, draw=12, seed=2)
    assert outcome.faults == []
    assert outcome.pages.total() == 12


ONLY = (
    "ids:" + "9" * 5000, "ids:9223372036854775808", f"ids:1-{'9' * 30}", "saved:itself", "saved:one", "saved:round",
    "saved:none", "saved:old", "near:none", "upload:none", "nonsense", "x" * (LIST + 1), f"tag:x@{'9' * 40}",
)  # fmt: skip
"""Subsets that are none; the page says so and shows all images."""

OTHERS = (
    {"where": "true_label:1", "class": "none", "page": "9" * 5000, "nothing": "1"},
    {"where": "mode", "model": "none", "page": "-1", "image": "x" * 1001, "utm_source": ""},
    {"score": "none:x", "page": "٣", "each": "1e5", "by": "none", "tiles": "huge"},
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(len(OTHERS)))
def test_what_cannot_be_read_is_said_and_dropped(show: Callable[..., AppTest], tmp_path: Path, turn: int) -> None:
    audit_to_attack(tmp_path)
    app = show("hardest_easiest", {"split": "test"})
    for only in ONLY[turn :: len(OTHERS)]:
        bad = {"only": only, **OTHERS[turn]}
        for part, value in bad.items():
            app.query_params[part] = value
        app.run()
        assert not app.exception, bad
        said = text(app)
        assert [part for part in bad if f"Left out of the address: {part}=" not in said] == []
        assert set(app.query_params) == {"split"}
        assert "images" in said
    app.run()
    assert "Left out of the address" not in text(app)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "bad"),
    [
        ("embedding_map", {"drawn": "map:none~box,0,1,0,1", "classes": "none", "group": "99", "colour": "none"}),
        ("label_suspects", {"cut": "9" * 5000 + ":1", "agree": "9" * 20, "mode": "none"}),
        ("compare_scorers", {"drawn": "nonsense", "cut": "0.5", "show": "none", "scale": "none", "against": "none"}),
        ("error_by_difficulty", {"opened": "part=decile+1", "curves": "none", "images": "none", "labels": "none"}),
        ("calibration", {"show": "none", "models": "none", "bins": "none"}),
        ("runs", {"run": "../../x"}),
    ],
)
def test_every_page_says_what_it_does_not_have(
    show: Callable[..., AppTest], tmp_path: Path, page: str, bad: dict[str, str]
) -> None:
    audit_to_attack(tmp_path)
    app = show(page, {**bad, **({"at": "deciles"} if "opened" in bad else {})})
    assert not app.exception
    said = text(app)
    assert f"Left out of the address: {next(iter(bad))}=" in said
    assert next(iter(bad)) not in app.query_params


@pytest.mark.slow
def test_parts_without_a_value_are_left_out_and_only_those_that_no_page_has_are_named(
    show: Callable[..., AppTest], tmp_path: Path
) -> None:
    audit_to_attack(tmp_path)
    app = show("overview", dict.fromkeys(("nothing", *PARTS), ""))
    assert not app.exception
    assert text(app).count("Left out of the address") == 1
    assert "Left out of the address: nothing=. No page has such a part." in text(app)


@pytest.mark.parametrize("value", STRANGE, ids=ascii)
def test_no_part_is_read_that_a_page_or_the_store_could_not_hold(value: str) -> None:
    for name, longest in PARTS.items():
        fits = len(value) <= longest and "\x00" not in value and value.isascii() | (value not in ("\udcff", "\ud800"))
        assert bool(unreadable(name, value)) is not fits
