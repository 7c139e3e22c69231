"""The page Compare audits: what it compares, what it shows of it, and that the address says all of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.reviews import RELABELLED, By, Decision, ReviewedImage, decide, open_journal
from core.store.audit import Audit
from pages.components.layout import address
from tests.answers.differences.test_matching import Image, state
from tests.audits import build_audit
from tests.differing import scored
from tests.pages.conftest import components, text
from tests.pages.figures_said import shown_on, unsaid

CLASSES = ["cat", "dog", "owl"]
BEFORE: list[Image] = [(f"{i:02d}", f"c{i}", CLASSES[i % 2], "train") for i in range(20)]
AFTER: list[Image] = [
    *BEFORE[2:16], ("16", "edited", "cat", "train"), ("17", "c17", "owl", "train"), ("new name", "c18", "cat", "train"),
    ("<b>came</b>", "c20", "dog", "train"),
]  # fmt: skip


@pytest.fixture
def two(tmp_path: Path) -> tuple[Audit, Audit]:
    made = state(tmp_path, "old", BEFORE, CLASSES), state(tmp_path, "young", AFTER, CLASSES)
    for audit, n in zip(made, (len(BEFORE), len(AFTER)), strict=True):
        values = np.random.default_rng(n).random(n).astype(np.float32)
        scored(audit, {"rmd": values}, suggested=np.arange(n) % 3)
    return made


def drawn(app: AppTest) -> tuple[dict[str, str], list[dict[str, Any]], str]:
    """Counts by what became of images, the tiles of the sheet, and what stands above them."""
    assert not app.exception, app.exception[0].value
    tables = [each for each in app.get("bidi_component") if each.proto.component_name == "hardlook_table"]
    counts = {row["cells"][0]["text"]: row["cells"][1]["text"] for row in json.loads(tables[0].proto.json)[0]["rows"]}
    sheets = components(app).get("hardlook_grid", {}).get("sheets", {})
    groups = [group for sheet in sheets.values() for band in sheet["bands"] for group in band["groups"]]
    tiles = [tile for group in groups for tile in group["tiles"]]
    return counts, tiles, groups[0]["title"] if groups else ""


def test_it_counts_and_shows_what_differs(show: Callable[..., AppTest], two: tuple[Audit, Audit]) -> None:
    app = show("compare_audits", {"audit": "old", "with": "young"})
    counts, tiles, title = drawn(app)
    assert counts == {"came": "1", "went": "3", "renamed": "1", "changed content": "1", "changed label": "1"}
    assert title == "changed label"
    assert [(one["key"], one["given"], one["suggested"]) for one in tiles] == [("17", "dog", "owl")]
    assert "From old: 20 images, labels as given, for nothing is reviewed." in text(app)
    assert "To young: 18 images" in text(app)
    assert not unsaid(shown_on(app))


SHOWN = {
    "came": [("<b>came</b>", "dog", "", "<b>came</b>")],
    "went": [("00", "cat", "", "00"), ("01", "dog", "", "01"), ("19", "dog", "", "19")],
    "renamed": [("new name", "cat", "", "was 18")],
    "content": [("16", "cat", "", "before"), ("16", "cat", "", "after")],
}


@pytest.mark.parametrize("which", SHOWN)
def test_the_address_says_which_images_are_shown(
    show: Callable[..., AppTest], two: tuple[Audit, Audit], which: str
) -> None:
    app = show("compare_audits", {"audit": "old", "with": "young", "show": which})
    tiles = drawn(app)[1]
    assert sorted((one["key"], one["given"], one["suggested"], one["note"]) for one in tiles) == sorted(SHOWN[which])


def test_what_moved_and_the_suspects_of_a_score(show: Callable[..., AppTest], two: tuple[Audit, Audit]) -> None:
    app = show("compare_audits", {"audit": "old", "with": "young", "show": "moved"})
    tiles = drawn(app)[1]
    assert len(tiles) > 5
    assert all("→" in one["note"] for one in tiles)
    assert "by rmd; places in percentiles from the easy end, counted" in text(app)
    assert not unsaid(shown_on(app))
    for which in ("suspects_came", "suspects_went"):
        assert drawn(show("compare_audits", {"audit": "old", "with": "young", "show": which}))[1]


def test_the_other_way_round_is_one_press(show: Callable[..., AppTest], two: tuple[Audit, Audit]) -> None:
    app = show("compare_audits", {"audit": "old", "with": "young"})
    app.button(key="swap").click().run()
    assert (app.query_params["audit"], app.query_params["with"]) == ("young", "old")
    assert drawn(app)[0]["came"] == "3"


def test_labels_as_reviewed_beside_those_given(show: Callable[..., AppTest], tmp_path: Path) -> None:
    audit = state(tmp_path, "alone", BEFORE, CLASSES)
    app = show("compare_audits", {"audit": "alone"})
    assert "read once and never reviewed: nothing can be compared" in text(app)
    assert "hardlook dashboard --audit alone" in text(app)
    journal = open_journal(audit)
    decide(journal, Decision(ReviewedImage("03", "c3", "dog"), RELABELLED, "owl"), By("ann"))
    journal.close()
    app = show("compare_audits", {"audit": "alone"})
    assert drawn(app)[0]["changed label"] == "1"
    assert [(one["key"], one["given"], one["suggested"]) for one in drawn(app)[1]] == [("03", "dog", "owl")]
    assert "To alone: 20 images, labels as reviewed, 1 decision." in text(app)
    assert drawn(show("compare_audits", {"audit": "alone", "before": "1"}))[0]["changed label"] == "1"
    app = show("compare_audits", {"audit": "alone", "versions": "reviewed,given"})
    assert drawn(app)[1][0]["suggested"] == "dog"


def test_an_earlier_state_of_the_images(show: Callable[..., AppTest], tmp_path: Path) -> None:
    state(tmp_path, "photos", BEFORE, CLASSES)
    state(tmp_path, "photos", AFTER, CLASSES, read="2026-03-01T12:00:00+00:00")
    app = show("compare_audits", {"audit": "photos"})
    assert drawn(app)[0]["went"] == "3"
    assert "From photos before 2026-03-01T12:00:00: 20 images" in text(app)
    assert drawn(show("compare_audits", {"audit": "photos", "before": "2026-02-01"}))[0]["went"] == "3"


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("before", "yesterday", "Left out of the address: before=yesterday"),
        ("before", "1999-01-01", "held no images before 1999-01-01"),
        ("before", "99", "has no entry 99"),
        ("with", "nowhere", "Left out of the address: with=nowhere"),
        ("versions", "best,worst", "Left out of the address: versions=best,worst"),
        ("show", "everything", "Left out of the address: show=everything"),
    ],
)
def test_what_the_address_cannot_mean_is_said(
    show: Callable[..., AppTest], two: tuple[Audit, Audit], part: str, value: str, said: str
) -> None:
    app = show("compare_audits", {"audit": "old", part: value})
    assert not app.exception
    assert said in text(app)


def test_two_audits_have_no_moment(show: Callable[..., AppTest], two: tuple[Audit, Audit]) -> None:
    app = show("compare_audits", {"audit": "old", "with": "young", "before": "2026-01-01"})
    assert "two audits are compared as they are now" in text(app).lower()
    assert drawn(app)[0]["came"] == "1"


def test_a_copy_does_not_differ(show: Callable[..., AppTest], tmp_path: Path) -> None:
    for name in ("one", "two"):
        state(tmp_path, name, BEFORE, CLASSES)
    app = show("compare_audits", {"audit": "one", "with": "two"})
    assert "No image, label or class differs." in text(app)
    assert "There is no image to show" in text(app)


def test_a_split_chosen_above_does_not_count(show: Callable[..., AppTest], tmp_path: Path) -> None:
    for name in ("one", "two"):
        build_audit(tmp_path, name, n=40)
    app = show("compare_audits", {"audit": "one", "with": "two", "split": "test"})
    assert "Whole audits are compared" in text(app)


def test_every_part_it_reads_is_one_of_the_address() -> None:
    assert {"with", "before", "versions", "show"} <= set(address.PARTS)
