from __future__ import annotations

import numpy as np
import pytest

from core.answers.view.ranking import Selection, mask_of
from core.answers.view.reader import Reader
from core.answers.view.subsets import register_subset, subset_ids, subset_words
from core.errors import BadInput


def test_chosen_images_travel_as_numbers_and_runs(reader: Reader) -> None:
    np.testing.assert_array_equal(subset_ids(reader, "ids:0-2,7"), [0, 1, 2, 7])
    assert subset_words(reader, "ids:0-2,7") == "4 chosen images"


def test_numbers_beyond_the_last_image_name_nothing(reader: Reader) -> None:
    assert subset_ids(reader, f"ids:1,{reader.n_images}-999999999")[-1] == 1


def test_a_subset_is_part_of_the_selection(reader: Reader) -> None:
    mask = mask_of(reader, Selection(only="ids:2-3"))
    assert mask is not None
    np.testing.assert_array_equal(np.flatnonzero(mask), [2, 3])


@pytest.mark.parametrize("only", ["ids:", "ids:x", "ids:-4", "ids:3-", "nothing:3", ""])
def test_an_address_that_names_no_set_is_refused(reader: Reader, only: str) -> None:
    with pytest.raises(BadInput):
        subset_ids(reader, only)


def test_a_kind_cannot_be_taken_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        register_subset("ids", lambda *_: np.zeros(0, np.int32), lambda *_: "")
