from __future__ import annotations

import numpy as np
import pytest

from core.answers.scores.cloud import cloud
from core.answers.scores.pair import (
    RANKS,
    VALUES,
    axis,
    corner_chances,
    corner_counts,
    corners,
    counterpart,
    encode_pair,
    pair_cloud,
    percentiles,
)
from core.answers.view.choices import ScoreChoice, score_choices
from core.answers.view.ranking import Selection, chosen_in_view
from core.answers.view.reader import Reader
from core.answers.view.shapes import Box, Outline, decode_shape, drawn_shape, encode_shape
from core.answers.view.subsets import subset_ids, subset_words
from core.errors import BadInput
from tests.audits import Made


@pytest.fixture(scope="module")
def both(reader: Reader) -> tuple[ScoreChoice, ScoreChoice]:
    by_name = {one.name: one for one in score_choices(reader)}
    return by_name["rmd"], by_name["vog_logit_late"]


def test_percentiles_put_ties_in_the_middle_of_theirs() -> None:
    # Places 1, 2 and 3 are equal: all at (2 - 0.5) / 4.
    values = np.array([5, 5, 9, np.nan, 5], np.float32)
    np.testing.assert_allclose(percentiles(values), [37.5, 37.5, 87.5, np.nan, 37.5])


def test_a_box_on_values_names_the_images_in_it(
    reader: Reader, made: Made, both: tuple[ScoreChoice, ScoreChoice]
) -> None:
    a, b = both
    only = encode_pair(a.address, b.address, VALUES, Box(0, np.inf, -np.inf, 2))
    expected = np.flatnonzero((made.values["rmd"] >= 0) & (made.values["vog_logit_late"] <= 2))
    assert sorted(subset_ids(reader, only).tolist()) == expected.tolist()
    assert subset_words(reader, only) == "rmd from 0, vog_logit_late up to 2.00"


def test_the_farthest_out_come_first(reader: Reader, made: Made, both: tuple[ScoreChoice, ScoreChoice]) -> None:
    a, b = both
    ids = subset_ids(reader, encode_pair(a.address, b.address, VALUES, Box(0, np.inf, -np.inf, np.inf)))
    rmd = made.values["rmd"][ids]
    assert np.corrcoef(rmd, np.arange(len(rmd)))[0, 1] < -0.5


def test_corners_are_fifths_of_both_orders(reader: Reader, made: Made, both: tuple[ScoreChoice, ScoreChoice]) -> None:
    a, b = both
    points = pair_cloud(reader, axis(reader, a.address, RANKS), axis(reader, b.address, RANKS), Selection())
    assert len(points.ids) == 117  # three images have no rmd
    counts = corner_counts(points, a, b)
    # Worked out from the orders themselves. rmd: 117 values; vog: 120.
    rmd, vog = made.values["rmd"], made.values["vog_logit_late"]
    top = (np.argsort(np.argsort(rmd)) + 0.5) / 117 >= 0.8
    low = (np.argsort(np.argsort(vog)) + 0.5) / 120 <= 0.2
    assert counts[0] == np.count_nonzero(top & low & ~np.isnan(rmd))


def test_what_corners_hold_by_chance_is_by_how_many_in_view_lie_at_either_end(
    both: tuple[ScoreChoice, ScoreChoice],
) -> None:
    """Of a class that is hard by both scores unrelated ones put many into one corner, not a twenty-fifth into each."""
    a, b = both
    x, y = np.array([90, 90, 90, 50], np.float32), np.array([90, 90, 10, 90], np.float32)
    chances = zip(corners(a, b), corner_chances(cloud(x, y, None), a, b), strict=True)
    assert {(one.high_a, one.high_b): chance for one, chance in chances} == {
        (True, True): 3 * 3 / 4,
        (True, False): 3 * 1 / 4,
        (False, True): 0,
        (False, False): 0,
    }


def test_corners_are_called_hard_only_where_the_direction_is_known(both: tuple[ScoreChoice, ScoreChoice]) -> None:
    assert [one.words for one in corners(*both)] == [
        "hard by rmd, low by vog_logit_late", "easy by rmd, high by vog_logit_late",
        "hard by rmd, high by vog_logit_late", "easy by rmd, low by vog_logit_late",
    ]  # fmt: skip


def test_a_score_is_held_against_one_from_another_source(reader: Reader, both: tuple[ScoreChoice, ScoreChoice]) -> None:
    assert counterpart(score_choices(reader), both[0]) == both[1]
    assert counterpart(both[:1], both[0]) is None


def test_points_in_view_only(reader: Reader, made: Made, both: tuple[ScoreChoice, ScoreChoice]) -> None:
    x, y = (axis(reader, one.address, VALUES) for one in both)
    found = pair_cloud(reader, x, y, Selection(split="test"))
    assert set(made.splits[found.ids]) == {"test"}
    assert found.as_points
    assert found.outside == 0


def test_a_subset_in_view_keeps_its_order(reader: Reader, both: tuple[ScoreChoice, ScoreChoice]) -> None:
    only = encode_pair(both[0].address, both[1].address, RANKS, Box(50, 100, 0, 100))
    whole = subset_ids(reader, only)
    part = chosen_in_view(reader, only, Selection(label=1))
    assert part.tolist() == [i for i in whole.tolist() if reader.labels[i] == 1]


@pytest.mark.parametrize("shape", [Box(-1.25, np.inf, 0.1, 2e6), Outline((0.0, 1.5, 3.25), (2.0, -1.0, 0.5))])
def test_shapes_come_back(shape: Box | Outline) -> None:
    assert decode_shape(encode_shape(shape)) == shape


def test_a_threshold_keeps_every_digit() -> None:
    cut = float(np.float32(0.1))
    found = decode_shape(encode_shape(Box(cut, 1, 0, 1)))
    assert isinstance(found, Box)
    assert np.float32(found.left) == np.float32(0.1)


def test_an_outline_of_hundreds_of_corners_is_thinned() -> None:
    angle = np.linspace(0, 2 * np.pi, 500)
    text = encode_shape(Outline(tuple(np.cos(angle)), tuple(np.sin(angle))))
    assert len(text) < 1000


def test_the_geometry_of_a_selection_is_read_and_not_its_points() -> None:
    assert drawn_shape({"box": [{"x": [3, 1], "y": [0, 2]}], "lasso": []}) == Box(1, 3, 0, 2)
    assert drawn_shape({"box": [], "lasso": [{"x": [0, 1, 1], "y": [0, 0, 1]}]}) == Outline((0, 1, 1), (0, 0, 1))
    assert drawn_shape({"box": [], "lasso": []}) is None


@pytest.mark.parametrize(
    "only", ["pair:", "pair:a~b~ranks~box,0,1,0,1", "pair:{a}~{b}~inches~box,0,1,0,1", "pair:{a}~{b}~ranks~box,0,1,0",
             "pair:{a}~{b}~ranks~lasso,0,0,1,1", "pair:{a}~{b}~ranks~box,nan,1,0,1", "pair:{a}~{b}~ranks~x"],
)  # fmt: skip
def test_an_address_that_is_no_region_is_refused(
    reader: Reader, both: tuple[ScoreChoice, ScoreChoice], only: str
) -> None:
    with pytest.raises(BadInput):
        subset_ids(reader, only.format(a=both[0].address, b=both[1].address))
