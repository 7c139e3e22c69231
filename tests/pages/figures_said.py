"""Reads what is shown, as somebody does who sees nothing else: every figure, and whether it is said what it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from streamlit.testing.v1 import AppTest

FIGURE = re.compile(r"\d[\d,.]*\s?%|(?<![\w.])[-−±+]?\d+\.\d+")
"""A share or a number with decimals. Whole numbers count things: what they are of stands beside them."""
NO_FIGURE = re.compile(
    r"95 %|\d[\d.,]* (?:bytes|[kMGT]?B)\b|\d+\.\d+\.\d[\w.]*|cosine (?:of )?0\.\d+|\blevel 0\.95\b"
    r"|[A-Za-z_]\w*=(?:[\[{][^=]*(?=, \w+=|$)|\S+)|--[a-z][\w-]*[= ]\S+|(?<=most suspect )\d+ %(?: and \d+ %)?"
    r"|\brandom \d+ %|^Section \d+\.\d+"
    r"|\ba factor of \d[\d.]*\b|\b(?:above|below) 0\.[58]\b|\bat most \d[\d.]* % of selections by chance"
)
"""Levels of intervals, sizes, versions, settings, thresholds that somebody chose, places in a paper."""
SAID = re.compile(r"\b(?:counted|estimated?|assumed)\b", re.IGNORECASE)
INTERVAL = re.compile(r"\[(?:[-−+]?\d[\d.,]*|%\{[^}]*\}), ")
"""Both ends in brackets, or what a figure fills in where the pointer is."""
METRIC = re.compile(r"\b(?:AUROC|AURC|AUPR|ECE|NLL)\b")
SAID_OF_INTERVAL = re.compile(r"\b(?:intervals?|bootstrap|jackknife)\b", re.IGNORECASE)
HEADING = re.compile(r'<h2 (?:class="hardlook-section"|id="part)')
PROVENANCE = '<p class="hardlook-provenance'
REPORT_ELEMENTS = (
    r'<figure class="chart">.*?</figure>|<figcaption>.*?</figcaption>|<table>.*?</table>|<h[123].*?</h[123]>'
    r"|<dl>.*?</dl>|<div>.*?</div>|<p[ >].*?</p>"
)
REPORT_KINDS = {'<figure class="chart">': "figure", "<table>": "table", "<figcaption>": "images"}
OF_ONE_IMAGE = {
    "hardlook_grid",
    "hardlook_strip",
    "hardlook_bulk",
    "hardlook_review",
    "hardlook_evidence",
    "hardlook_stage",
}
"""Components that show images: a number without a percent sign is a score of one image, whose name stands above it."""


@dataclass(frozen=True)
class Shown:
    """An element of a page. kind: "html", "figure", "table", "images" or "other"; markup: as it was sent."""

    kind: str
    texts: tuple[str, ...]
    markup: str = ""

    @property
    def figures(self) -> list[str]:
        """Of its texts those that hold a figure."""
        wanted = re.compile(r"\d\s?%") if self.kind == "images" else FIGURE
        return [text for text in self.texts if wanted.search(NO_FIGURE.sub("", text))]

    @property
    def intervals(self) -> list[str]:
        """Of its texts those that hold an interval."""
        return [text for text in self.texts if INTERVAL.search(NO_FIGURE.sub("", text))]

    @property
    def metrics(self) -> set[str]:
        """What it calls metrics by, where it has figures."""
        drawn = self.kind == "figure" or self.figures
        return {name for text in self.texts for name in METRIC.findall(text)} if drawn else set()

    @property
    def says(self) -> bool:
        """Whether it says of itself what its figures are."""
        return any(map(SAID.search, self.texts))


def shown_on(app: AppTest) -> list[Shown]:
    """Every element of a page in its order."""
    return [shown for root in app._tree.children.values() for shown in _below(root)]


def unsaid(elements: list[Shown]) -> list[str]:
    """Figures of which a reader cannot tell what they are.

    A figure that is drawn or stands in a table is explained by the line right below it, which names every metric and
    says of intervals in its title, legend, cells or hovers what they are; a text by itself or by a line of its section,
    images by their own captions or the heading above them.
    """
    missing: list[str] = []
    for i, one in enumerate(elements):
        if one.kind == "figure" and not _line_below(elements, i):
            missing.append(f"figure {one.texts[0]!r}")
        elif one.kind == "table" and one.figures and not _line_below(elements, i):
            missing.append(f"table {one.figures[:3]}")
        elif one.kind in ("figure", "table") and (unnamed := one.metrics - _metrics_below(elements, i)):
            missing.append(f"metrics {sorted(unnamed)}")
        elif one.kind in ("figure", "table") and one.intervals and not _line_below(elements, i, SAID_OF_INTERVAL):
            missing.append(f"intervals {one.intervals[:3]}")
        elif one.kind == "images" and not _said_in_section(elements, i):
            missing += [f"images {text!r}" for text in one.figures if not SAID.search(text)]
        elif one.kind in ("html", "other") and one.figures and not one.says and not _line_in_section(elements, i):
            missing.append(f"text {one.figures[:3]}")
    return missing


def shown_in(report: str) -> list[Shown]:
    """Every element of a written report in its order."""
    settings_of_runs = r'<div class="run">.*?</dl></div>'
    body = re.sub(settings_of_runs, "", report[report.index("<body") :], flags=re.DOTALL)
    return [
        Shown(next((kind for start, kind in REPORT_KINDS.items() if markup.startswith(start)), "html"), (bare(markup),),
              markup)
        for markup in re.findall(REPORT_ELEMENTS, body, re.DOTALL)
    ]  # fmt: skip


def unsaid_in_text(output: str) -> list[str]:
    """Of what a command prints: lines with a figure in paragraphs that do not say what their figures are."""
    return [
        line
        for paragraph in re.split(r"\n\s*\n", output)
        if not SAID.search(paragraph)
        for line in paragraph.splitlines()
        if FIGURE.search(NO_FIGURE.sub("", line))
    ]


def bare(markup: str) -> str:
    """HTML as it reads."""
    return " ".join(unescape(re.sub(r"<style.*?</style>|<[^>]*>", " ", markup, flags=re.DOTALL)).split())


def _line_below(elements: list[Shown], at: int, says: re.Pattern[str] = SAID) -> bool:
    after = next((one for one in elements[at + 1 :] if one.kind != "other"), None)
    return after is not None and PROVENANCE in after.markup and bool(says.search(after.texts[0]))


def _metrics_below(elements: list[Shown], at: int) -> set[str]:
    line = next((one for one in elements[at + 1 :] if one.kind != "other"), None)
    return set(METRIC.findall(line.texts[0].upper())) if line else set()


def _line_in_section(elements: list[Shown], at: int) -> bool:
    heads = [i for i, one in enumerate(elements) if HEADING.search(one.markup)]
    first = max((i for i in heads if i <= at), default=0)
    last = min((i for i in heads if i > at), default=len(elements))
    return any(PROVENANCE in one.markup and one.says for one in elements[first:last])


def _said_in_section(elements: list[Shown], at: int) -> bool:
    """By the heading, or by a line of the section."""
    head = next((one for one in reversed(elements[:at]) if HEADING.search(one.markup)), None)
    return (head is not None and head.says) or _line_in_section(elements, at)


def _below(node: Any) -> Iterator[Shown]:
    for child in getattr(node, "children", {}).values():
        if getattr(child, "children", None):
            yield from _below(child)
            continue
        proto: Any = getattr(child, "proto", None)
        if child.type == "html":
            yield Shown("html", (bare(proto.body),), proto.body)
        elif child.type == "plotly_chart":
            spec = json.loads(proto.spec)
            hovered = (
                {key: one.get(key) for key in ("name", "customdata", "hovertext", "text", "hovertemplate")}
                for one in spec["data"]
            )
            yield Shown("figure", tuple(_strings([spec["layout"].get("title", {}), *hovered])))
        elif child.type == "bidi_component":
            kind = "images" if proto.component_name in OF_ONE_IMAGE else "table"
            yield Shown(kind, tuple(_strings(json.loads(proto.json)[0])))
        elif text := str(getattr(child, "value", None) or getattr(child, "label", "")):
            yield Shown("other", (text,))


def _strings(data: Any, name: str = "") -> Iterator[str]:
    if isinstance(data, str):
        if name not in ("source", "key", "link", "signature", "tip"):
            yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _strings(value, key)
    elif isinstance(data, list):
        for value in data:
            yield from _strings(value, name)
