"""What a page's outbox holds is written once, in order, in one step; what cannot be written is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.answers.review.decisions import keep_all
from core.answers.view.reader import Reader, open_reader
from core.errors import BadInput, RunBusy
from core.reviews import Journal, current, open_journal, state_of, tags
from core.types import Ints
from tests.audits import Made, build_audit


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return build_audit(tmp_path, n=40)


@pytest.fixture
def reader(made: Made) -> Reader:
    return open_reader(made.audit)


@pytest.fixture
def journal(made: Made) -> Iterator[Journal]:
    opened = open_journal(made.audit)
    yield opened
    opened.close()


def nobody(predicate: Any) -> Ints:
    raise BadInput("The selection is another one.", "Mark it again.")


def item(number: int, key: str, **more: Any) -> dict[str, Any]:
    return {
        "nonce": "page", "number": number, "kind": "decision", "reviewer": "ann", "key": key, "content_hash": "x",
        "given": "shirt", "values": {"rmd": 1.5}, "runs": {"score": "s:rmd"}, "verdict": "confirmed", "label": "shirt",
        "second_label": "", "seen": 0, "blind": False, "reason": "", **more,
    }  # fmt: skip


def test_everything_is_written_in_order_and_what_arrives_twice_counts_once(reader: Reader, journal: Journal) -> None:
    sent = [item(n, f"{n:06d}.png") for n in range(1, 6)]
    first = keep_all(reader, journal, sent[:3], "", nobody)
    again = keep_all(reader, journal, sent, "", nobody)
    assert [one.status for one in again] == ["saved"] * 5
    assert first == again[:3]
    assert [entry.key for entry in journal.entries()] == [each["key"] for each in sent]


def test_what_is_refused_is_said_and_the_rest_is_written(reader: Reader, journal: Journal) -> None:
    sent = [
        item(0, "a"),
        item(1, "b", verdict="relabelled", label="zebra"),
        item(2, "c", kind="nonsense"),
        item(3, "d"),
    ]
    found = keep_all(reader, journal, sent, "", nobody)
    assert [one.status for one in found] == ["saved", "refused", "refused", "saved"]
    assert "zebra" in found[1].text
    assert [entry.key for entry in journal.entries()] == ["a", "d"]


def test_whoever_signed_in_counts_and_not_the_name_in_the_item(reader: Reader, journal: Journal) -> None:
    keep_all(reader, journal, [item(0, "a")], "ada@example.org", nobody)
    assert journal.entries()[0].reviewer == "ada@example.org"
    assert keep_all(reader, journal, [item(1, "b", reviewer="")], "", nobody)[0].status == "refused"


def test_bulk_counts_what_it_touched_and_one_undo_takes_it_back(reader: Reader, journal: Journal, made: Made) -> None:
    keep_all(reader, journal, [item(0, made.keys[3], nonce="other", reviewer="bob", verdict="excluded")], "", nobody)
    step = {"nonce": "page", "number": 0, "kind": "bulk", "reviewer": "ann", "verdict": "relabelled", "seen": 0,
            "label": "ankle boot", "predicate": {"query": {"class": "shirt"}}, "keys": made.keys[1:9]}  # fmt: skip
    (found,) = keep_all(reader, journal, [step], "", nobody)
    assert (found.status, found.text) == ("conflict", "Marked 8: 7 changed, 1 in conflict")
    assert sum(state.label == "ankle boot" for state in current(journal).values()) == 7
    (undone,) = keep_all(
        reader, journal, [{"nonce": "page", "number": 1, "kind": "undo", "reviewer": "ann"}], "", nobody
    )
    assert undone.text == "Undone 8: 7 changed, 1 as they were"
    assert set(current(journal)) == {made.keys[3]}


def test_all_of_a_selection_is_made_out_on_the_server_and_kept_as_its_predicate(
    reader: Reader, journal: Journal
) -> None:
    step = {"nonce": "page", "number": 0, "kind": "bulk", "reviewer": "ann", "verdict": "excluded", "seen": 0,
            "predicate": {"query": {"class": "shirt"}}}  # fmt: skip
    (found,) = keep_all(reader, journal, [step], "", lambda predicate: np.arange(10))
    assert found.text == "Marked 10: 10 changed"
    assert journal.entries()[0].detail == '{"count":10,"predicate":{"query":{"class":"shirt"}}}'
    # Sent again after the selection has become another one: it is known already.
    (again,) = keep_all(reader, journal, [step], "", nobody)
    assert again.text == found.text
    (refused,) = keep_all(reader, journal, [{**step, "number": 1}], "", nobody)
    assert refused.status == "refused"


def test_an_undo_with_nothing_to_take_back_says_so(reader: Reader, journal: Journal) -> None:
    (found,) = keep_all(reader, journal, [{"nonce": "p", "number": 0, "kind": "undo", "reviewer": "ann"}], "", nobody)
    assert found.text == "ann has nothing to undo"


def test_a_tag_and_the_settling_of_a_conflict_go_the_same_way(reader: Reader, journal: Journal) -> None:
    keep_all(reader, journal, [
        item(0, "a"), item(0, "a", nonce="other", reviewer="bob", verdict="excluded"),
        {"nonce": "page", "number": 1, "kind": "tag", "reviewer": "ann", "keys": ["a", "b"], "name": " check "},
        item(2, "a", kind="resolve", conflict=2, verdict="excluded", seen=2),
    ], "", nobody)  # fmt: skip
    assert tags(journal) == {"check": frozenset({"a", "b"})}
    state = state_of(journal, "a")
    assert state is not None
    assert state.verdict == "excluded"


def test_when_the_journal_cannot_be_written_nothing_of_a_box_is(reader: Reader, journal: Journal) -> None:
    def fails(predicate: Any) -> Ints:
        raise OSError("the disk went away")

    step = {"nonce": "page", "number": 1, "kind": "bulk", "reviewer": "ann", "verdict": "excluded", "seen": 0,
            "predicate": {}}  # fmt: skip
    with pytest.raises(OSError, match="went away"):
        keep_all(reader, journal, [item(0, "a"), step], "", fails)
    assert journal.last == 0


def test_loans_that_cannot_be_given_back_do_not_unsay_that_it_is_saved(
    reader: Reader, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise RunBusy("Another process has been writing loans.sqlite.", "Nothing was saved; try again.")

    monkeypatch.setattr("core.answers.review.decisions.give_back", busy)
    assert [one.status for one in keep_all(reader, journal, [item(0, "000001.png")], "", nobody)] == ["saved"]
