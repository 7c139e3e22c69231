"""Charts as SVG that stands in the page: drawn here, coloured by the page's style sheet in light, dark and print.

Texts become SVG text through the XML library, which escapes them; nothing of a data set is ever read as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

from ..types import Estimate, Sources

WIDTH, LEFT, RIGHT, ROW = 640, 210, 20, 26
PLOT_LEFT, PLOT_HEIGHT, FOOT = 46, 220, 42
LONGEST = 34  # characters of a name beside a chart


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
    low, high = _padded(min(ends, default=0.0), max(ends, default=1.0))
    height = ROW * len(marks) + FOOT
    svg = _svg(title, height)

    def x(value: float) -> float:
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT - 130)

    for tick in ticks(low, high):
        _line(svg, x(tick), 4, x(tick), height - FOOT + 4, "grid")
        _text(svg, x(tick), height - FOOT + 20, _short(tick), "quiet", "middle")
    if zero:
        _line(svg, x(0), 4, x(0), height - FOOT + 4, "axis")
    for i, mark in enumerate(marks):
        y = ROW * i + ROW / 2 + 4
        _text(svg, LEFT - 12, y + 4, _cut(mark.name), "ink", "end")
        if mark.ends:
            _line(svg, x(mark.ends[0]), y, x(mark.ends[1]), y, "whisker")
        if isfinite(mark.value):
            SubElement(svg, "circle", {"cx": _n(x(mark.value)), "cy": _n(y), "r": "4.5", "class": "dot"})
        _text(svg, WIDTH - RIGHT, y + 4, mark.text, "ink", "end")
    _text(svg, x((low + high) / 2), height - 6, axis, "quiet", "middle")
    return Chart(title, says, _markup(svg), sources)


def bars(title: str, says: str, marks: Sequence[Mark], *, sources: Sources, axis: str, across: str) -> Chart:
    """Upright bars from 0 with whiskers, in per cent. Values in 0..1. axis, across: what height and width mean."""
    svg = _svg(title, PLOT_HEIGHT + FOOT)
    top = _upper([end for mark in marks for end in mark.estimate.numbers])
    y = _height_axis(svg, top, axis)
    step = (WIDTH - PLOT_LEFT - RIGHT) / max(len(marks), 1)
    for i, mark in enumerate(marks):
        left, middle = PLOT_LEFT + step * (i + 0.15), PLOT_LEFT + step * (i + 0.5)
        box = {"x": _n(left), "y": _n(y(mark.value)), "width": _n(step * 0.7), "height": _n(y(0) - y(mark.value))}
        shown = SubElement(svg, "rect", {**box, "class": "bar"})
        SubElement(shown, "title").text = f"{mark.name}: {mark.text}"
        if mark.ends:
            _line(svg, middle, y(mark.ends[0]), middle, y(mark.ends[1]), "whisker")
        _text(svg, middle, PLOT_HEIGHT + 16, mark.name, "quiet", "middle")
    _text(svg, (PLOT_LEFT + WIDTH) / 2, PLOT_HEIGHT + FOOT - 6, across, "quiet", "middle")
    return Chart(title, says, _markup(svg), sources)


def points(
    title: str, says: str, at: Sequence[float], marks: Sequence[Mark], *, sources: Sources,
    axis: str, across: str, diagonal: bool = False, floor: float = 0.0,
) -> Chart:  # fmt: skip
    """Points with whiskers joined by a line; both axes shares in per cent. at: where each stands across, in 0..1."""
    svg = _svg(title, PLOT_HEIGHT + FOOT)
    y = _height_axis(svg, 1.0, axis, floor)

    def x(value: float) -> float:
        return PLOT_LEFT + value * (WIDTH - PLOT_LEFT - RIGHT)

    for tick in (0, 0.2, 0.4, 0.6, 0.8, 1.0):
        _text(svg, x(tick), PLOT_HEIGHT + 16, f"{100 * tick:.0f}", "quiet", "middle")
    if diagonal:
        _line(svg, x(floor), y(floor), x(1), y(1), "axis")
    for place, mark in zip(at, marks, strict=True):
        if mark.ends:
            _line(svg, x(place), y(max(mark.ends[0], floor)), x(place), y(mark.ends[1]), "whisker")
    joined = " ".join(f"{_n(x(place))},{_n(y(mark.value))}" for place, mark in zip(at, marks, strict=True))
    SubElement(svg, "polyline", {"points": joined, "class": "joined"})
    for place, mark in zip(at, marks, strict=True):
        dot = SubElement(svg, "circle", {"cx": _n(x(place)), "cy": _n(y(mark.value)), "r": "3", "class": "dot"})
        SubElement(dot, "title").text = mark.text
    _text(svg, (PLOT_LEFT + WIDTH) / 2, PLOT_HEIGHT + FOOT - 6, across, "quiet", "middle")
    return Chart(title, says, _markup(svg), sources)


def _svg(title: str, height: float) -> Element:
    """An empty drawing whose name screen readers say."""
    svg = Element("svg", {"viewBox": f"0 0 {WIDTH} {_n(height)}", "role": "img"})
    SubElement(svg, "title").text = title
    return svg


def _height_axis(svg: Element, top: float, axis: str, floor: float = 0.0) -> Callable[[float], float]:
    """Draw the axis of shares and return where each share is."""

    def y(value: float) -> float:
        return 14 + (PLOT_HEIGHT - 14) * (1 - (value - floor) / (top - floor))

    for tick in ticks(floor, top):
        _line(svg, PLOT_LEFT, y(tick), WIDTH - RIGHT, y(tick), "grid")
        _text(svg, PLOT_LEFT - 8, y(tick) + 4, _short(100 * tick), "quiet", "end")
    _text(svg, PLOT_LEFT, 10, axis, "quiet", "start")
    return y


def _upper(values: Sequence[float]) -> float:
    return max([*(value for value in values if isfinite(value)), 0.01]) * 1.08


def _padded(low: float, high: float) -> tuple[float, float]:
    room = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    return low - room, high + room


def ticks(low: float, high: float) -> list[float]:
    """Between three and eight round numbers."""
    span = high - low
    exponent = 10.0 ** len(str(int(span))) if span >= 1 else 1.0
    while exponent > span:
        exponent /= 10
    step = next(exponent * factor for factor in (0.2, 0.5, 1.0, 2.0) if span / (exponent * factor) <= 8)
    first = -(-low // step)
    return [step * (first + i) for i in range(int((high - first * step) / step + 1e-9) + 1)]


def _line(svg: Element, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
    ends = {"x1": _n(x1), "y1": _n(y1), "x2": _n(x2), "y2": _n(y2)}
    SubElement(svg, "line", {**ends, "class": kind})


def _text(svg: Element, x: float, y: float, text: str, kind: str, anchor: str) -> None:
    if text:
        SubElement(svg, "text", {"x": _n(x), "y": _n(y), "class": kind, "text-anchor": anchor}).text = text


def _n(value: float) -> str:
    return f"{value:.1f}"


def _short(value: float) -> str:
    return f"{value:g}" if abs(value) >= 1e-9 and abs(value - round(value, 6)) < 1e-9 else f"{round(value, 6):g}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _markup(svg: Element) -> Markup:
    """SVG whose every text and attribute was escaped by the XML library."""
    return Markup(tostring(svg, encoding="unicode"))
