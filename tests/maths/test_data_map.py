from __future__ import annotations

import numpy as np
import pytest

from core.maths.data_map import AMBIGUOUS, EASY, HARD, REGIONS, regions_of, variable_from


def test_the_most_variable_third_is_ambiguous_and_the_rest_parts_at_an_even_chance() -> None:
    # Nine images: the third of the largest deviations are those of 0.3 and more, whatever their mean.
    sd = np.array([0.0, 0.1, 0.1, 0.2, 0.2, 0.2, 0.3, 0.4, 0.5])
    mean = np.array([0.0, 0.9, 0.1, 0.5, 0.49, 1.0, 0.1, 0.5, 0.9])
    variable = variable_from(sd)
    assert 0.2 < variable <= 0.3
    assert [REGIONS[code] for code in regions_of(mean, sd, variable)] == [
        HARD, EASY, HARD, EASY, HARD, EASY, AMBIGUOUS, AMBIGUOUS, AMBIGUOUS,
    ]  # fmt: skip


def test_images_without_a_deviation_have_no_part_in_the_border() -> None:
    assert variable_from(np.array([np.nan, 0.1, 0.4, 0.4])) == variable_from(np.array([0.1, 0.4, 0.4]))
    assert np.isnan(variable_from(np.array([np.nan])))


@pytest.mark.parametrize("varying", [0, 1, 2])
def test_where_fewer_than_a_third_vary_only_those_are_ambiguous(varying: int) -> None:
    sd = np.r_[np.zeros(10 - varying), np.full(varying, 0.123456)]
    ambiguous = regions_of(np.linspace(0, 1, 10), sd, variable_from(sd)) == REGIONS.index(AMBIGUOUS)
    np.testing.assert_array_equal(ambiguous, sd > 0)
