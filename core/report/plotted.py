"""A section's plot as a chart of the report: several series along one axis, each with its intervals."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from xml.etree.ElementTree import Element, SubElement

from ..experiments.papers.section import Plot, Series
from ..wording import written
from .charts import FOOT, PLOT_HEIGHT, PLOT_LEFT, RIGHT, Chart
from .svg import LONGEST, WIDTH, cut, drawing, line, markup, number, padded, short, ticks, write

LEGEND_ROW, LEGEND_COLUMNS = 18, 2
LOOKS = 10
"""Series that have a colour of their own; later ones begin again."""
MANY_PLACES = 12
"""Names of places across, beyond which only some are written."""


def plotted(plot: Plot) -> Chart:
    """Draw a plot. Shares are in per cent."""
    series = [_in_per_cent(one) for one in plot.series]
    legend = LEGEND_ROW * -(-len(series) // LEGEND_COLUMNS) if len(series) > 1 else 0
    svg = drawing(plot.title, PLOT_HEIGHT + FOOT + legend)
    x, y = _across(svg, plot, series), _up(svg, plot, series)
    for i, one in enumerate(series):
        shift = (i - (len(series) - 1) / 2) * min(3.0, 24 / max(len(series), 1)) if len(series) > 1 else 0.0
        _series(svg, one, i % LOOKS, x, y, shift, joined=plot.joined)
        if legend:
            left = PLOT_LEFT + (i % LEGEND_COLUMNS) * (WIDTH - PLOT_LEFT) / LEGEND_COLUMNS
            top = PLOT_HEIGHT + FOOT + LEGEND_ROW * (i // LEGEND_COLUMNS) + 6
            SubElement(svg, "circle", {"cx": number(left), "cy": number(top), "r": "4", "class": f"dot s{i % LOOKS}"})
            write(svg, left + 10, top + 4, cut(one.name, 2 * LONGEST), "ink", "start")
    return Chart(plot.title, plot.says, markup(svg), plot.sources)


def _in_per_cent(series: Series) -> Series:
    points = tuple((at, one.in_per_cent() if one.unit == "share" else one) for at, one in series.points)
    return Series(series.name, points)


class _Scale:
    """Numbers to places on the drawing."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._span = low, high - low
        self._start, self._length = start, end - start

    def __call__(self, value: float) -> float:
        return self._start + (value - self._low) / self._span * self._length


def _across(svg: Element, plot: Plot, series: Sequence[Series]) -> _Scale:
    at = [place for one in series for place, _ in one.points]
    low, high = padded(min(at, default=0.0), max(at, default=1.0))
    x = _Scale(low, high, PLOT_LEFT, WIDTH - RIGHT)
    if plot.names:
        every = -(-len(plot.names) // MANY_PLACES)
        longest = max(3, int(84 / max(len(plot.names) / every, 1)))
        for i in range(0, len(plot.names), every):
            write(svg, x(i), PLOT_HEIGHT + 16, cut(plot.names[i], longest), "quiet", "middle")
    else:
        for tick in ticks(low, high):
            write(svg, x(tick), PLOT_HEIGHT + 16, short(tick), "quiet", "middle")
    write(svg, (PLOT_LEFT + WIDTH) / 2, PLOT_HEIGHT + FOOT - 6, plot.across, "quiet", "middle")
    return x


def _up(svg: Element, plot: Plot, series: Sequence[Series]) -> _Scale:
    ends = [end for one in series for _, estimate in one.points for end in estimate.numbers if isfinite(end)]
    low, high = padded(min([*ends, *[0.0] * plot.zero], default=0.0), max([*ends, *[0.0] * plot.zero], default=1.0))
    y = _Scale(low, high, PLOT_HEIGHT, 14)
    for tick in ticks(low, high):
        line(svg, PLOT_LEFT, y(tick), WIDTH - RIGHT, y(tick), "grid")
        write(svg, PLOT_LEFT - 8, y(tick) + 4, short(tick), "quiet", "end")
    if plot.zero:
        line(svg, PLOT_LEFT, y(0), WIDTH - RIGHT, y(0), "axis")
    share = any(estimate.unit == "share" for one in plot.series for _, estimate in one.points)
    write(svg, PLOT_LEFT, 10, f"{plot.up}, %" if share else plot.up, "quiet", "start")
    return y


def _series(svg: Element, series: Series, look: int, x: _Scale, y: _Scale, shift: float, *, joined: bool) -> None:
    """A line of points with whiskers, a little beside the others so that no interval hides another."""
    finite = [(x(at) + shift, estimate) for at, estimate in series.points if isfinite(estimate.value)]
    for place, estimate in finite:
        if estimate.has_interval:
            line(svg, place, y(estimate.low), place, y(estimate.high), f"whisker s{look}")
    if joined:
        points = " ".join(f"{number(place)},{number(y(estimate.value))}" for place, estimate in finite)
        SubElement(svg, "polyline", {"points": points, "class": f"joined s{look}"})
    for place, estimate in finite:
        dot = SubElement(
            svg, "circle", {"cx": number(place), "cy": number(y(estimate.value)), "r": "3", "class": f"dot s{look}"}
        )
        SubElement(dot, "title").text = f"{series.name}: {written(estimate)}"
