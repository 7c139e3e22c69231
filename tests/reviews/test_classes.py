from __future__ import annotations

import pytest

from core.errors import BadInput
from core.reviews import By, Journal, add_class, class_names, current, merge_class, redo, rename_class, undo
from tests.reviewing import relabel


def test_labels_follow_a_class_that_is_renamed_or_merged(journal: Journal) -> None:
    relabel(journal, "a", "coat")
    rename_class(journal, "coat", "jacket", By("ann"))
    assert current(journal)["a"].label == "jacket"
    assert current(journal, at=1)["a"].label == "coat"
    merge_class(journal, "jacket", "dress", By("ann"))
    assert current(journal)["a"].label == "dress"
    assert class_names(journal) == ("shirt", "dress")
    assert class_names(journal, at=2) == ("shirt", "jacket", "dress")


def test_a_merger_taken_back_gives_each_image_its_own_class_again(journal: Journal) -> None:
    relabel(journal, "a", "coat")
    merge_class(journal, "coat", "dress", By("ann"))
    relabel(journal, "b", "dress", "bob")
    undo(journal, By("ann"))
    assert {key: state.label for key, state in current(journal).items()} == {"a": "coat", "b": "dress"}
    redo(journal, By("ann"))
    assert current(journal)["a"].label == "dress"
    assert class_names(journal) == ("shirt", "dress")


def test_a_page_opened_before_a_renaming_may_still_send_the_old_name(journal: Journal) -> None:
    seen = journal.last
    rename_class(journal, "coat", "jacket", By("bob"))
    relabel(journal, "a", "coat", seen=seen)
    assert current(journal)["a"].label == "jacket"


def test_an_old_name_can_be_given_to_another_class(journal: Journal) -> None:
    relabel(journal, "a", "coat")
    rename_class(journal, "coat", "jacket", By("ann"))
    add_class(journal, "coat", By("ann"))
    relabel(journal, "b", "coat")
    assert {key: state.label for key, state in current(journal).items()} == {"a": "jacket", "b": "coat"}
    assert class_names(journal) == ("shirt", "jacket", "dress", "coat")


def test_changes_that_cannot_be_are_refused(journal: Journal) -> None:
    with pytest.raises(BadInput, match="there is 'coat'"):
        rename_class(journal, "cot", "jacket", By("ann"))
    with pytest.raises(BadInput, match="already"):
        rename_class(journal, "coat", "dress", By("ann"))
    with pytest.raises(BadInput, match="already"):
        add_class(journal, "coat", By("ann"))
    with pytest.raises(BadInput, match="into itself"):
        merge_class(journal, "coat", "coat", By("ann"))
    with pytest.raises(BadInput, match="needs a name"):
        add_class(journal, "  ", By("ann"))
    assert journal.last == 0


def test_a_class_that_images_are_in_is_not_taken_back(journal: Journal) -> None:
    add_class(journal, "hat", By("bob"))
    relabel(journal, "a", "hat")
    with pytest.raises(BadInput, match="1 images are in it, 'a'"):
        undo(journal, By("bob"))
    undo(journal, By("ann"))
    undo(journal, By("bob"))
    assert class_names(journal) == ("shirt", "coat", "dress")
