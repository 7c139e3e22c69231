from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.answers.scores.agreement import (
    KENDALL,
    SPEARMAN,
    UNPLACED,
    Overlaps,
    agreement,
    hard_places,
    in_words,
    main_scores,
    overlap_in_words,
    pair_correlation,
    side_by_side,
    strongest_pairs,
    top_overlaps,
)
from core.answers.view.choices import ScoreChoice, score_choices
from core.answers.view.ranking import Selection
from core.answers.view.reader import Reader
from core.metrics.agreement import kendall, spearman
from core.types import Estimate
from tests.audits import Made
from tests.metrics.oracles import overlap_at


def choice(name: str, made_from: str = "embedded") -> ScoreChoice:
    return ScoreChoice(f"run:{name}", name, name, 1, made_from, "", "", "given")


@pytest.mark.parametrize(("statistic", "function"), [(SPEARMAN, spearman), (KENDALL, kendall)])
def test_the_matrix_is_that_of_the_stored_scores(reader: Reader, made: Made, statistic: str, function: object) -> None:
    choices = score_choices(reader)
    found = agreement(reader, choices, statistic, Selection())
    values = [made.values[choices[i].name] for i in found.order]
    assert found.matrix[0, 1] == pytest.approx({"Spearman": spearman, "Kendall": kendall}[statistic](*values))
    assert (found.n, found.rows, found.sampled) == (120, 120, False)


def test_scores_that_agree_stand_side_by_side() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 500))
    scores = [one, other, one + 0.3 * rng.normal(size=500), other + 0.3 * rng.normal(size=500)]
    order = side_by_side(np.corrcoef(scores)).tolist()
    assert abs(order.index(0) - order.index(2)) == 1
    assert abs(order.index(1) - order.index(3)) == 1


def test_tops_share_everything_in_the_end(reader: Reader) -> None:
    first, *others = (hard_places(reader, choice) for choice in score_choices(reader))
    found = top_overlaps(reader, first, others, Selection())
    assert found is not None
    assert found.ks[0] == 10
    assert found.ks[-1] == found.n == 117
    assert found.shares[0, -1] == 1
    assert top_overlaps(reader, first, others, Selection(only="ids:0-5")) is None


def test_tops_of_images_in_view_are_among_themselves(reader: Reader, made: Made) -> None:
    first, *others = (hard_places(reader, choice) for choice in score_choices(reader))
    found = top_overlaps(reader, first, others, Selection(split="test"))
    assert found is not None
    rows = made.splits == "test"
    expected = overlap_at(made.values["rmd"][rows], made.values["vog_logit_late"][rows], found.ks)
    np.testing.assert_allclose(found.shares[0], expected)


def test_what_unrelated_scores_share_is_by_the_images_that_have_both(reader: Reader) -> None:
    """A score of a quarter of the images shares four times as much by chance as one of all."""
    rng, n = np.random.default_rng(0), reader.n_images
    first, whole, quarter = (rng.permutation(n).astype(np.int32) for _ in range(3))
    quarter[rng.permutation(n)[n // 4 :]] = UNPLACED
    found = top_overlaps(reader, first, [whole, quarter], Selection())
    assert found is not None
    assert found.both.tolist() == [n, n // 4]
    np.testing.assert_allclose(found.chance[0], found.ks / n)
    np.testing.assert_allclose(found.chance[1][0], 10 / (n // 4))
    np.testing.assert_array_equal(np.isnan(found.chance), np.isnan(found.shares))


def test_what_tops_share_is_said_of_scores_that_reach_so_far_alone() -> None:
    a, b, c = choice("a"), choice("b"), replace(choice("c"), direction=None)
    found = Overlaps(np.array([10]), np.array([[0.25], [np.nan]]), 1000, np.array([100, 5]))
    assert overlap_in_words(found, a, [b, c]) == "of the hardest 10 shared: b 25 %; chance 10 %"
    assert overlap_in_words(replace(found, shares=found.shares * np.nan), c, [a, b]) == (
        "no other score has 10 of these images"
    )
    both = Overlaps(np.array([10]), np.array([[0.25], [0.5]]), 1000, np.array([100, 1000]))
    assert overlap_in_words(both, c, [a, b]) == "of the highest 10 shared: b 50 % and a 25 %; chance 1.0 % to 10 %"


def test_a_pair_has_its_interval(reader: Reader, made: Made) -> None:
    a, b = score_choices(reader)
    found = pair_correlation(reader, a, b, Selection())
    assert found.value == pytest.approx(spearman(made.values[a.name], made.values[b.name]))
    assert found.low < found.value < found.high


def test_variants_are_left_out_of_the_short_list() -> None:
    names = ["rmd", "rmd_oof", "rmd_nearest", "vog_logit_late", "vog_logit_early", "vog_logit_late_normalised",
             "suspicion", "suspicion_from_knn", "md"]  # fmt: skip
    assert [one.name for one in main_scores([choice(name) for name in names])] == [
        "rmd_oof", "vog_logit_late", "suspicion", "md",
    ]  # fmt: skip


def test_the_closest_and_the_farthest_pair_are_named(reader: Reader) -> None:
    choices = score_choices(reader)
    found = agreement(reader, choices, SPEARMAN, Selection())
    near, far = strongest_pairs(found, [choices[i].name for i in found.order])
    assert near == far  # there is one pair
    assert "rmd" in near


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ((0.8, 0.7, 0.9), "they largely agree"), ((0.5, 0.35, 0.6), "they partly agree"),
        ((-0.2, -0.3, -0.1), "they weakly contradict each other"), ((0.1, -0.1, 0.3), "no agreement that this data"),
        ((np.nan, np.nan, np.nan), "cannot be compared"),
    ],
)  # fmt: skip
def test_agreement_in_words_goes_by_the_nearer_end_of_the_interval(
    figure: tuple[float, float, float], words: str
) -> None:
    assert in_words(Estimate(*figure)).startswith(words)
