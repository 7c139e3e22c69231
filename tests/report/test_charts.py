"""Charts: where figures are drawn, and that names stay text."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from core.report.charts import Chart, Mark, bars, intervals, points
from core.report.svg import ticks
from core.types import Estimate, Provenance
from tests.audits import HOSTILE_CLASS

COUNTS = {"": Provenance("counted")}


def drawn(chart: Chart, kind: str) -> list[Element]:
    return [each for each in fromstring(str(chart.svg)).iter() if each.get("class") == kind]


def test_names_are_escaped() -> None:
    chart = intervals("t", "", [Mark(HOSTILE_CLASS, Estimate(1, 0, 2), HOSTILE_CLASS)], sources=COUNTS)
    assert "<img" not in chart.svg
    assert HOSTILE_CLASS in [each.text for each in fromstring(str(chart.svg)).iter()]


def test_an_interval_is_drawn_around_its_figure_and_only_where_there_is_one() -> None:
    chart = intervals("t", "", [Mark("a", Estimate(1, 0, 4)), Mark("b", Estimate(2))], sources=COUNTS, zero=True)
    (whisker,) = drawn(chart, "whisker")
    one, other = (float(dot.get("cx", "")) for dot in drawn(chart, "dot"))
    left, right = float(whisker.get("x1", "")), float(whisker.get("x2", ""))
    assert (one - left) / (right - left) == pytest.approx(1 / 4, abs=0.01)
    assert (other - left) / (right - left) == pytest.approx(2 / 4, abs=0.01)
    (zero,) = drawn(chart, "axis")
    assert float(zero.get("x1", "")) == pytest.approx(left, abs=0.1)


def test_bars_are_as_high_as_their_shares() -> None:
    chart = bars(
        "t", "", [Mark("1", Estimate(0.2, 0.1, 0.3)), Mark("2", Estimate(0.4))], sources=COUNTS, axis="", across=""
    )
    low, high = (float(bar.get("height", "")) for bar in drawn(chart, "bar"))
    assert high == pytest.approx(2 * low, abs=0.2)  # a tenth of a pixel each
    assert len(drawn(chart, "whisker")) == 1


def test_a_perfect_point_lies_on_the_diagonal() -> None:
    marks = [Mark("", Estimate(0.5, 0.4, 0.6))]
    chart = points("t", "", [0.5], marks, sources=COUNTS, axis="", across="", diagonal=True)
    (diagonal,), (dot,) = drawn(chart, "axis"), drawn(chart, "dot")
    middle = [(float(diagonal.get(f"{c}1", "")) + float(diagonal.get(f"{c}2", ""))) / 2 for c in "xy"]
    assert [float(dot.get("cx", "")), float(dot.get("cy", ""))] == pytest.approx(middle, abs=0.1)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-0.003, 0.004), (0, 0.08), (-17, 40), (0, 1234), (0.81, 1)])
def test_ticks_are_few_round_and_inside(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 9
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in found)
