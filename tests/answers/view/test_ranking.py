from __future__ import annotations

import numpy as np
import pytest

from core.answers.view.choices import Filter, score_choices
from core.answers.view.ranking import Scored, Selection, class_blocks, count_in_view, high_end, in_view, low_end, scored
from core.answers.view.reader import Reader
from tests.audits import Made


@pytest.fixture(scope="module")
def rmd(reader: Reader) -> Scored:
    (address,) = [choice.address for choice in score_choices(reader) if choice.name == "rmd"]
    return scored(reader, address)


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
