from __future__ import annotations

from core.plots.style import SERIES_COLOURS, series_styles


def test_every_series_looks_different_and_keeps_its_look_when_a_run_is_added() -> None:
    names = [f"run-{i}:rmd" for i in range(30)]
    styles = series_styles(names)
    assert len(set(styles.values())) == 30
    more = series_styles([*names, "another"])
    assert {name: more[name] for name in names} == styles


def test_the_first_series_differ_by_colour() -> None:
    styles = series_styles([str(i) for i in range(len(SERIES_COLOURS))])
    assert {style.colour for style in styles.values()} == set(SERIES_COLOURS)
