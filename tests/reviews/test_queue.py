from __future__ import annotations

import multiprocessing
from pathlib import Path

from core.reviews import By, Journal, undo
from core.reviews.queue import LOAN_S, give_back, lend
from tests.reviewing import relabel

KEYS = [f"{i:03d}" for i in range(60)]


def test_no_image_is_with_two_reviewers(journal: Journal) -> None:
    assert lend(journal, KEYS, "ann", 3, now=0) == KEYS[:3]
    assert lend(journal, KEYS, "bob", 3, now=1) == KEYS[3:6]
    assert lend(journal, KEYS, "ann", 4, now=2) == [*KEYS[:3], KEYS[6]]


def test_a_loan_runs_out_and_can_be_given_back(journal: Journal) -> None:
    lend(journal, KEYS, "ann", 3, now=0, seconds=10)
    give_back(journal, [KEYS[1]], "ann")
    give_back(journal, [KEYS[0]], "bob")  # not his
    assert lend(journal, KEYS, "bob", 2, now=5) == [KEYS[1], KEYS[3]]
    assert lend(journal, KEYS, "cat", 2, now=10) == [KEYS[0], KEYS[2]]


def test_a_clock_that_is_set_back_keeps_no_image_for_longer_than_a_loan(journal: Journal) -> None:
    lend(journal, KEYS, "ann", 3, now=86_400)
    assert lend(journal, KEYS, "bob", 1, now=0) == [KEYS[3]]
    assert lend(journal, KEYS, "bob", 4, now=LOAN_S) == KEYS[:4]


def test_decided_images_are_not_handed_out_unless_for_a_second_look(journal: Journal) -> None:
    relabel(journal, KEYS[0], "coat")
    assert lend(journal, KEYS, "bob", 2) == KEYS[1:3]
    assert lend(journal, KEYS, "cat", 1, decided_too=True) == KEYS[:1]
    undo(journal, By("ann"))
    give_back(journal, KEYS, "cat")
    assert lend(journal, KEYS, "ann", 1) == KEYS[:1]


def borrow(path: Path, reviewer: str) -> list[str]:
    journal = Journal(path, ("shirt", "coat", "dress"))
    taken = [lend(journal, KEYS, reviewer, 4 * (i + 1)) for i in range(5)]
    journal.close()
    return taken[-1]


def test_processes_that_ask_at_once_get_different_images(journal: Journal) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        taken = pool.starmap(borrow, [(journal.path, reviewer) for reviewer in ("ann", "bob", "cat")])
    assert [len(keys) for keys in taken] == [20, 20, 20]
    assert sorted(key for keys in taken for key in keys) == KEYS
