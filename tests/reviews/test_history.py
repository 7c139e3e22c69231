from __future__ import annotations

import pytest

from core.errors import BadInput
from core.reviews import (
    EXCLUDED,
    RELABELLED,
    SKIPPED,
    By,
    Journal,
    add_class,
    class_names,
    conflicts,
    current,
    decide_bulk,
    differences,
    merge_class,
    redo,
    rename_class,
    restore,
    state_of,
    undo,
)
from tests.reviewing import decision, relabel, verdict


def labels(journal: Journal, at: int | None = None) -> dict[str, str | None]:
    return {key: state.label for key, state in current(journal, at).items()}


def test_undo_and_redo_go_through_a_reviewers_actions_and_name_them(journal: Journal) -> None:
    relabel(journal, "a", "coat")
    relabel(journal, "a", "dress")
    relabel(journal, "b", "coat", "bob")
    assert undo(journal, By("ann")).key == "a"
    assert labels(journal) == {"a": "coat", "b": "coat"}
    assert undo(journal, By("ann")).key == "a"
    assert labels(journal) == {"b": "coat"}
    assert undo(journal, By("ann")).count == 0
    redo(journal, By("ann"))
    redo(journal, By("ann"))
    assert labels(journal) == {"a": "dress", "b": "coat"}
    assert redo(journal, By("ann")).count == 0
    kinds = [(entry.kind, entry.parent) for entry in journal.history("a")]
    assert kinds == [("decision", None), ("decision", None), ("undo", 2), ("undo", 1), ("redo", 5), ("redo", 4)]


def test_a_new_decision_ends_what_can_be_redone(journal: Journal) -> None:
    relabel(journal, "a", "coat")
    undo(journal, By("ann"))
    relabel(journal, "b", "coat")
    assert redo(journal, By("ann")).count == 0
    assert labels(journal) == {"b": "coat"}


def test_an_undo_sent_again_takes_back_nothing_newer(journal: Journal) -> None:
    nothing = undo(journal, By("ann", "page", 1))
    relabel(journal, "a", "coat")
    again = undo(journal, By("ann", "page", 1))
    assert again.repeated
    assert again.sequence == nothing.sequence
    assert labels(journal) == {"a": "coat"}


def test_an_undone_image_tells_the_label_it_has_in_the_data(journal: Journal) -> None:
    relabel(journal, "a", "coat")
    undo(journal, By("ann"))
    entry = journal.history("a")[-1]
    assert (entry.old_label, entry.new_label, entry.verdict) == ("coat", "shirt", "undone")


def test_undo_never_overrides_what_someone_else_decided_since(journal: Journal) -> None:
    relabel(journal, "a", "coat")
    relabel(journal, "a", "dress", "bob")
    assert undo(journal, By("ann")).conflicts == 1
    assert labels(journal) == {"a": "dress"}
    assert [each.verdict for each in conflicts(journal)] == ["undone"]


def test_a_bulk_decision_is_undone_in_one_go(journal: Journal) -> None:
    relabel(journal, "1", "dress", "bob")
    decide_bulk(journal, [decision(str(i), EXCLUDED, seen=1) for i in range(700)], "", By("ann"))
    assert undo(journal, By("ann")).applied == 700
    assert labels(journal) == {"1": "dress"}
    assert redo(journal, By("ann")).applied == 700
    assert len(current(journal)) == 700


def test_a_skip_is_undone_so_that_the_page_can_go_back_to_it(journal: Journal) -> None:
    verdict(journal, "a", SKIPPED)
    saved = undo(journal, By("ann"))
    assert (saved.key, saved.noted) == ("a", 1)


def test_an_earlier_state_is_shown_compared_and_restored_by_new_entries(journal: Journal) -> None:
    relabel(journal, "a", "coat")
    relabel(journal, "b", "coat")
    rename_class(journal, "coat", "jacket", By("ann"))
    then = journal.last
    add_class(journal, "hat", By("ann"))
    relabel(journal, "a", "hat")
    verdict(journal, "c", EXCLUDED)
    merge_class(journal, "jacket", "dress", By("bob"))
    assert labels(journal, then) == {"a": "jacket", "b": "jacket"}
    changed = differences(current(journal, then), current(journal))
    assert [each.key for each in changed] == ["a", "b", "c"]
    before = journal.last
    restore(journal, then, By("cat"))
    assert labels(journal) == {"a": "jacket", "b": "jacket"}
    assert class_names(journal) == class_names(journal, then)
    assert labels(journal, before) == {"a": "hat", "b": "dress", "c": "shirt"}
    undo(journal, By("cat"))
    assert labels(journal) == {"a": "hat", "b": "dress", "c": "shirt"}
    assert set(class_names(journal)) == {"shirt", "dress", "hat"}
    redo(journal, By("cat"))
    assert labels(journal) == {"a": "jacket", "b": "jacket"}


def test_there_is_no_going_back_to_an_entry_that_is_not_there(journal: Journal) -> None:
    with pytest.raises(BadInput, match="its last is 0"):
        restore(journal, 5, By("ann"))


def test_restoring_twice_the_same_state_changes_nothing_more(journal: Journal) -> None:
    relabel(journal, "a", "coat")
    relabel(journal, "a", "dress")
    assert restore(journal, 1, By("ann")).applied == 1
    assert restore(journal, 1, By("ann")).count == 0
    assert state_of(journal, "a", at=2).label == "dress"  # type: ignore[union-attr]


def test_undo_of_a_relabelling_after_the_class_was_renamed(journal: Journal) -> None:
    relabel(journal, "a", "coat")
    relabel(journal, "a", "dress", reason="no")
    rename_class(journal, "coat", "jacket", By("bob"))
    undo(journal, By("ann"))
    assert labels(journal) == {"a": "jacket"}
    assert current(journal)["a"].verdict == RELABELLED
