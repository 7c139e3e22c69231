"""Lines, texts and axes of a drawing. Texts become SVG text through the XML library, which escapes them."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

WIDTH = 640
LONGEST = 34  # characters of a name beside a chart


def drawing(title: str, height: float) -> Element:
    """An empty drawing whose name screen readers say."""
    svg = Element("svg", {"viewBox": f"0 0 {WIDTH} {number(height)}", "role": "img"})
    SubElement(svg, "title").text = title
    return svg


def padded(low: float, high: float) -> tuple[float, float]:
    """Both ends of an axis, with some room."""
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


def line(svg: Element, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
    """Draw a line of a kind that the style sheet knows."""
    ends = {"x1": number(x1), "y1": number(y1), "x2": number(x2), "y2": number(y2)}
    SubElement(svg, "line", {**ends, "class": kind})


def write(svg: Element, x: float, y: float, text: str, kind: str, anchor: str) -> None:
    """Write a text at a place, escaped; nothing for "". anchor: start, middle or end."""
    if text:
        SubElement(svg, "text", {"x": number(x), "y": number(y), "class": kind, "text-anchor": anchor}).text = text


def number(value: float) -> str:
    """A place on the drawing."""
    return f"{value:.1f}"


def short(value: float) -> str:
    """A tick of an axis."""
    return f"{value:g}" if abs(value) >= 1e-9 and abs(value - round(value, 6)) < 1e-9 else f"{round(value, 6):g}"


def cut(text: str, longest: int = LONGEST) -> str:
    """A name that fits."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def markup(svg: Element) -> Markup:
    """SVG whose every text and attribute was escaped by the XML library."""
    return Markup(tostring(svg, encoding="unicode"))
