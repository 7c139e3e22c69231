from __future__ import annotations

import pytest

from core.plots.palette import MARKS, colours
from core.plots.style import plain, series_styles


def test_every_series_looks_different_and_keeps_its_look_when_a_run_is_added() -> None:
    names = [f"run-{i}:rmd" for i in range(200)]
    styles = series_styles(names, dark=False)
    assert len(set(styles.values())) == 200
    more = series_styles([*names, "another"], dark=False)
    assert {name: more[name] for name in names} == styles


@pytest.mark.parametrize("dark", [False, True])
def test_the_first_ten_series_differ_by_colour_and_by_mark(dark: bool) -> None:
    styles = series_styles([str(i) for i in range(10)], dark=dark).values()
    assert [style.colour for style in styles] == list(colours(dark=dark))
    assert [style.symbol for style in styles] == list(MARKS)
    assert [style.dash for style in styles] == ["solid"] * 5 + ["dash"] * 5


def test_a_long_name_loses_its_middle_and_stays_apart_from_one_that_ends_otherwise() -> None:
    red, blue = (f"screwdriver_phillips_head_size_2_{colour}" for colour in ("red", "blue"))
    assert plain(red, 24) == "screwdriver_…_size_2_red"
    assert plain(red, 24) != plain(blue, 24)
    assert all(len(plain(red, longest)) == longest for longest in range(2, 20))
    assert plain("<b>" * 20, 5) == "&lt;b…b&gt;"
