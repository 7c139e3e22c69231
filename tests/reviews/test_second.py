from __future__ import annotations

from core.answers.review.states import figure
from core.metrics.reviewer_agreement import cohen_kappa
from core.reviews import EXCLUDED, By, Journal, conflicts, current, decide_bulk, undo
from core.reviews.second import NO_RATING, pairs_of, ratings, second_reviews_due
from core.reviews.summary import agreement, in_words, summary
from tests.reviewing import decision, relabel, verdict


def test_a_random_share_of_others_decisions_is_due_and_stays_the_same(journal: Journal) -> None:
    decide_bulk(journal, [decision(f"{i:04d}", EXCLUDED) for i in range(1000)], "", By("ann"))
    due = second_reviews_due(journal, "bob", share=0.2, seed=1)
    assert 150 < len(due) < 250
    assert due == second_reviews_due(journal, "bob", share=0.2, seed=1)
    assert set(due) != set(second_reviews_due(journal, "bob", share=0.2, seed=2))
    assert second_reviews_due(journal, "ann", share=0.2, seed=1) == []
    # A larger share holds the smaller one, and a few more decisions move nothing.
    assert set(due) < set(second_reviews_due(journal, "bob", share=0.5, seed=1))
    relabel(journal, due[0], "coat", "bob", blind=True, seen=0)
    assert second_reviews_due(journal, "bob", share=0.2, seed=1) == due[1:]


def test_a_blind_second_answer_changes_nothing_and_a_different_one_goes_to_adjudication(journal: Journal) -> None:
    relabel(journal, "a", "coat")
    relabel(journal, "b", "coat")
    before = current(journal)
    assert relabel(journal, "a", "coat", "bob", blind=True).agreed == 1
    assert relabel(journal, "b", "dress", "bob", blind=True).conflicts == 1
    assert current(journal) == before
    (conflict,) = conflicts(journal)
    assert (conflict.key, conflict.label, conflict.blind) == ("b", "dress", True)


def test_reviewers_who_always_agree_have_no_interval_rather_than_one_of_nan(journal: Journal) -> None:
    for key, label in [("a", "coat"), ("b", "dress"), ("c", "coat"), ("d", "dress")]:
        relabel(journal, key, label)
        relabel(journal, key, label, "bob", blind=True)
    found = agreement(journal)
    assert found is not None
    assert (found.alpha.value, found.alpha.has_interval) == (1, False)
    said = list(in_words(summary(journal), found))[-2:]
    assert said[0].endswith("Krippendorff's alpha 1.00")
    assert said[1].endswith("Cohen's kappa 1.00")
    assert figure(found.alpha) == "1.00"


def test_ratings_are_the_first_and_the_blind_answers(journal: Journal) -> None:
    for key, first, second in [("a", "coat", "coat"), ("b", "coat", "dress"), ("c", "dress", "dress")]:
        relabel(journal, key, first)
        relabel(journal, key, second, "bob", blind=True)
    verdict(journal, "d", EXCLUDED, "ann")
    verdict(journal, "d", EXCLUDED, "cat", blind=True)
    relabel(journal, "e", "coat")
    relabel(journal, "e", "dress", "cat", blind=True)
    undo(journal, By("cat"))
    found = ratings(journal)
    assert found.reviewers == ("ann", "bob", "cat")
    assert found.keys == ("a", "b", "c", "d")
    assert found.categories == ("[excluded]", "coat", "dress")
    none = NO_RATING
    assert found.codes.tolist() == [[1, 1, 2, 0], [1, 2, 2, none], [none, none, none, 0]]
    assert pairs_of(found.codes) == [(0, 1)]
    # By hand: 2 of 3 agree; by chance (2/3 · 1/3) + (1/3 · 2/3) = 4/9; kappa = (6/9 - 4/9) / (5/9).
    assert abs(cohen_kappa(found.codes[0], found.codes[1]) - 0.4) < 1e-12


def test_without_second_reviews_there_are_no_ratings(journal: Journal) -> None:
    relabel(journal, "a", "coat")
    found = ratings(journal)
    assert found.reviewers == ()
    assert found.codes.shape == (0, 0)
