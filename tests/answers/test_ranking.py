from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.answers.choices import Filter, score_choices
from core.answers.ranking import (
    Scored,
    Selection,
    class_blocks,
    count_in_view,
    high_end,
    in_view,
    low_end,
    scored,
    within_group_percentile,
)
from core.answers.reader import Reader
from tests.audits import Made


@pytest.fixture(scope="module")
def rmd(reader: Reader) -> Scored:
    (address,) = [choice.address for choice in score_choices(reader) if choice.name == "rmd"]
    return scored(reader, address)


def test_a_percentile_is_the_share_of_the_group_at_or_below() -> None:
    # Group 0 holds 1, 2, 2, 5: at or below are 1, 3, 3, 4 of 4. Group 1 holds 7 alone.
    values = np.array([2, 7, 1, 5, 2, np.nan], np.float32)
    groups = np.array([0, 1, 0, 0, 0, 1])
    order = np.argsort(values, kind="stable")[:5]
    np.testing.assert_allclose(within_group_percentile(values, order, groups)[:5], [75, 100, 25, 100, 75])
    assert np.isnan(within_group_percentile(values, order, groups)[5])


@given(
    arrays.arrays(np.float32, 30, elements=st.integers(-3, 3).map(float)),
    arrays.arrays(np.int32, 30, elements=st.integers(0, 3)),
)
def test_percentiles_agree_with_counting(values: np.ndarray, groups: np.ndarray) -> None:
    got = within_group_percentile(values, np.argsort(values, kind="stable"), groups)
    for i in range(len(values)):
        peers = values[groups == groups[i]]
        assert got[i] == pytest.approx(100 * np.mean(peers <= values[i]), rel=1e-6)


def test_nothing_scored_has_no_percentile() -> None:
    assert np.isnan(within_group_percentile(np.full(3, np.nan, np.float32), np.array([], int), np.zeros(3, int))).all()


def test_the_order_is_by_value_without_the_unscored(made: Made, rmd: Scored) -> None:
    values = made.values["rmd"]
    assert len(rmd.order) == np.count_nonzero(~np.isnan(values))
    assert (np.diff(values[rmd.order]) >= 0).all()


def test_a_selection_keeps_the_order_and_only_what_it_names(reader: Reader, made: Made, rmd: Scored) -> None:
    ids = in_view(reader, rmd, Selection(split="train", label=2))
    wanted = [i for i in rmd.order if made.splits[i] == "train" and made.labels[i] == 2]
    assert ids.tolist() == wanted
    assert count_in_view(reader, Selection(split="train")) == np.count_nonzero(made.splits == "train")


def test_a_column_filter_is_a_selection_like_any_other(reader: Reader, rmd: Scored) -> None:
    grey = in_view(reader, rmd, Selection(where=Filter("mode", "L")))
    assert set(grey.tolist()) == {i for i in rmd.order if i % 7 == 0}
    assert len(in_view(reader, rmd, Selection(where=Filter("mode", "' OR 1=1 --")))) == 0


def test_an_unknown_split_selects_nothing(reader: Reader, rmd: Scored) -> None:
    assert len(in_view(reader, rmd, Selection(split="nonesuch"))) == 0


def test_pages_of_an_end_follow_on_each_other_and_the_last_is_short() -> None:
    ids = np.arange(10)
    assert low_end(ids, 1, 4).tolist() == [0, 1, 2, 3]
    assert low_end(ids, 3, 4).tolist() == [8, 9]
    assert high_end(ids, 1, 4).tolist() == [9, 8, 7, 6]
    assert high_end(ids, 3, 4).tolist() == [1, 0]
    assert high_end(ids, 4, 4).tolist() == []


def test_class_blocks_hold_every_labelled_image_once_in_order(reader: Reader, made: Made, rmd: Scored) -> None:
    blocks = class_blocks(reader, rmd.order)
    assert sorted(np.concatenate([ids for _, ids in blocks]).tolist()) == sorted(rmd.order.tolist())
    for label, ids in blocks:
        assert (made.labels[ids] == label).all()
        assert (np.diff(made.values["rmd"][ids]) >= 0).all()
