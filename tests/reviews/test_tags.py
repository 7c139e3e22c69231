from __future__ import annotations

import pytest

from core.errors import BadInput
from core.reviews import By, Journal, forget_selection, save_selection, selections, tag, tags, untag


def test_tags_are_put_and_taken_and_earlier_ones_can_be_seen(journal: Journal) -> None:
    tag(journal, ["a", "b"], "blurred", By("ann"))
    tag(journal, ["b", "c"], "blurred", By("bob"))
    untag(journal, ["a"], "blurred", By("bob"))
    tag(journal, ["a"], "sleeves", By("ann"))
    assert tags(journal) == {"blurred": {"b", "c"}, "sleeves": {"a"}}
    assert tags(journal, at=1) == {"blurred": {"a", "b"}}
    untag(journal, ["b", "c"], "blurred", By("ann"))
    assert list(tags(journal)) == ["sleeves"]


def test_a_tag_sent_again_counts_once(journal: Journal) -> None:
    by = By("ann", "page", 3)
    tag(journal, ["a"], "blurred", by)
    untag(journal, ["a"], "blurred", By("bob"))
    assert tag(journal, ["a"], "blurred", by).repeated
    assert tags(journal) == {}


def test_a_selection_is_a_named_address(journal: Journal) -> None:
    save_selection(journal, "hard shirts", "?label=0&score=rmd", By("ann"))
    save_selection(journal, "hard shirts", "label=0&score=vog", By("bob"))
    (selection,) = selections(journal)
    assert (selection.name, selection.query, selection.reviewer) == ("hard shirts", "label=0&score=vog", "bob")
    forget_selection(journal, "hard shirts", By("ann"))
    assert selections(journal) == []
    assert [each.query for each in selections(journal, at=1)] == ["label=0&score=rmd"]
    with pytest.raises(BadInput, match="no saved selection"):
        forget_selection(journal, "hard shirts", By("ann"))


def test_a_tag_needs_a_name(journal: Journal) -> None:
    with pytest.raises(BadInput, match="needs a name"):
        tag(journal, ["a"], " ", By("ann"))
