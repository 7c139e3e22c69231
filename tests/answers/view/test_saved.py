from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest

from core.answers.view.journal import journal_version
from core.answers.view.reader import Reader, open_reader
from core.answers.view.saved import (
    SAVED,
    TAG,
    encode,
    forget_view,
    name_of,
    pinned,
    save_view,
    saved_views,
    tag_counts,
    tag_images,
)
from core.answers.view.subsets import subset_ids, subset_words
from core.errors import BadInput
from core.reviews import has_journal
from tests.audits import HOSTILE_CLASS, Made, build_audit


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return build_audit(tmp_path, n=40)


@pytest.fixture
def reader(made: Made) -> Reader:
    return open_reader(made.audit)


@pytest.mark.parametrize("name", ["check again", "a@3", "50 % [x]:y", HOSTILE_CLASS, "Ünïcode ‮ltr"])
def test_a_tag_is_a_subset_whatever_it_is_called(made: Made, reader: Reader, name: str) -> None:
    tag_images(reader, np.array([3, 5, 8]), name, "ann")
    only = encode(TAG, name)
    np.testing.assert_array_equal(subset_ids(reader, only), [3, 5, 8])
    assert subset_words(reader, only) == f"tagged {name}"
    assert name_of(only, TAG) == name
    assert name_of(only, SAVED) == ""


def test_a_pinned_tag_stays_what_it_was_and_a_bare_one_follows(made: Made, reader: Reader) -> None:
    tag_images(reader, np.arange(4), "odd", "ann")
    before = pinned(made.audit, "tag:odd")
    tag_images(reader, np.array([0, 2]), "odd", "ben", off=True)
    assert pinned(made.audit, "tag:odd") != before
    assert pinned(made.audit, before) == before
    np.testing.assert_array_equal(subset_ids(reader, before), np.arange(4))
    np.testing.assert_array_equal(subset_ids(reader, "tag:odd"), [1, 3])
    assert tag_counts(reader, journal_version(made.audit)) == [("odd", 2)]


def test_other_subsets_are_not_pinned_and_asking_makes_no_journal(made: Made, reader: Reader) -> None:
    assert pinned(made.audit, "ids:1-3") == "ids:1-3"
    assert pinned(made.audit, "") == ""
    assert journal_version(made.audit) == 0
    assert len(subset_ids(reader, "tag:none")) == 0
    assert not has_journal(made.audit)


def test_a_saved_selection_is_the_images_its_view_had(made: Made, reader: Reader) -> None:
    query = {"audit": "sample", "class": "shirt", "split": "train", "page": "3", "cut": "0:0.5"}
    save_view(made.audit, "my shirts", query, "Label suspects", "ann")
    (view,) = saved_views(reader, journal_version(made.audit))
    assert view.query == {"class": "shirt", "split": "train", "cut": "0:0.5"}
    assert (view.place, view.reviewer) == ("Label suspects", "ann")
    expected = np.flatnonzero((made.labels == 0) & (made.splits == "train"))
    np.testing.assert_array_equal(subset_ids(reader, encode(SAVED, "my shirts")), expected)
    forget_view(made.audit, "my shirts", "ann")
    assert saved_views(reader, journal_version(made.audit)) == []
    with pytest.raises(BadInput, match="no saved selection"):
        subset_ids(reader, encode(SAVED, "my shirts"))


def test_a_saved_selection_may_be_of_another_but_not_of_itself(made: Made, reader: Reader) -> None:
    save_view(made.audit, "inner", {"only": "ids:0-9"}, "", "ann")
    save_view(made.audit, "outer", {"only": encode(SAVED, "inner"), "class": "shirt"}, "", "ann")
    inside = np.flatnonzero(made.labels[:10] == 0)
    np.testing.assert_array_equal(subset_ids(reader, encode(SAVED, "outer")), inside)
    save_view(made.audit, "inner", {"only": encode(SAVED, "outer")}, "", "ann")
    with pytest.raises(BadInput, match="refer to themselves"):
        subset_ids(reader, encode(SAVED, "outer"))


def test_a_saved_selection_that_refers_to_itself_through_a_part_of_a_figure_is_refused(
    made: Made, reader: Reader
) -> None:
    names, model = reader.class_names, made.audit.latest("train").run_id
    fields = {"label": names[0], "predicted": names[1], "model": model, "within": encode(SAVED, "circle")}
    save_view(made.audit, "circle", {"only": f"confusion:{urlencode(fields)}"}, "", "ann")
    with pytest.raises(BadInput, match="refer to themselves"):
        subset_ids(reader, encode(SAVED, "circle"))


def test_a_saved_filter_by_a_column_that_the_data_has_no_more_is_refused(made: Made, reader: Reader) -> None:
    save_view(made.audit, "old", {"where": "weather:sun"}, "", "ann")
    with pytest.raises(BadInput, match="no column 'weather'"):
        subset_ids(reader, encode(SAVED, "old"))


@pytest.mark.parametrize("only", ["tag:x@y", "saved:nonesuch", "tag:x@-1"])
def test_an_address_that_somebody_typed_is_refused_with_a_word(made: Made, reader: Reader, only: str) -> None:
    with pytest.raises(BadInput):
        subset_ids(reader, only)
