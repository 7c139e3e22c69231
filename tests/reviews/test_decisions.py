from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from core.errors import BadInput
from core.reviews import (
    AMBIGUOUS,
    CONFIRMED,
    EXCLUDED,
    RELABELLED,
    SKIPPED,
    By,
    Journal,
    current,
    decide,
    decide_bulk,
    state_of,
    states_of,
)
from tests.reviewing import acknowledged, decision, relabel, verdict


def test_a_decision_is_the_images_state_with_all_that_was_known(journal: Journal) -> None:
    saved = decide(journal, decision("a", RELABELLED, "coat", reason="a collar", runs={"score": "score-x"}), By("ann"))
    assert (saved.sequence, saved.applied, saved.conflicts, saved.key) == (1, 1, 0, "a")
    state = state_of(journal, "a")
    assert state is not None
    assert (state.label, state.verdict, state.reviewer, state.reason, state.version) == (
        "coat", "relabelled", "ann", "a collar", 1,
    )  # fmt: skip
    (entry,) = journal.history("a")
    assert (entry.old_label, entry.new_label, entry.content_hash, entry.found) == ("shirt", "coat", "hash of a", 0)
    assert json.loads(entry.scores) == {"score-x:rmd": 1.5}
    assert json.loads(entry.runs) == {"score": "score-x"}
    assert entry.time.endswith("+00:00")


def test_a_verdict_that_names_no_label_leaves_the_label_as_it_is(journal: Journal) -> None:
    relabel(journal, "a", "coat")
    for what in (CONFIRMED, EXCLUDED):
        verdict(journal, "a", what)
        state = state_of(journal, "a")
        assert state is not None
        assert (state.verdict, state.label) == (what, "coat")
    verdict(journal, "a", AMBIGUOUS, second_label="dress")
    state = state_of(journal, "a")
    assert state is not None
    assert (state.label, state.second_label) == ("coat", "dress")


def test_a_skip_is_kept_and_changes_nothing(journal: Journal) -> None:
    saved = verdict(journal, "a", SKIPPED)
    assert (saved.noted, saved.applied) == (1, 0)
    assert current(journal) == {}
    relabel(journal, "a", "coat")
    verdict(journal, "a", SKIPPED, "bob", seen=0)
    state = state_of(journal, "a")
    assert state is not None
    assert state.label == "coat"


def test_sent_twice_counts_once(journal: Journal) -> None:
    by = By("ann", "page 1", 7)
    first = decide(journal, decision("a", RELABELLED, "coat"), by)
    again = decide(journal, decision("a", RELABELLED, "coat"), by)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.sequence == first.sequence
    assert again.applied == 1
    assert len(journal.history("a")) == 1
    assert acknowledged(journal, "page 1") == 7
    assert acknowledged(journal, "page 2") == -1


def test_fast_keys_of_one_page_do_not_conflict_with_each_other(journal: Journal) -> None:
    decide(journal, decision("a", RELABELLED, "coat", seen=0), By("ann", "page", 0))
    saved = decide(journal, decision("a", RELABELLED, "dress", seen=0), By("ann", "page", 1))
    assert saved.applied == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (decision("a", "maybe"), "no verdict"),
        (decision("a", RELABELLED), "missing"),
        (decision("a", RELABELLED, "cout"), "'coat'"),
        (decision("a", CONFIRMED, given=None), "no label to confirm"),
        (decision("a", CONFIRMED, second_label="coat"), "second label"),
    ],
)
def test_what_makes_no_sense_is_refused_and_writes_nothing(journal: Journal, wrong: object, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        decide(journal, wrong, By("ann"))  # type: ignore[arg-type]
    assert journal.last == 0


def test_a_decision_needs_a_name(journal: Journal) -> None:
    with pytest.raises(BadInput, match="--reviewer"):
        decide(journal, decision("a", CONFIRMED), By(" "))
    assert journal.last == 0


def test_bulk_counts_what_it_changed_and_what_someone_changed_meanwhile(journal: Journal) -> None:
    seen = journal.last
    relabel(journal, "2", "dress", "bob")
    saved = decide_bulk(
        journal, [decision(str(i), RELABELLED, "coat", seen=seen) for i in range(5)], "label=shirt", By("ann"), "all"
    )
    assert (saved.applied, saved.conflicts, saved.count) == (4, 1, 5)
    assert {key: state.label for key, state in current(journal).items()} == {
        "0": "coat", "1": "coat", "2": "dress", "3": "coat", "4": "coat",
    }  # fmt: skip
    (heading,) = journal.entries("kind = 'bulk'")
    assert json.loads(heading.detail) == {"predicate": "label=shirt", "count": 5}


def test_an_image_that_a_selection_names_twice_counts_once(journal: Journal) -> None:
    assert decide_bulk(journal, [decision("a", EXCLUDED)] * 2, "", By("ann")).count == 1


def test_a_few_states_are_those_of_the_whole_fold(journal: Journal) -> None:
    decide_bulk(journal, [decision(str(i), EXCLUDED) for i in range(1200)], "", By("ann"))
    some = [str(i) for i in range(1300)]
    assert states_of(journal, some) == current(journal)


def part_that_fails(journal: Journal) -> None:
    with journal.together():
        relabel(journal, "b", "coat")
        relabel(journal, "c", "no such class")


def test_together_is_all_or_nothing_and_a_failed_part_takes_back_itself_alone(journal: Journal) -> None:
    with journal.together():
        relabel(journal, "a", "coat")
        with pytest.raises(BadInput, match="no such class"):
            part_that_fails(journal)
        relabel(journal, "d", "coat")
    assert set(current(journal)) == {"a", "d"}
    with pytest.raises(BadInput, match="no such class"):
        part_that_fails(journal)
    assert set(current(journal)) == {"a", "d"}


def test_a_fold_made_in_a_step_that_was_taken_back_is_forgotten(journal: Journal) -> None:
    def step_that_fails() -> None:
        with journal.together():
            relabel(journal, "a", "coat")
            current(journal)
            relabel(journal, "b", "no such class")

    with pytest.raises(BadInput, match="no such class"):
        step_that_fails()
    relabel(journal, "c", "dress")
    assert set(current(journal)) == {"c"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET reviewer = 'eve'",
        "DELETE FROM entry",
        "INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE sequence = 1",
        "INSERT INTO entry SELECT 9, nonce, number, time, reviewer, kind, effect, 9, parent, origin, key, "
        "content_hash, verdict, old_label, new_label, second_label, reason, blind, seen, found, scores, runs, "
        "detail FROM entry",
    ],
)
def test_no_program_can_change_what_was_written(journal: Journal, statement: str) -> None:
    relabel(journal, "a", "coat")
    other = sqlite3.connect(journal.path)
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|one after another|sent before"):
        other.execute(statement)
    other.close()
    assert state_of(journal, "a") is not None


def test_a_page_and_a_command_can_have_the_journal_open_at_once(journal: Journal) -> None:
    other = Journal(Path(journal.path), journal.class_names)
    relabel(other, "a", "coat", "bob")
    assert journal.last == 1
    assert relabel(journal, "a", "dress", seen=0).conflicts == 1
    other.close()
