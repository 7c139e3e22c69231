"""What an assistant is told: the numbers of the pages, with intervals and what they are; nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import core.api as hardlook
from core.errors import HardlookError
from core.mcp import answers
from tests.audits import Made
from tests.mcp.conftest import contents


def test_suspects_are_those_of_the_dashboard_and_stay_proposals(made: Made) -> None:
    frame = hardlook.open_audit("a").suspects()
    told = answers.suspect_images("a", "", 5, 1)
    assert told["suspects_in_all"] == len(frame)
    assert [one["key"] for one in told["suspects"]] == frame["key"][1:6].tolist()
    assert [one["suggested_label"] for one in told["suspects"]] == frame["suggested_label"][1:6].tolist()
    assert "A person looks" in told["note"]
    assert "hardlook dashboard --audit a" in told["note"]
    assert "estimated" in told["provenance"]


def test_every_estimate_has_its_interval_and_provenance(made: Made) -> None:
    told = answers.estimates("a", "accuracy")["estimates"]
    frame = hardlook.open_audit("a").metrics("accuracy")
    assert [(one["slice"], one["value"], one["low"], one["n"]) for one in told] == [
        (row.slice, row.value, row.low, row.n) for row in frame.itertuples()
    ]
    everything = answers.estimates("a", "")
    assert {one["slice"] for one in everything["estimates"]} == {"all"}
    for one in everything["estimates"]:
        assert one["provenance"].split()[0].strip(",") in ("counted", "estimated", "assumed"), one


def test_deciles_go_from_the_lowest_scores_up_with_intervals(made: Made) -> None:
    told = answers.deciles("a", "rmd")
    assert [one["slice"] for one in told["deciles"]] == [f"decile {place}" for place in range(1, 11)]
    for one in told["deciles"]:
        assert one["low"] <= one["value"] <= one["high"]
        assert one["provenance"].startswith("counted")
    assert told["score"]["direction"] == "higher is harder"


def test_an_image_comes_with_its_thumbnail_and_a_person_s_verdict(made: Made) -> None:
    known, thumbnail = answers.one_image("a", made.keys[3])
    assert (known["key"], known["verdict"]) == (made.keys[3], "confirmed")
    assert thumbnail[:4] == b"RIFF"
    assert {"rmd"} <= {one["name"].split()[0] for one in known["scores"]}
    assert answers.one_image("a", made.keys[5])[0]["verdict"] is None


ASKED: dict[str, Callable[[], object]] = {
    "no such audit": lambda: answers.headlines("b"),
    "a path": lambda: answers.headlines("../a"),
    "no such score": lambda: answers.suspect_images("a", "loss", 5, 0),
    "no such deciles": lambda: answers.deciles("a", "nothing"),
    "no such metric": lambda: answers.estimates("a", "f1"),
    "no such image": lambda: answers.one_image("a", "../../etc/passwd"),
}


@pytest.mark.parametrize("what", ASKED)
def test_what_is_not_there_is_said_with_what_to_do(what: str) -> None:
    with pytest.raises(HardlookError) as caught:
        ASKED[what]()
    assert caught.value.hint


def test_asking_changes_nothing_and_answers_are_json(made: Made, audits: Path) -> None:
    before = contents(audits)
    for told in (
        answers.all_audits(), answers.headlines("a"), answers.suspect_images("a", "", 60, 0), answers.deciles("a", ""),
        answers.estimates("a", ""), answers.one_image("a", made.keys[0])[0],
    ):  # fmt: skip
        json.dumps(told, allow_nan=False)
    assert contents(audits) == before


def test_an_audit_that_cannot_be_read_is_listed_as_such(made: Made, audits: Path) -> None:
    (audits / "broken").mkdir()
    (audits / "broken" / "audit.json").write_text("{")
    try:
        told = {one["name"]: one for one in answers.all_audits()["audits"]}
    finally:
        (audits / "broken" / "audit.json").unlink()
    assert told["a"]["images"] == 60
    assert "cannot be read" in told["broken"]["cannot_be_read"]


def test_a_run_that_cannot_be_read_is_named_in_every_answer_that_does_without_it(made: Made, audits: Path) -> None:
    asked: list[Callable[[], dict[str, object]]] = [
        lambda: answers.headlines("a"), lambda: answers.suspect_images("a", "", 5, 0), lambda: answers.deciles("a", ""),
        lambda: answers.estimates("a", ""), lambda: answers.one_image("a", made.keys[0])[0],
    ]  # fmt: skip
    assert [ask().get("passed_over") for ask in asked] == [None] * 5
    torn = made.audit.runs_folder / "score-torn-000000000000.duckdb"
    torn.write_bytes(b"no database")
    try:
        named = [str(ask().get("passed_over")) for ask in asked]
    finally:
        torn.unlink()
    assert all(torn.name in words for words in named), named
