"""Charts as SVG that stands in the page: drawn here, coloured by the page's style sheet in light, dark and print.

Texts become SVG text through the XML library, which escapes them; nothing of a data set is ever read as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from xml.etree.ElementTree import Element, SubElement

from markupsafe import Markup

from ..types import Estimate, Sources
from .svg import WIDTH, cut, drawing, line, markup, number, padded, short, ticks, write

LEFT, RIGHT, ROW = 210, 20, 26
PLOT_LEFT, PLOT_HEIGHT, FOOT = 46, 220, 42


@dataclass(frozen=True)
class Mark:
    """An estimate to draw. text: how it is written."""

    name: str
    estimate: Estimate
    text: str = ""

    @property
    def value(self) -> float:
        """The estimate without its interval."""
        return self.estimate.value

    @property
    def ends(self) -> tuple[float, float] | None:
        """Of its interval, None where there is none."""
        return (self.estimate.low, self.estimate.high) if self.estimate.has_interval else None


@dataclass(frozen=True)
class Chart:
    """A drawn chart. title: what it shows; says: what follows from it; sources: of what is drawn."""

    title: str
    says: str
    svg: Markup
    sources: Sources


def intervals(
    title: str, says: str, marks: Sequence[Mark], *, sources: Sources, zero: bool = False, axis: str = ""
) -> Chart:
    """A dot with its interval for each name, one below the other. zero: draw the line of no difference."""
    ends = [end for mark in marks for end in mark.estimate.numbers if isfinite(end)] + [0.0] * zero
    low, high = padded(min(ends, default=0.0), max(ends, default=1.0))
    height = ROW * len(marks) + FOOT
    svg = drawing(title, height)

    def x(value: float) -> float:
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT - 130)

    for tick in ticks(low, high):
        line(svg, x(tick), 4, x(tick), height - FOOT + 4, "grid")
        write(svg, x(tick), height - FOOT + 20, short(tick), "quiet", "middle")
    if zero:
        line(svg, x(0), 4, x(0), height - FOOT + 4, "axis")
    for i, mark in enumerate(marks):
        y = ROW * i + ROW / 2 + 4
        write(svg, LEFT - 12, y + 4, cut(mark.name), "ink", "end")
        if mark.ends:
            line(svg, x(mark.ends[0]), y, x(mark.ends[1]), y, "whisker")
        if isfinite(mark.value):
            SubElement(svg, "circle", {"cx": number(x(mark.value)), "cy": number(y), "r": "4.5", "class": "dot"})
        write(svg, WIDTH - RIGHT, y + 4, mark.text, "ink", "end")
    write(svg, x((low + high) / 2), height - 6, axis, "quiet", "middle")
    return Chart(title, says, markup(svg), sources)


def bars(title: str, says: str, marks: Sequence[Mark], *, sources: Sources, axis: str, across: str) -> Chart:
    """Upright bars from 0 with whiskers, in per cent. Values in 0..1. axis, across: what height and width mean."""
    svg = drawing(title, PLOT_HEIGHT + FOOT)
    top = _upper([end for mark in marks for end in mark.estimate.numbers])
    y = _height_axis(svg, top, axis)
    step = (WIDTH - PLOT_LEFT - RIGHT) / max(len(marks), 1)
    for i, mark in enumerate(marks):
        left, middle = PLOT_LEFT + step * (i + 0.15), PLOT_LEFT + step * (i + 0.5)
        size = {"width": number(step * 0.7), "height": number(y(0) - y(mark.value))}
        box = {"x": number(left), "y": number(y(mark.value)), **size}
        shown = SubElement(svg, "rect", {**box, "class": "bar"})
        SubElement(shown, "title").text = f"{mark.name}: {mark.text}"
        if mark.ends:
            line(svg, middle, y(mark.ends[0]), middle, y(mark.ends[1]), "whisker")
        write(svg, middle, PLOT_HEIGHT + 16, mark.name, "quiet", "middle")
    write(svg, (PLOT_LEFT + WIDTH) / 2, PLOT_HEIGHT + FOOT - 6, across, "quiet", "middle")
    return Chart(title, says, markup(svg), sources)


def points(
    title: str, says: str, at: Sequence[float], marks: Sequence[Mark], *, sources: Sources,
    axis: str, across: str, diagonal: bool = False, floor: float = 0.0,
) -> Chart:  # fmt: skip
    """Points with whiskers joined by a line; both axes shares in per cent. at: where each stands across, in 0..1."""
    svg = drawing(title, PLOT_HEIGHT + FOOT)
    y = _height_axis(svg, 1.0, axis, floor)

    def x(value: float) -> float:
        return PLOT_LEFT + value * (WIDTH - PLOT_LEFT - RIGHT)

    for tick in (0, 0.2, 0.4, 0.6, 0.8, 1.0):
        write(svg, x(tick), PLOT_HEIGHT + 16, f"{100 * tick:.0f}", "quiet", "middle")
    if diagonal:
        line(svg, x(floor), y(floor), x(1), y(1), "axis")
    for place, mark in zip(at, marks, strict=True):
        if mark.ends:
            line(svg, x(place), y(max(mark.ends[0], floor)), x(place), y(mark.ends[1]), "whisker")
    joined = " ".join(f"{number(x(place))},{number(y(mark.value))}" for place, mark in zip(at, marks, strict=True))
    SubElement(svg, "polyline", {"points": joined, "class": "joined"})
    for place, mark in zip(at, marks, strict=True):
        dot = SubElement(svg, "circle", {"cx": number(x(place)), "cy": number(y(mark.value)), "r": "3", "class": "dot"})
        SubElement(dot, "title").text = mark.text
    write(svg, (PLOT_LEFT + WIDTH) / 2, PLOT_HEIGHT + FOOT - 6, across, "quiet", "middle")
    return Chart(title, says, markup(svg), sources)


def _height_axis(svg: Element, top: float, axis: str, floor: float = 0.0) -> Callable[[float], float]:
    """Draw the axis of shares and return where each share is."""

    def y(value: float) -> float:
        return 14 + (PLOT_HEIGHT - 14) * (1 - (value - floor) / (top - floor))

    for tick in ticks(floor, top):
        line(svg, PLOT_LEFT, y(tick), WIDTH - RIGHT, y(tick), "grid")
        write(svg, PLOT_LEFT - 8, y(tick) + 4, short(100 * tick), "quiet", "end")
    write(svg, PLOT_LEFT, 10, axis, "quiet", "start")
    return y


def _upper(values: Sequence[float]) -> float:
    return max([*(value for value in values if isfinite(value)), 0.01]) * 1.08
