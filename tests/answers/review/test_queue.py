"""Who looks at what next, and how far a queue is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest

from core.answers.image.class_vectors import ClassVectors
from core.answers.image.tiles import renamed as renamed_tiles
from core.answers.image.tiles import tiles
from core.answers.labels.precision_at_threshold import reviewed
from core.answers.models.evaluating_labels import REVIEWED, evaluating_labels
from core.answers.review.card import Card, Like, in_words, past, renamed, sides
from core.answers.review.queue import Adjudication, InOrder, Next, Progress, SecondReviews, earlier_keys, open_conflicts
from core.answers.review.random_sample import sample_at, strata_at, worth_at
from core.answers.review.states import agreement_lines, compared, state_words
from core.answers.review.suggested import Suggested
from core.answers.scores.colouring import by_review
from core.answers.view.journal import reviewed_by_class
from core.answers.view.ranking import scored
from core.answers.view.reader import Reader, open_reader
from core.reviews import (
    By,
    Decision,
    Journal,
    ReviewedImage,
    decide,
    merge_class,
    open_journal,
    redo,
    rename_class,
    resolve,
    undo,
)
from core.reviews.verdicts import verdicts
from core.store.lookups import image_rows
from core.types import UNLABELLED
from tests.audits import Made, build_audit, publish


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return build_audit(tmp_path, n=120)


@pytest.fixture
def reader(made: Made) -> Reader:
    return open_reader(made.audit)


@pytest.fixture
def journal(made: Made) -> Iterator[Journal]:
    opened = open_journal(made.audit)
    yield opened
    opened.close()


class Say(Protocol):
    def __call__(
        self, index: int, verdict: str, label: str | None = None, *, who: str = "ann", seen: int = 999,
        blind: bool = False,
    ) -> None: ...  # fmt: skip


@pytest.fixture
def say(reader: Reader, journal: Journal, made: Made) -> Say:
    """Somebody decides an image."""
    rows = image_rows(reader.hub, np.arange(len(made.keys)))

    def decided(
        index: int, verdict: str, label: str | None = None, *, who: str = "ann", seen: int = 999, blind: bool = False
    ) -> None:
        picture = ReviewedImage(made.keys[index], rows[index]["content_hash"], reader.class_name(rows[index]["label"]))
        decide(journal, Decision(picture, verdict, label, seen=seen, blind=blind), By(who))

    return decided


def test_a_queue_goes_on_after_what_is_decided_or_skipped_and_says_from_where(
    reader: Reader, journal: Journal, made: Made, say: Say
) -> None:
    queue = InOrder(reader, np.arange(20))
    say(0, "excluded")
    say(1, "skipped")
    say(3, "confirmed")
    found = queue.next_keys(journal, "ann", 3, 0)
    assert found.keys == [made.keys[2], made.keys[4], made.keys[5]]
    assert found.start == 2
    assert queue.next_keys(journal, "ann", 3, found.start).keys == found.keys
    assert queue.next_keys(journal, "bob", 2, 0).keys == [made.keys[1], made.keys[6]]  # ann's skip, not ann's loans


def test_what_was_skipped_comes_back_after_everything_not_looked_at_last_skipped_last(
    reader: Reader, journal: Journal, made: Made, say: Say
) -> None:
    queue, keys = InOrder(reader, np.arange(6)), made.keys
    for index in (3, 0, 2, 50):
        say(index, "skipped")
    assert queue.next_keys(journal, "ann", 10, 0) == Next([keys[1], keys[4], keys[5], keys[3], keys[0], keys[2]], 1)
    assert queue.progress(journal, "ann") == "6 to review · 3 skipped, they come back at the end"
    assert queue.progress(journal, "bob") == "6 to review"
    say(3, "skipped")  # once more
    say(0, "excluded", who="bob")
    for index in (1, 4, 5):
        say(index, "confirmed")
    assert queue.next_keys(journal, "ann", 10, 1).keys == [keys[2], keys[3]]
    assert queue.progress(journal, "ann").endswith("· 2 skipped, they come back now")
    say(2, "confirmed")
    assert queue.progress(journal, "ann").endswith("· 1 skipped, it comes back now")
    say(3, "confirmed")
    assert queue.next_keys(journal, "ann", 10, 1).keys == []
    assert "skipped" not in queue.progress(journal, "ann")


def test_a_skip_that_was_taken_back_is_none(reader: Reader, journal: Journal, made: Made, say: Say) -> None:
    queue = InOrder(reader, np.arange(3))
    say(0, "skipped")
    undo(journal, By("ann"))
    assert queue.next_keys(journal, "ann", 3, 0).keys == made.keys[:3]
    redo(journal, By("ann"))
    assert queue.next_keys(journal, "ann", 3, 0).keys == [*made.keys[1:3], made.keys[0]]


def test_every_image_is_seen_once_before_a_skipped_one_is_seen_again(
    reader: Reader, journal: Journal, made: Made, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.answers.review.queue.BLOCK", 7)
    queue, start, seen = InOrder(reader, np.arange(40)), 0, []
    rng = np.random.default_rng(0)
    while (found := queue.next_keys(journal, "ann", 3, start)).keys:
        start = found.start
        index = made.keys.index(found.keys[0])
        seen.append(index)
        say(index, "skipped" if rng.random() < 0.5 else "confirmed")
    assert seen[:40] == list(range(40))
    again = seen[40:]
    assert again[: len(set(again))] == sorted(set(again))  # every skipped one before any of them a third time
    assert queue.count(journal).left == 0


def test_progress_counts_changed_and_excluded_labels_as_wrong(
    reader: Reader, journal: Journal, made: Made, say: Say
) -> None:
    queue = InOrder(reader, np.arange(10))
    assert queue.progress(journal, "ann") == "10 to review"
    other = reader.class_name((int(reader.labels[3]) + 1) % 5)
    decided = ((1, "confirmed"), (2, "excluded"), (3, "relabelled"), (4, "ambiguous"), (50, "excluded"))
    for index, verdict in decided:
        say(index, verdict, other if verdict == "relabelled" else None)
    counted = queue.count(journal)
    assert (counted.decided, counted.wrong, counted.left) == (4, 2, 6)
    assert queue.progress(journal, "ann").startswith("6 left · 4 decided, 50 %")


def test_second_reviews_are_of_others_and_do_not_come_again(journal: Journal, made: Made, say: Say) -> None:
    for index in range(1, 110):
        say(index, "confirmed", who="bob")
    assert SecondReviews().next_keys(journal, "bob", 3, 0).keys == []
    first = SecondReviews().next_keys(journal, "ann", 1, 0).keys[0]
    say(made.keys.index(first), "excluded", blind=True)
    assert first not in SecondReviews().next_keys(journal, "ann", 50, 0).keys
    assert SecondReviews().progress(journal, "ann").endswith("left to you")
    skipped, *others = SecondReviews().next_keys(journal, "ann", 50, 0).keys
    say(made.keys.index(skipped), "skipped", blind=True)
    assert SecondReviews().next_keys(journal, "ann", 50, 0).keys == [*others, skipped]
    assert SecondReviews().progress(journal, "ann").endswith("1 skipped, it comes back at the end")


def test_a_conflict_comes_with_both_answers(journal: Journal, made: Made, say: Say) -> None:
    say(5, "confirmed", who="bob")
    say(5, "excluded", seen=0)
    assert Adjudication().next_keys(journal, "cat", 5, 0).keys == [made.keys[5]]
    held, against = sides(open_conflicts(journal)[made.keys[5]])
    assert (held.reviewer, held.verdict, held.standing) == ("bob", "confirmed", True)
    assert (against.reviewer, against.verdict, against.standing) == ("ann", "excluded", False)


def test_a_conflict_that_is_skipped_stays_open_and_comes_last(journal: Journal, made: Made, say: Say) -> None:
    for index in (5, 6):
        say(index, "confirmed", who="bob")
        say(index, "excluded", seen=0)
    first = open_conflicts(journal)[made.keys[5]]
    resolve(journal, first.sequence, Decision(ReviewedImage(made.keys[5], "x", None), "skipped", seen=999), By("cat"))
    assert Adjudication().next_keys(journal, "cat", 5, 0).keys == [made.keys[6], made.keys[5]]
    assert Adjudication().progress(journal, "cat") == "2 conflicts open · 1 skipped, it comes back at the end"


def test_what_was_decided_last_is_known_oldest_first(journal: Journal, made: Made, say: Say) -> None:
    for index in (4, 5, 6, 5):
        say(index, "confirmed")
    say(9, "confirmed", who="bob")
    assert earlier_keys(journal, "ann", 2) == [made.keys[6], made.keys[5]]


def test_a_past_state_is_compared_with_now_in_words(journal: Journal, made: Made, say: Say) -> None:
    for index in (1, 2, 3):
        say(index, "excluded")
    found = compared(journal, 1)
    assert (found.n, found.words[0]) == (2, "1 images reviewed, 0 skips, entry 1 of the journal")
    assert [state_words(one.before) for one in found.shown] == ["not reviewed", "not reviewed"]
    assert state_words(found.shown[0].after) == "excluded"
    assert past(journal, made.keys[1])[0].text == "excluded"


def test_agreement_has_a_line_for_everybody_and_one_for_each_pair(
    reader: Reader, journal: Journal, made: Made, say: Say
) -> None:
    assert agreement_lines(reader, 0) == []
    for index in range(1, 12):
        say(index, "confirmed", who="bob")
        say(index, "confirmed" if index % 3 else "excluded", blind=True)
    lines = agreement_lines(reader, journal.last)
    assert [(line.who, line.images) for line in lines] == [("everybody", 11), ("ann and bob", 11)]
    assert all("[" in line.figure for line in lines)


def test_neighbours_within_a_class_are_those_that_every_vector_of_it_gives(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(120, 4)).astype(np.float32)
    vectors[7] = np.nan
    run = publish(
        made.audit, "embed", "other", {"embedding": {"image_id": np.arange(120, dtype=np.int32), "vector": vectors}}
    )
    reader = open_reader(made.audit)
    kept = ClassVectors(reader, run)
    assert kept.vector(7) is None
    mine = kept.vector(9)
    assert mine is not None
    np.testing.assert_array_equal(mine, vectors[9])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    members = [i for i in range(120) if reader.labels[i] == reader.labels[9] and i not in (7, 9)]
    expected = sorted(members, key=lambda i: -float(unit[i] @ unit[9]))[:3]
    near = kept.nearest(mine, int(reader.labels[9]), 3, but=9)
    assert [one.key for one in near] == [made.keys[i] for i in expected]
    np.testing.assert_array_equal(kept.vector(9), mine)  # from what is kept now
    monkeypatch.setattr("core.answers.image.class_vectors.MOST_OF_ONE", 0)
    assert [one.key for one in kept.nearest(mine, int(reader.labels[9]), 3, but=9)] == [one.key for one in near]


def test_a_sample_has_no_gap_in_any_stratum_and_says_what_the_flags_are_worth(
    reader: Reader, journal: Journal, made: Made, say: Say
) -> None:
    address = next(info.address for info in reader.scores if info.name == "rmd")
    ids = sample_at(reader, address, 0, 30)
    assert (ids == sample_at(reader, address, 0, 30)).all()
    strata = strata_at(reader, address, 0)
    for so_far in range(1, 31):  # wherever a reviewer stops
        for stratum in np.unique(strata.rows[ids[:so_far]]):
            places = strata.place[ids[:so_far]][strata.rows[ids[:so_far]] == stratum]
            assert sorted(places) == list(range(len(places)))
    assert "Nothing of the random sample" in worth_at(reader, address, 0).words
    for index in ids[:20].tolist():
        say(index, "confirmed" if index % 4 else "excluded")
    worth = worth_at(reader, address, journal.last)
    assert sum(one.sampled for one in worth.precisions if one.label is None and one.cut == 0.2) > 0
    assert worth.noise.low <= worth.noise.value <= worth.noise.high


def test_a_class_that_was_only_renamed_makes_no_label_wrong(
    reader: Reader, journal: Journal, made: Made, say: Say
) -> None:
    shirts = np.flatnonzero(reader.labels == 0)[:20]
    for index in shirts.tolist():
        say(index, "confirmed")
    say(int(shirts[0]), "ambiguous")
    before = reviewed(reader, shirts, journal.last)
    rename_class(journal, "shirt", "blouse", By("ann"))
    known, wrong = verdicts(reader.hub, journal)
    assert (known.sum(), wrong.sum()) == (20, 0)
    assert InOrder(reader, shirts).count(journal).wrong == 0
    assert reviewed(reader, shirts, journal.last) == before
    assert before is not None
    assert before.value == 0
    others = np.flatnonzero(reader.labels == 1)[:20]
    for index in others.tolist():
        say(index, "confirmed")
    rename_class(journal, reader.class_names[1], "shirt", By("ann"))  # a name that another class had before
    assert not verdicts(reader.hub, journal)[1].any()
    assert InOrder(reader, others).count(journal).wrong == 0
    again = reviewed(reader, others, journal.last)
    assert again is not None
    assert again.value == 0


def test_the_share_of_wrong_labels_is_one_figure_wherever_it_is_shown(
    reader: Reader, journal: Journal, made: Made, say: Say
) -> None:
    """Excluded images are wrong and ambiguous ones right, of a list of suspects, of a queue and of a sample alike."""
    images = np.arange(20)
    for index in images.tolist():
        other = reader.class_names[(int(reader.labels[index]) + 1) % 5]
        verdict = ("excluded", "ambiguous", "confirmed", "relabelled")[index % 4]
        say(index, verdict, other if verdict == "relabelled" else None)
    known, wrong = verdicts(reader.hub, journal)
    found, counted = reviewed(reader, images, journal.last), InOrder(reader, images).count(journal)
    assert (known.sum(), wrong.sum()) == (20, 10)
    assert found is not None
    assert (found.n, found.value) == (20, 0.5)
    assert (counted.decided, counted.labelled, counted.wrong) == (20, 20, 10)


def test_a_decision_about_another_content_of_an_image_counts_nowhere(
    reader: Reader, journal: Journal, made: Made
) -> None:
    images = np.arange(20)
    for row in image_rows(reader.hub, images):
        now = ReviewedImage(row["key"], row["content_hash"], reader.class_name(row["label"]))
        before = ReviewedImage(row["key"], "of another picture", reader.class_name(row["label"]))
        decide(journal, Decision(now if row["image_id"] < 10 else before, "excluded", seen=999), By("ann"))
    at = journal.last
    queue, found = InOrder(reader, images), reviewed(reader, images, at)
    assert verdicts(reader.hub, journal)[0].sum() == 10
    assert found is not None
    assert found.n == 10
    assert (queue.count(journal).decided, queue.count(journal).left) == (10, 10)
    assert queue.next_keys(journal, "ben", 20, 0).keys == made.keys[10:20]
    assert sum(reviewed_by_class(reader, at).values()) == 10
    coloured = by_review(reader, at).values
    assert coloured is not None
    assert coloured.sum() == 10
    assert np.count_nonzero(evaluating_labels(reader, REVIEWED, at).labels[images] == UNLABELLED) == 10


def test_a_label_that_an_image_never_had_is_not_counted_as_a_wrong_one() -> None:
    given = Progress(decided=3, labelled=2, wrong=1, left=4)
    assert given.text == "4 left · 3 decided, 50 % [9, 91] of their 2 given labels wrong, as counted"
    assert Progress(decided=3, labelled=0, wrong=0, left=4).text == "4 left · 3 decided"


def test_tiles_name_classes_as_they_are_called_now(reader: Reader, journal: Journal) -> None:
    address = next(info.address for info in reader.scores if info.name == "rmd")
    found = tiles(reader, scored(reader, address), address, np.arange(8), None)
    assert renamed_tiles(journal, found) == found
    doubted = found[4]
    assert doubted.suggested
    merge_class(journal, doubted.suggested, doubted.given, By("ann"))
    rename_class(journal, doubted.given, "blouse", By("ann"))
    now = renamed_tiles(journal, found)[4]
    assert (now.given, now.suggested) == ("blouse", "")  # what is one class now is no suggestion


def test_scores_are_named_in_words_and_cards_by_the_classes_of_today(journal: Journal) -> None:
    assert in_words("rmd_margin") == "RMD margin"
    suggested = (Suggested("T-shirt/top", 2, 3, None), Suggested("ankle boot", 1, 3, 0.2))
    made = Card("k", "h", "shirt", "", "", False, suggested, "", (Like("shirt", ()),), {})
    assert renamed(journal, made) is made
    rename_class(journal, "T-shirt/top", "tee", By("ann"))
    found = renamed(journal, made)
    assert [one.name for one in found.suggestions] == ["tee", "ankle boot"]
    assert (found.given, found.suggestions[0].text) == ("shirt", "2 of 3")
