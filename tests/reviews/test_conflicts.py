from __future__ import annotations

import pytest

from core.errors import BadInput
from core.reviews import RELABELLED, By, Journal, conflicts, resolve, state_of, undo
from tests.reviewing import decision, relabel


def test_a_decision_against_an_older_version_is_kept_shown_and_settled(journal: Journal) -> None:
    relabel(journal, "a", "coat", "ann", seen=0)
    assert relabel(journal, "a", "dress", "bob", seen=0).conflicts == 1
    (conflict,) = conflicts(journal)
    assert (conflict.key, conflict.label, conflict.reviewer) == ("a", "dress", "bob")
    assert conflict.current is not None
    assert conflict.current.label == "coat"
    resolve(journal, conflict.sequence, decision("a", RELABELLED, "dress", seen=journal.last), By("cat"))
    assert conflicts(journal) == []
    assert state_of(journal, "a").label == "dress"  # type: ignore[union-attr]
    undo(journal, By("cat"))
    assert [each.sequence for each in conflicts(journal)] == [conflict.sequence]
    assert state_of(journal, "a").label == "coat"  # type: ignore[union-attr]


def test_the_same_answer_from_someone_who_had_not_seen_the_first_is_agreement(journal: Journal) -> None:
    relabel(journal, "a", "coat", "ann", seen=0)
    assert relabel(journal, "a", "coat", "bob", seen=0).agreed == 1
    assert conflicts(journal) == []


def test_a_conflict_is_withdrawn_by_undoing_it(journal: Journal) -> None:
    relabel(journal, "a", "coat", "ann", seen=0)
    relabel(journal, "a", "dress", "bob", seen=0)
    undo(journal, By("bob"))
    assert conflicts(journal) == []
    assert state_of(journal, "a").label == "coat"  # type: ignore[union-attr]


def test_what_was_decided_and_taken_back_meanwhile_was_not_seen_either(journal: Journal) -> None:
    relabel(journal, "a", "coat", "ann", seen=0)
    undo(journal, By("ann"))
    assert relabel(journal, "a", "dress", "bob", seen=0).conflicts == 1
    assert conflicts(journal)[0].current is None


def test_two_adjudicators_at_once_do_not_override_each_other(journal: Journal) -> None:
    relabel(journal, "a", "coat", "ann", seen=0)
    relabel(journal, "a", "dress", "bob", seen=0)
    seen, number = journal.last, conflicts(journal)[0].sequence
    assert resolve(journal, number, decision("a", RELABELLED, "dress", seen=seen), By("cat")).applied == 1
    assert resolve(journal, number, decision("a", RELABELLED, "coat", seen=seen), By("dan")).conflicts == 1
    assert [each.reviewer for each in conflicts(journal)] == ["dan"]


def test_only_a_conflict_can_be_settled_and_only_on_its_image(journal: Journal) -> None:
    relabel(journal, "a", "coat", "ann", seen=0)
    relabel(journal, "a", "dress", "bob", seen=0)
    with pytest.raises(BadInput, match="is no conflict"):
        resolve(journal, 1, decision("a", RELABELLED, "coat"), By("cat"))
    with pytest.raises(BadInput, match="is about 'a', not 'b'"):
        resolve(journal, 2, decision("b", RELABELLED, "coat"), By("cat"))
