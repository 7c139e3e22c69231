from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.answers.review.flag_worth import as_drawn, flag_worth, next_to_sample, strata_of
from core.types import UNLABELLED

N, NAMES = 4000, ("shirt", "coat")


def data(seed: int = 0) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Score, labels and which are wrong: 6 % at random, found by the score more or less; shirts worse than coats."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, N)
    wrong = rng.random(N) < np.where(labels == 0, 0.09, 0.03)
    return rng.normal(size=N) + 2.5 * wrong, labels, wrong


def reviewed_by_sample(seed: int, rounds: int) -> tuple[NDArray[Any], ...]:
    score, labels, wrong = data(seed)
    done = np.zeros(N, bool)
    for _ in range(rounds):
        done[next_to_sample(strata_of(score, labels, done, done & wrong, seed=seed), 100)] = True
    return score, labels, wrong, done


def test_strata_are_class_by_band_and_cover_every_labelled_image_with_a_score() -> None:
    score, labels, _ = data()
    labels[0], score[1] = UNLABELLED, np.nan
    nothing = np.zeros(N, bool)
    strata = strata_of(score, labels, nothing, nothing)
    assert strata.size.sum() == N - 2
    assert (strata.rows[:2] == UNLABELLED).all()
    assert len(strata.size) == 12
    for h in range(12):
        members = strata.rows == h
        assert (labels[members] == strata.label[h]).all()
        assert sorted(strata.place[members]) == list(range(strata.size[h]))
    assert score[(strata.rows >= 0) & (strata.band[strata.rows] == 0)].min() == pytest.approx(
        np.sort(score[2:])[::-1][39], abs=0.1
    )
    assert strata.sampled.sum() == 0


def test_images_reviewed_for_being_suspect_take_no_part_in_the_estimate() -> None:
    score, labels, wrong = data()
    top = np.zeros(N, bool)
    top[np.argsort(-score)[:15]] = True
    some = strata_of(score, labels, top, top & wrong)
    assert some.sampled.sum() < 15  # only where they begin a stratum's random order by chance
    assert some.found == (top & wrong).sum()


def test_estimates_hold_the_truth_and_more_reviews_make_them_narrower() -> None:
    widths, held = {}, 0
    for rounds in (3, 12):
        width = []
        for seed in range(8):
            score, labels, wrong, done = reviewed_by_sample(seed, rounds)
            strata = strata_of(score, labels, done, done & wrong, seed=seed)
            assert strata.sampled.sum() == done.sum()
            worth = flag_worth(strata, NAMES)
            held += worth.noise.low <= wrong.mean() <= worth.noise.high
            left = int((wrong & ~done).sum())
            held += worth.left.low <= left <= worth.left.high
            for each in worth.precisions:
                if each.label is None:
                    top = np.argsort(-score)[: each.images]
                    held += each.precision.low <= wrong[top].mean() <= each.precision.high
            width.append(worth.noise.high - worth.noise.low)
        widths[rounds] = np.mean(width)
    assert held >= 0.95 * 2 * 8 * 7
    assert widths[12] < 0.7 * widths[3]


def test_a_queue_by_rank_says_nothing_of_the_images_it_did_not_reach() -> None:
    score, labels, wrong = data()
    reached = np.zeros(N, bool)
    reached[np.argsort(-score)[: N // 30]] = True  # all of the first band, and some of the second
    reached |= np.random.default_rng(1).random(N) < 0.02  # and a few that somebody opened elsewhere
    worth = flag_worth(as_drawn(strata_of(score, labels, reached, reached & wrong)), NAMES)
    assert np.isnan(worth.noise.value)
    assert np.isnan(worth.left.value)
    assert not worth.stop
    assert "Go on with the sample" in worth.words
    of_all = [each.precision for each in worth.precisions if each.label is None]
    first = np.argsort(-score)[: round(0.01 * N)]
    assert of_all[0].value == pytest.approx(wrong[first].mean())
    assert np.isnan(of_all[-1].value)
    assert worth.noise.low <= wrong.mean() <= worth.noise.high


def test_a_small_class_that_is_decided_whole_is_no_sample_of_its_band() -> None:
    score, labels, wrong = data()
    order = np.argsort(-score)
    reached = np.zeros(N, bool)
    reached[order[: N // 5]] = True  # every band but the last
    last = order[N // 5 :]
    labels[labels == 1] = 0
    labels[last[:3]] = 1
    reached[last[:3]] = True
    worth = flag_worth(as_drawn(strata_of(score, labels, reached, reached & wrong)), NAMES)
    assert np.isnan(worth.noise.value)
    assert "those below the most suspect 20 %" in worth.words


def test_a_band_that_is_nearly_whole_is_known_though_its_start_is_not_random() -> None:
    score, labels, wrong, done = reviewed_by_sample(0, 6)
    first = np.argsort(-score)[: round(0.01 * N)]
    done[first[1:]] = True  # one of them was skipped
    worth = flag_worth(as_drawn(strata_of(score, labels, done, done & wrong)), NAMES)
    top = next(each.precision for each in worth.precisions if each.label is None)
    assert np.isfinite(top.value)
    assert np.isfinite(worth.noise.value)


def test_the_stop_rule_says_when_and_why() -> None:
    score, labels, wrong = data()
    nothing = np.zeros(N, bool)
    worth = flag_worth(strata_of(score, labels, nothing, nothing), NAMES)
    assert not worth.stop
    assert worth.words.startswith("Nothing of the random sample")
    score, labels, wrong, done = reviewed_by_sample(0, 3)
    early = flag_worth(strata_of(score, labels, done, done & wrong), NAMES)
    assert not early.stop
    assert "Go on" in early.words
    assert "more of it to halve the interval" in early.words
    everything = np.ones(N, bool)
    whole = flag_worth(strata_of(score, labels, everything, wrong), NAMES)
    assert whole.stop
    assert max(whole.left.numbers) == 0
    assert whole.noise.value == pytest.approx(wrong.mean())
    assert "You can stop" in whole.words


def test_what_is_sampled_next_continues_every_strata_s_order() -> None:
    score, labels, wrong, done = reviewed_by_sample(1, 2)
    strata = strata_of(score, labels, done, done & wrong, seed=1)
    rows = next_to_sample(strata, 50)
    assert len(rows) == len(set(rows.tolist())) == 50
    assert not done[rows].any()
    assert (strata.sampled > 0).all()  # half of them go evenly
    assert len(next_to_sample(strata_of(score, labels, np.ones(N, bool), wrong), 50)) == 0
