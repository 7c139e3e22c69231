"""What can be compared: two audits, states of one, versions of its labels. Everything else is refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.answers.differences.audit_difference import AuditDifference, difference
from core.answers.differences.states import two_states
from core.errors import BadInput, HardlookError
from core.reviews import (
    CONFIRMED,
    EXCLUDED,
    RELABELLED,
    By,
    Decision,
    ReviewedImage,
    decide,
    open_journal,
    rename_class,
)
from core.store.audit import Audit
from tests.answers.differences.test_matching import Image, pairs, state

CLASSES = ["cat", "dog", "owl"]
FIRST: list[Image] = [(f"{i}", f"c{i}", CLASSES[i % 2], "train") for i in range(6)]


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    made: Audit = state(tmp_path, "photos", FIRST, CLASSES)
    return made


def review(audit: Audit, key: str, verdict: str, label: str | None = None, content: str = "", **by: Any) -> None:
    journal = open_journal(audit)
    try:
        image = ReviewedImage(key, content or f"c{key}", CLASSES[int(key) % 2])
        decide(journal, Decision(image, verdict, label, seen=journal.last), By("ann", **by))
    finally:
        journal.close()


def versions(audit: Audit, first: str, second: str, **more: Any) -> AuditDifference:
    return difference(*two_states(audit, None, labels=(first, second), **more))


def test_reviewed_labels_differ_from_the_given_ones_by_what_was_decided(audit: Audit) -> None:
    review(audit, "0", RELABELLED, "owl")
    review(audit, "1", CONFIRMED)
    review(audit, "2", EXCLUDED)
    review(audit, "3", RELABELLED, "owl", content="another content")
    found = versions(audit, "given", "reviewed")
    assert found.labels[0] == "labels as given"
    assert found.labels[1] == "labels as reviewed, 3 decisions; 1 decision about other content not used"
    assert {change: keys for change in found.images if (keys := pairs(found, change))} == {
        "relabelled": {("0", "0")}, "excluded": {("2", "2")},
    }  # fmt: skip
    counts = {one.name: (one.before, one.after) for one in found.classes.shares}
    assert counts == {"cat": (3, 1), "dog": (3, 3), "owl": (0, 1)}
    back = versions(audit, "reviewed", "given")
    assert pairs(back, "included") == {("2", "2")}


def test_a_class_that_reviewers_renamed_keeps_its_images(audit: Audit) -> None:
    journal = open_journal(audit)
    rename_class(journal, "dog", "hound", By("ann"))
    journal.close()
    review(audit, "0", RELABELLED, "hound")
    found = versions(audit, "given", "reviewed")
    assert [(one.before, one.after) for one in found.classes.renamed] == [("dog", "hound")]
    assert pairs(found, "relabelled") == {("0", "0")}
    assert found.tallies["class_renamed"] == 3


def test_two_audits_are_compared_as_reviewed_unless_asked_otherwise(audit: Audit, tmp_path: Path) -> None:
    other = state(tmp_path, "other", FIRST, CLASSES)
    review(audit, "0", RELABELLED, "owl")
    assert pairs(difference(*two_states(audit, other)), "relabelled") == {("0", "0")}
    assert difference(*two_states(audit, other, labels=("given", "given"))).same
    assert two_states(audit, other)[1].audit == other


def test_before_an_entry_are_the_labels_as_they_were_then(audit: Audit) -> None:
    review(audit, "0", RELABELLED, "owl")
    review(audit, "2", RELABELLED, "owl")
    review(audit, "0", RELABELLED, "dog")
    found = difference(*two_states(audit, None, before="3"))
    assert pairs(found, "relabelled") == {("0", "0")}
    assert found.before.words == "photos before entry 3"
    assert pairs(difference(*two_states(audit, None, before="1")), "relabelled") == {("0", "0"), ("2", "2")}


def test_before_a_moment_are_the_images_and_the_reviews_of_then(audit: Audit, tmp_path: Path) -> None:
    review(audit, "0", RELABELLED, "owl", time="2026-01-02T00:00:00.000+00:00")
    second = [*FIRST[:5], ("9", "c9", "owl", "train")]
    state(tmp_path, "photos", second, CLASSES, read="2026-03-01T12:00:00+00:00")
    review(audit, "2", RELABELLED, "owl", time="2026-03-02T00:00:00.000+00:00")
    for moment in ("2026-03-01T12:00:00", "2026-02-01", "2026-03-01T13:00+01:00"):
        found = difference(*two_states(audit, None, before=moment))
        assert pairs(found, "went") == {("5", "")}
        assert pairs(found, "came") == {("", "9")}
        assert pairs(found, "relabelled") == {("2", "2")}
    found = difference(*two_states(audit, None, before="2026-01-01T12:00"))
    assert pairs(found, "relabelled") == {("0", "0"), ("2", "2")}


def test_true_labels_are_compared_where_they_are_asked_for(tmp_path: Path) -> None:
    audit = state(tmp_path, "photos", FIRST, CLASSES, true=[0, 1, 0, 1, 2, -1])
    found = versions(audit, "given", "true")
    assert pairs(found, "relabelled") == {("4", "4"), ("5", "5")}
    assert found.labels[1] == "labels as the data set says they truly are"


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "nothing to differ from": ({}, "has nothing to differ from"),
    "one version of labels twice": ({"labels": ("given", "given")}, "has nothing to differ from"),
    "no such version": ({"labels": ("given", "best")}, "no version 'best'"),
    "no true labels": ({"labels": ("given", "true")}, "has no true labels"),
    "no moment": ({"before": "yesterday"}, "'yesterday' is no moment"),
    "too early": ({"before": "1999-01-01"}, "held no images before 1999-01-01"),
    "no such entry": ({"before": "7"}, "has no entry 7"),
    "a number without end": ({"before": "9" * 5000}, "has no entry 999"),
    "too early, in another zone": ({"before": "1999-01-01T01:00+02:00"}, r"before 1998-12-31 23:00:00 \(UTC\)"),
    "the first year": ({"before": "0001-01-01T00:00:00"}, "held no images before 0001-01-01 00:00:00"),
    "no year in UTC": ({"before": "0001-01-01T00:00+14:00"}, "is no moment"),
    "no year in UTC, at the other end": ({"before": "9999-12-31T23:59-14:00"}, "is no moment"),
    "a year beyond all": ({"before": "99999-01-01"}, "is no moment"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_are_no_two_states_is_refused_with_what_there_is(audit: Audit, case: str) -> None:
    asked, said = REFUSED[case]
    with pytest.raises(BadInput, match=said) as refused:
        two_states(audit, None, **asked)
    assert refused.value.hint


def test_a_moment_is_of_one_audit(audit: Audit, tmp_path: Path) -> None:
    other = state(tmp_path, "other", FIRST, CLASSES)
    with pytest.raises(HardlookError, match="Two audits are compared as they are now"):
        two_states(audit, other, before="2026-05-01")


def test_the_refusal_names_commands_that_would_compare_something(audit: Audit, tmp_path: Path) -> None:
    review(audit, "0", RELABELLED, "owl")
    state(tmp_path, "photos", FIRST[:3], CLASSES, read="2026-03-01T12:00:00+00:00")
    with pytest.raises(BadInput) as refused:
        two_states(audit, None)
    assert "hardlook diff photos --before 2026-03-01T12:00:00" in refused.value.hint
    assert "hardlook diff photos --labels given reviewed" in refused.value.hint
    assert not difference(*two_states(audit, None, before="2026-03-01T12:00:00")).same
