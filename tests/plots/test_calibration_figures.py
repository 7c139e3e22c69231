from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from core.metrics.calibration.binned import reliability_bins
from core.plots.figures_beside import Points, along_deciles, before_and_after, dots_of_seeds, down_the_page
from core.plots.reliability import ReliabilityCurve, reliability_diagram, reliability_of_fifths
from core.plots.selective import BandedCurve, banded_curves
from core.plots.spreads import SeverityBoxes, corruption_boxes, quantile_boxes, weight_distributions
from core.plots.style import BLUE, VERMILION, SeriesStyle, finished, shade
from core.types import Estimate, Floats

STYLE = SeriesStyle("#009E73")


def bins(sure: float) -> ReliabilityCurve:
    rng = np.random.default_rng(0)
    confidence = np.clip(rng.normal(sure, 0.05, 300), 0.05, 1.0)
    return ReliabilityCurve("resnet8", STYLE, reliability_bins(confidence, rng.random(300) < 0.5))


@pytest.mark.parametrize(("sure", "colour"), [(0.9, VERMILION), (0.15, BLUE)])
def test_the_gap_of_one_model_is_coloured_by_its_sign(sure: float, colour: str) -> None:
    figure = reliability_diagram([bins(sure)], "Reliability", "so", dark=False)
    gaps = {trace.line.color for trace in figure.data if trace.type == "scatter" and trace.line.width == 5}
    assert gaps == {colour}


def test_the_diagram_counts_its_images_below_and_bands_its_line() -> None:
    curve = bins(0.7)
    figure = reliability_diagram([curve], "Reliability", "so", dark=True)
    (strip,) = [trace for trace in figure.data if trace.type == "bar"]
    assert sum(strip.y) == 300
    band = next(trace for trace in figure.data if trace.fill == "toself")
    assert max(band.y) == pytest.approx(100 * curve.bins.accuracy_high.max())
    two = reliability_diagram([curve, bins(0.5)], "Reliability", "so", dark=True)
    assert not [trace for trace in two.data if trace.type == "scatter" and trace.line.width == 5]


@pytest.mark.parametrize("dark", [False, True])
def test_fifths_are_told_apart_by_colour_dash_and_mark_and_reach_as_far_as_their_intervals(dark: bool) -> None:
    easy = (np.array([0.6, 0.9]), [Estimate(0.8, 0.7, 0.9, 40, "share"), Estimate(1.0, 0.9, 1.0, 30, "share")])
    hard = (np.array([0.5]), [Estimate(0.3, 0.1, 0.5, 12, "share")])
    figure = reliability_of_fifths(easy, hard, "Reliability", "so", dark=dark)
    first, second = figure.data[1:]
    for look in ("color", "symbol"):
        assert first.marker[look] != second.marker[look]
    assert first.line.dash != second.line.dash
    assert list(first.y + first.error_y.array) == pytest.approx([90, 100])
    assert list(second.y - second.error_y.arrayminus) == pytest.approx([10])
    assert figure.layout.xaxis.range[0] == pytest.approx(47)


def test_a_fifth_without_images_is_drawn_as_nothing() -> None:
    nothing: tuple[Floats, list[Estimate]] = (np.array([]), [])
    assert len(reliability_of_fifths(nothing, nothing, "Reliability", "so", dark=False).data[1].y) == 0


def points(name: str, *values: float) -> Points:
    value = np.array(values)
    return Points(name, STYLE, value, value - 1, value + 2, np.full(len(values), 10.0))


def test_intervals_reach_from_low_to_high() -> None:
    figure = down_the_page(["a", "b"], [points("m", 5, 7)], "ECE", "so", axis="ECE, %", dark=False)
    assert list(figure.data[0].error_x.array) == [2, 2]
    assert list(figure.data[0].error_x.arrayminus) == [1, 1]
    line = along_deciles([points("m", *range(10))], "ECE", "so", axis="ECE", ends=("easiest", "hardest"), dark=False)
    assert list(line.data[0].error_y.array) == [2] * 10
    assert line.layout.xaxis.ticktext[9] == "10<br>hardest"


def test_before_and_after_are_joined() -> None:
    figure = before_and_after(["m"], points("before", 9), points("after", 4), "T", "so", axis="ECE", dark=False)
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1) == (9, 4)


def test_a_method_is_its_seeds_their_range_and_their_mean() -> None:
    figure = dots_of_seeds(["CE", "ER"], [[1.0, 3.0], []], [STYLE, STYLE], "ECE", "so", axis="ECE", dark=False)
    span, dots, mean = figure.data
    assert (list(span.x), list(dots.x), list(mean.x)) == ([1.0, 3.0], [1.0, 3.0], [2.0])


def test_a_curve_has_its_band() -> None:
    x = np.linspace(0, 1, 5)
    figure = banded_curves(
        [BandedCurve("m", STYLE, x, x, x - 0.1, x + 0.1)],
        "Accuracy",
        "so",
        across="rejected",
        up="accuracy",
        dark=False,
    )
    assert min(figure.data[0].y) == pytest.approx(-10)
    np.testing.assert_allclose(figure.data[1].y, 100 * x)


def test_a_box_is_over_the_kinds_of_one_severity() -> None:
    share = partial(Estimate, unit="share")
    fog, noise, worst = share(0.9, 0.85, 0.93), share(0.8), share(0.5, 0.4, 0.6)
    ladder = SeverityBoxes("m", STYLE, {1: {"fog": fog, "noise": noise}, 5: {"fog": worst}}, share(0.95))
    figure = corruption_boxes([ladder], "Accuracy", "so", axis="Accuracy", dark=False)
    assert list(figure.data[0].x) == ["1", "1", "5"]
    assert list(figure.data[0].y) == [90, 80, 50]
    assert list(figure.data[0].customdata) == [
        "fog, severity 1: 90 % [85, 93]", "noise, severity 1: 80 %", "fog, severity 5: 50 % [40, 60]"
    ]  # fmt: skip
    assert figure.layout.shapes[0].y0 == 95


def test_boxes_are_drawn_from_quantiles_alone() -> None:
    quantiles = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    figure = quantile_boxes(["m"], [quantiles], [quantiles + 0.4], "Wrong", "so", axis="confidence", dark=True)
    assert [trace.name for trace in figure.data] == ["wrong", "right"]
    assert (figure.data[0].median, figure.data[0].upperfence) == ((0.3,), (0.5,))


def test_weights_are_a_line_a_temperature() -> None:
    figure = weight_distributions([0.3, 0.7], [np.full(4, 0.25)] * 2, "Weights", "so", dark=False)
    assert [trace.name for trace in figure.data] == ["T = 0.3", "T = 0.7"]
    assert list(figure.data[0].x) == [0.125, 0.375, 0.625, 0.875]


def test_a_saved_figure_has_the_ground_its_texts_are_made_for() -> None:
    light, dark = (finished(Figure(), "t", "s", dark=one).layout for one in (False, True))
    assert (light.paper_bgcolor, dark.paper_bgcolor) == ("#FAFAF9", "#161615")
    assert shade("#0072B2", 0.5) == "rgba(0,114,178,0.5)"
