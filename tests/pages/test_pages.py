"""The light table, the header and the overview, run by Streamlit's own test runner on real audits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.audits import build_audit, publish
from tests.pages.conftest import components, text


@pytest.mark.parametrize(
    "address",
    [
        {"by": "class"}, {"class": "shirt"}, {"class": "no such class"}, {"split": "nonesuch"}, {"page": "99999"},
        {"page": "-1"}, {"page": "9" * 30}, {"each": "0"}, {"each": "x"}, {"score": "nonesuch:rmd"}, {"model": "x"},
        {"where": "mode:L"}, {"where": "mode"}, {"where": "key:x"}, {"image": "../../etc/passwd"}, {"tiles": "huge"},
    ],
    ids=str,
)  # fmt: skip
def test_any_address_is_answered(
    show: Callable[..., AppTest], folder_with: Callable[..., str], monkeypatch: pytest.MonkeyPatch,
    address: dict[str, str],
) -> None:  # fmt: skip
    monkeypatch.setenv("HARDLOOK_AUDITS", folder_with(n=60))
    app = show("hardest_easiest", address)
    assert not app.exception
    assert components(app)["hardlook_grid"]["sheets"]


def test_a_filter_that_leaves_nothing_says_so(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=60)
    app = show("hardest_easiest", {"where": "mode:CMYK"})
    assert not app.exception
    assert "No image in view has a value of rmd" in text(app)


def test_the_sheet_asked_for_is_sent_ahead_of_its_neighbours(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=120)
    grid = components(show("hardest_easiest", {"page": "3"}))["hardlook_grid"]
    assert list(grid["sheets"]) == ["3"]
    assert grid["sheets"]["3"]["range"] == "49–72 of 117"
    assert grid["pages"] == 5


def test_the_chosen_audit_opens_and_the_newest_without_a_choice(
    show: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_audit(tmp_path, "first", n=20, runs=False)
    build_audit(tmp_path, "second", n=30, runs=False)
    assert "30 images" in text(show("overview"))
    monkeypatch.setenv("HARDLOOK_AUDIT", "first")
    assert "20 images" in text(show("overview"))
    assert "30 images" in text(show("overview", {"audit": "second"}))


def test_a_run_in_progress_is_named(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=20, unfinished=True)
    app = show("overview")
    assert "train-resnet8-" in text(app)
    assert "hardlook train --model resnet8 --seed 0 --epochs 20 --audit sample" in text(app)


def test_a_new_run_is_seen_on_the_next_run_of_the_page(show: Callable[..., AppTest], tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=20, runs=False)
    assert "no score yet" in text(show("overview"))
    ids = list(range(20))
    publish(made.audit, "score", "rmd", {
        "score": {"name": ["rmd"] * 20, "image_id": ids, "value": [float(i) for i in ids]},
        "score_column": {"name": ["rmd"], "scorer": ["rmd"], "parameters": ["{}"], "direction": [1]},
    })  # fmt: skip
    assert "no score yet" not in text(show("overview"))
