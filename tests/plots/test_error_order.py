from __future__ import annotations

import numpy as np
import pytest

from core.metrics.difficulty import equal_slices, slices_of_size
from core.plots.errors.error_order import (
    MANY_GROUPS,
    ErrorCurve,
    error_by_class,
    error_by_groups,
    error_by_slices,
    error_of_ends,
    error_of_stages,
)
from core.plots.style import SeriesStyle, plain

ENDS = ("easiest", "hardest")
WRONG = np.arange(200) >= 150


def curve(name: str = "rmd", opened: str = "") -> ErrorCurve:
    return ErrorCurve(
        name, SeriesStyle("#0072B2"), equal_slices(WRONG, 10), [f"0 decile {i}" for i in range(1, 11)], opened
    )


def test_one_curve_is_bars_with_intervals_and_the_key_of_each() -> None:
    figure = error_by_slices([curve(opened="0 decile 9")], "Error", "so", ends=ENDS, dark=False)
    (bars,) = figure.data
    assert bars.type == "bar"
    np.testing.assert_allclose(bars.y, [0] * 7 + [50, 100, 100])
    slices = equal_slices(WRONG, 10)
    np.testing.assert_allclose(bars.y + bars.error_y.array, 100 * slices.high)
    np.testing.assert_allclose(bars.y - bars.error_y.arrayminus, 100 * slices.low)
    assert list(bars.customdata[9])[:3] == ["0 decile 10", 20, 20]
    assert bars.marker.line.width == (0,) * 8 + (2, 0)
    assert figure.layout.xaxis.ticktext[0] == "1<br>easiest"
    assert figure.layout.xaxis.ticktext[-1] == "10<br>hardest"


def test_several_curves_are_lines_whose_intervals_do_not_hide_each_other() -> None:
    figure = error_by_slices([curve(), curve("knn")], "Error", "so", ends=ENDS, dark=True)
    assert [trace.mode for trace in figure.data] == ["lines+markers"] * 2
    assert figure.data[0].x[0] < 1 < figure.data[1].x[0]
    assert figure.layout.showlegend


@pytest.mark.parametrize("n_groups", [10, MANY_GROUPS + 1])
def test_many_groups_have_a_band_instead_of_whiskers(n_groups: int) -> None:
    wrong = np.arange(n_groups * 5) % 3 == 0
    keys = [f"0 group {i}" for i in range(n_groups)]
    one = ErrorCurve("rmd", SeriesStyle("#0072B2"), slices_of_size(wrong, 5), keys)
    figure = error_by_groups([one], "Error", "so", ends=ENDS, dark=False)
    many = n_groups > MANY_GROUPS
    assert any(trace.fill == "toself" for trace in figure.data) == many
    assert (figure.data[-1].error_y.array is None) == many


def test_the_ends_are_three_bars_a_curve() -> None:
    slices = equal_slices(WRONG, 10).take([0, 5, 9])
    one = ErrorCurve("rmd", SeriesStyle("#0072B2"), slices, ["0 decile 1", "0 all", "0 decile 10"])
    figure = error_of_ends([one, one], "Error", "so", ends=ENDS, dark=False)
    assert list(figure.layout.xaxis.ticktext) == ["easiest decile", "all", "hardest decile"]
    assert set(figure.data[0].x).isdisjoint(figure.data[1].x)


def test_stages_share_one_scale() -> None:
    figure = error_of_stages(curve("early"), curve("late"), "VoG", "no flip", dark=False)
    assert figure.layout.yaxis2.matches == "y"
    assert [figure.layout.xaxis.title.text, figure.layout.xaxis2.title.text] == ["early", "late"]


@pytest.mark.parametrize("n", [1, 5, 20])
def test_classes_are_panels_on_one_scale_with_their_error(n: int) -> None:
    curves = [curve(plain(f"<b>{i}</b>")) for i in range(n)]
    figure = error_by_class(curves, [0.25] * n, "Error", "so", ends=ENDS, dark=False)
    assert len(figure.data) == -(-n // 5)
    assert sum(len(row.x) for row in figure.data) == 10 * n
    assert len({*figure.data[0].x}) == 10 * min(n, 5)  # no bar over another
    assert list(figure.data[0].customdata[-1])[::5] == ["0 decile 10", plain(f"<b>{min(n, 5) - 1}</b>")]
    assert len(figure.layout.shapes) == n
    assert figure.layout.shapes[0].y0 == 25
    assert "<b>" not in figure.to_json().replace("\\u003c", "<").replace("\\u003e", ">")
