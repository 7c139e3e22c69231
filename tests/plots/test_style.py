from __future__ import annotations

import pytest

from core.plots.palette import MARKS, colours
from core.plots.style import series_styles


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
