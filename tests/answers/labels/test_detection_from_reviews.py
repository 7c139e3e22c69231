"""What decisions say of the scores: a random sample speaks for all, what a queue led to for itself alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from core.answers.labels.detection_from_reviews import ByReviews, finding_by_reviews
from core.answers.review.flag_worth import as_drawn, next_to_sample, strata_of
from core.answers.review.random_sample import sample_at, strata_at
from core.answers.review.reviewed_sample import FEWEST, Decided, by_themselves, sampled_rows
from core.answers.view.choices import score_choices
from core.answers.view.reader import Reader, open_reader
from core.metrics.sampled import Sample, even_sample
from core.reviews import By, Decision, Journal, ReviewedImage, decide, open_journal
from core.reviews.scores_shown import scores_shown
from core.store import lookups, views
from core.types import Bools, Floats, Ints
from tests.audits import build_audit

N = 600


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audits")


@pytest.fixture(scope="module")
def reader(folder: Path) -> Reader:
    return open_reader(build_audit(folder, n=N, n_classes=3).audit)


@pytest.fixture(scope="module")
def design(reader: Reader) -> str:
    """The address of the score that samples are drawn by."""
    return next(info.address for info in reader.scores if info.name == "rmd")


@pytest.fixture(scope="module")
def wrong(reader: Reader, design: str) -> Bools:
    """Which labels the reviewers of these tests find wrong: one in eight, more of them among the suspects."""
    values = np.nan_to_num(views.score(reader.hub, design))
    return np.asarray(np.random.default_rng(1).random(N) < 0.07 + 0.3 * (values > 120))


@pytest.fixture
def journal(reader: Reader, folder: Path) -> Iterator[Journal]:
    opened = open_journal(reader.hub.audit)
    yield opened
    opened.close()
    for file in reader.hub.audit.path.glob("review*"):
        file.unlink()


@pytest.fixture
def review(reader: Reader, journal: Journal, wrong: Bools, design: str) -> Callable[[Sequence[int]], int]:
    """Decides images as `wrong` has it; the journal's last entry."""

    def reviewed(ids: Sequence[int]) -> int:
        for row in lookups.image_rows(reader.hub, np.asarray(ids)):
            picture = ReviewedImage(row["key"], row["content_hash"], reader.class_name(row["label"]))
            verdict = "excluded" if wrong[row["image_id"]] else "confirmed"
            decide(journal, Decision(picture, verdict, seen=journal.last, runs={"score": design}), By("ann"))
        return journal.last

    return reviewed


def by_reviews(reader: Reader, at: int) -> ByReviews:
    return finding_by_reviews(reader, score_choices(reader), (), at)


def test_without_a_decision_nothing_is_drawn(reader: Reader) -> None:
    found = by_reviews(reader, 0)
    assert (found.finders, found.n, found.wrong) == ((), 0, 0)


def test_a_random_sample_speaks_for_all_by_its_strata(
    reader: Reader, review: Callable[[Sequence[int]], int], wrong: Bools, design: str, journal: Journal
) -> None:
    at = 0
    for _ in range(2):
        at = review(sample_at(reader, design, at, 100).tolist())
    assert scores_shown(journal, at) == [design]
    found = by_reviews(reader, at)
    assert found.sampled
    assert found.caution == ""
    assert (found.n, found.drawn and found.drawn.images) == (200, N - 3)  # three images have no rmd
    notes = " ".join(found.notes)
    assert "random sample drawn by rmd: 200 reviewed images" in notes
    # The same by hand: a sampled image stands for the size of its stratum over the number sampled of it.
    strata = strata_at(reader, design, at)
    ids = np.flatnonzero((strata.rows >= 0) & (strata.place < strata.sampled[strata.rows]))
    weight = (strata.size / strata.sampled.clip(1))[strata.rows[ids]]
    score = views.score(reader.hub, design)[ids]
    finder = next(one for one in found.finders if one.score.address == design)
    assert finder.auroc.value == pytest.approx(roc_auc_score(wrong[ids], score, sample_weight=weight))
    expected = average_precision_score(wrong[ids], score, sample_weight=weight)
    assert finder.average_precision.value == pytest.approx(expected)
    assert finder.auroc.low < finder.auroc.value < finder.auroc.high
    assert found.share == pytest.approx(weight[wrong[ids]].sum() / weight.sum())
    assert found.finders[0].average_precision.value >= found.finders[-1].average_precision.value


def test_what_a_queue_led_to_is_judged_by_itself_with_a_caution(
    reader: Reader, review: Callable[[Sequence[int]], int], wrong: Bools, design: str
) -> None:
    values = views.score(reader.hub, design)
    top = np.argsort(-np.nan_to_num(values, nan=-np.inf))[:120]
    found = by_reviews(reader, review(top.tolist()))
    assert not found.sampled
    assert found.n == 120
    assert "chosen by a score and favour it" in found.caution
    assert not list(found.notes)
    finder = next(one for one in found.finders if one.score.address == design)
    assert finder.auroc.value == pytest.approx(roc_auc_score(wrong[top], values[top]))


def test_too_few_of_one_kind_draw_nothing_and_a_small_sample_is_told(
    reader: Reader, review: Callable[[Sequence[int]], int], wrong: Bools, design: str
) -> None:
    few = [*np.flatnonzero(wrong)[: FEWEST - 1], *np.flatnonzero(~wrong)[:40]]
    found = by_reviews(reader, review(few))
    assert found.finders == ()
    assert (found.n, found.wrong) == (FEWEST - 1 + 40, FEWEST - 1)
    found = by_reviews(reader, review(np.flatnonzero(wrong)[FEWEST - 1 : 30].tolist()))
    assert found.finders
    assert not found.sampled


def has_sample(done: Bools, labels: Ints, score: Floats, *, by_chance: bool = False) -> bool:
    """Whether there is a random sample, one that chance gives among the decisions included if `by_chance`."""
    strata = strata_of(score, labels, done, np.zeros(len(done), bool))
    return sampled_rows(strata if by_chance else as_drawn(strata)) is not None


def test_decisions_scattered_over_a_set_of_many_classes_are_no_random_sample() -> None:
    rng = np.random.default_rng(0)
    labels, score = rng.integers(0, 300, 30_000), rng.normal(size=30_000)
    scattered = rng.random(30_000) < 0.1
    assert has_sample(scattered, labels, score, by_chance=True)  # some of them happen to begin a stratum's order
    assert not has_sample(scattered, labels, score)
    drawn = np.zeros(30_000, bool)
    for _ in range(3):
        drawn[next_to_sample(strata_of(score, labels, drawn, drawn & False), 400)] = True
    assert has_sample(drawn, labels, score)
    assert has_sample(np.ones(30_000, bool), labels, score)  # all of it is a sample too
    assert not has_sample(np.zeros(30_000, bool), labels, score)


def test_classes_without_a_sampled_image_are_stood_for_by_their_band() -> None:
    rng = np.random.default_rng(0)
    labels, score = rng.integers(0, 40, 4000), rng.normal(size=4000)
    done = np.zeros(4000, bool)
    done[next_to_sample(strata_of(score, labels, done, done), 100)] = True
    strata = strata_of(score, labels, done, done & False)
    assert (strata.sampled == 0).any()
    rows = sampled_rows(strata)
    assert rows is not None
    ids, sample = rows
    for band in range(6):
        inside = strata.band == band
        assert sample.weight[strata.band[strata.rows[ids]] == band].sum() == pytest.approx(strata.size[inside].sum())


def test_a_part_of_very_many_decisions_stands_for_all_of_them() -> None:
    wrong = np.random.default_rng(0).random(5000) < 0.2
    whole = Decided(np.arange(5000), wrong, Sample(np.full(5000, 2.0), np.full(5000, 0.5), np.zeros(5000, int)))
    part = whole.thinned(1000)
    assert len(part.ids) == len(set(part.ids.tolist())) == 1000
    assert part.sample.weight.sum() == pytest.approx(10_000)
    for kind in (True, False):  # each kind stands for as many as before
        assert part.sample.weight[part.wrong == kind].sum() == pytest.approx(2 * (wrong == kind).sum())
        share = (part.wrong == kind).sum() / (wrong == kind).sum()
        np.testing.assert_allclose(part.sample.fraction[part.wrong == kind], 0.5 * share)
    few = by_themselves(np.arange(5000), np.arange(5000) < 12).thinned(1000)
    assert few.wrong.sum() == 12  # enough before, enough after
    assert len(few.ids) == 1000
    assert part.share == pytest.approx(whole.share, abs=0.03)
    assert not Decided(np.arange(5), np.ones(5, bool), even_sample(5)).enough
