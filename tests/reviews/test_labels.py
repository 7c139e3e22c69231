from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput
from core.reviews import (
    AMBIGUOUS,
    CONFIRMED,
    EXCLUDED,
    By,
    Journal,
    add_class,
    current_labels,
    has_journal,
    labels_version,
    merge_class,
    open_journal,
    rename_class,
    undo,
)
from core.types import UNLABELLED
from tests.audits import Made, build_audit
from tests.reviewing import relabel, verdict

NAMES = ("shirt", "coat", "dress")
KEYS = ("a", "b", "c", "d", "e")
GIVEN = np.array([0, 1, 2, UNLABELLED, 0])


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return build_audit(tmp_path, n=10, n_classes=3, runs=False)


@pytest.fixture
def journal(made: Made) -> Iterator[Journal]:
    opened = Journal(made.audit.path / "reviews.sqlite", NAMES)
    yield opened
    opened.close()


def test_without_a_review_the_labels_are_those_of_the_data(made: Made) -> None:
    reviewed = current_labels(made.audit, KEYS, GIVEN, NAMES)
    assert reviewed.labels.tolist() == GIVEN.tolist()
    assert reviewed.version == "given"
    assert not reviewed.excluded.any()
    assert not has_journal(made.audit)


def test_an_opened_journal_knows_the_classes_of_the_data(made: Made) -> None:
    opened = open_journal(made.audit)
    assert len(opened.class_names) == 3
    assert opened.class_names[0] == "shirt"
    opened.close()


def test_decisions_are_put_over_the_given_labels(made: Made, journal: Journal) -> None:
    relabel(journal, "a", "coat")
    relabel(journal, "d", "dress", given=None)
    verdict(journal, "b", EXCLUDED, given="coat")
    verdict(journal, "c", AMBIGUOUS, second_label="coat", given="dress")
    relabel(journal, "not in this data", "coat")
    reviewed = current_labels(made.audit, KEYS, GIVEN, NAMES)
    assert reviewed.labels.tolist() == [1, 1, 2, 2, 0]
    assert reviewed.excluded.tolist() == [False, True, False, False, False]
    assert reviewed.changed.tolist() == [True, False, False, True, False]
    assert current_labels(made.audit, KEYS, GIVEN, NAMES, at=1).labels.tolist() == [1, 1, 2, -1, 0]


def test_the_version_depends_on_what_the_labels_are_and_not_on_how_they_came_about(
    made: Made, journal: Journal
) -> None:
    def version() -> str:
        return labels_version(made.audit, KEYS, GIVEN, NAMES)

    verdict(journal, "a", CONFIRMED)
    assert version() == "given"
    relabel(journal, "a", "coat")
    one = version()
    relabel(journal, "a", "dress")
    assert version() not in ("given", one)
    undo(journal, By("ann"))
    relabel(journal, "a", "coat", "bob")
    assert version() == one
    verdict(journal, "b", EXCLUDED, given="coat")
    assert version() != one


def test_classes_follow_the_journal(made: Made, journal: Journal) -> None:
    rename_class(journal, "coat", "jacket", By("ann"))
    add_class(journal, "hat", By("ann"))
    relabel(journal, "e", "hat")
    reviewed = current_labels(made.audit, KEYS, GIVEN, NAMES)
    assert reviewed.class_names == ("shirt", "jacket", "dress", "hat")
    assert reviewed.labels.tolist() == [0, 1, 2, -1, 3]
    assert reviewed.changed.tolist() == [False, False, False, False, True]  # a new name is no new class
    merge_class(journal, "dress", "jacket", By("ann"))
    reviewed = current_labels(made.audit, KEYS, GIVEN, NAMES)
    assert reviewed.class_names == ("shirt", "jacket", "hat")
    assert reviewed.labels.tolist() == [0, 1, 1, -1, 2]
    assert reviewed.changed.tolist() == [False, False, True, False, True]
    assert reviewed.version != "given"


def test_a_decision_about_another_image_of_that_name_does_not_count(made: Made, journal: Journal) -> None:
    relabel(journal, "a", "coat")
    relabel(journal, "e", "coat")
    hashes = ["changed since", *(f"hash of {key}" for key in KEYS[1:])]
    reviewed = current_labels(made.audit, KEYS, GIVEN, NAMES, content_hashes=hashes)
    assert reviewed.labels.tolist() == [0, 1, 2, -1, 1]
    assert reviewed.stale == ("a",)


def test_a_reviewed_class_that_the_data_has_no_more_is_named(made: Made, journal: Journal) -> None:
    relabel(journal, "a", "coat")
    with pytest.raises(BadInput, match="hardlook reviews --add-class coat"):
        current_labels(made.audit, ["a"], np.array([0]), ["shirt", "dress"])
