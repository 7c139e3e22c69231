"""The figures of error along an order, as the page of that name draws them; a bar opens its images below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from core.answers.models.error_by_difficulty import ErrorOrder, ErrorSlices, ends_in_words
from core.answers.models.error_slices import KIND, ErrorSlice, decode, slice_ids, slice_words
from core.answers.provenance import ERROR, Sources
from core.answers.view.reader import Reader
from core.plots.errors.error_order import ErrorCurve
from core.plots.style import SeriesStyle
from pages.components.figures.curves import ChosenCurve
from pages.components.layout import address
from pages.components.layout.header import View
from pages.components.layout.loading import answer
from pages.components.widgets.download import show_figure
from pages.components.widgets.gallery import gallery

COLUMNS = ("curve", "part", "images", "wrong", "error", "low", "high")
OPENED, AT = "opened", "at"  # in the address: the slice whose images are shown, and under which figure
FIGURES = ("deciles", "ends", "groups", "stages", "classes", "class means")


@dataclass(frozen=True, eq=False)
class Line:
    """One curve of a figure. target: what a slice of it is of, with an empty name; names: of its slices, in order."""

    name: str
    style: SeriesStyle
    target: ErrorSlice
    slices: ErrorSlices
    names: Sequence[str]


def draw(
    view: View, lines: Sequence[Line], make: Callable[[list[ErrorCurve]], Figure], *, at: str, sources: Sources = ERROR
) -> None:
    """Draw a figure of these lines and open what is clicked. at: the figure's name in the address."""
    opened = opened_slice(view.reader)

    def open_slice(point: Any) -> None:
        number, _, name = str(point[0]).partition(" ")
        chosen = replace(lines[int(number)].target, name=name)
        payload = chosen.encode(view.reader).partition(":")[2]
        address.write({OPENED: payload, AT: at})

    curves = [
        ErrorCurve(
            line.name, line.style, line.slices, [f"{i} {name}" for name in line.names],
            f"{i} {opened.name}" if opened and replace(opened, name="") == line.target else "",
        )
        for i, line in enumerate(lines)
    ]  # fmt: skip
    figure = make(curves)
    show_figure(
        figure, name=f"{view.audit.name} {figure.layout.title.text}", key=f"figure_{at}", columns=COLUMNS,
        rows=lambda: rows_of(lines), on_click=open_slice, sources=sources,
    )  # fmt: skip


def rows_of(lines: Sequence[Line]) -> Iterable[tuple[object, ...]]:
    """A line of the CSV file for each slice, shares in 0..1."""
    for line in lines:
        slices = line.slices
        columns = (slices.n, slices.wrong, slices.error, slices.low, slices.high)
        for name, *values in zip(line.names, *(column.tolist() for column in columns), strict=True):
            yield (line.name, name, *values)


def opened_slice(reader: Reader) -> ErrorSlice | None:
    """The slice that the address has open, None where it has none that this audit knows."""
    if address.read(AT) not in FIGURES:  # what is open is another figure's
        return None
    return address.read_as(OPENED, partial(decode, reader), None)


def opened_images(view: View, at: str) -> None:
    """The images of the bar that was clicked in this figure, with a way to the light table."""
    if address.read(AT) != at or opened_slice(view.reader) is None:
        return
    payload = address.read(OPENED)
    ids = answer(slice_ids, view.reader, payload)
    words = answer(slice_words, view.reader, payload)
    st.button(
        "Close these images", key="close_opened", type="tertiary", icon=":material/close:", on_click=address.write,
        args=({OPENED: "", AT: ""},),
    )  # fmt: skip
    gallery(view, ids, words[:1].upper() + words[1:], only=f"{KIND}:{payload}", key=f"gallery_{at}")


def common_ends(curves: Sequence[ChosenCurve]) -> tuple[str, str]:
    """What the two ends of an axis are called that several orders share."""
    ends = list(dict.fromkeys(ends_in_words(curve.score) for curve in curves))
    return ends[0] if len(ends) == 1 else ("easiest or lowest", "hardest or highest")


def by_curve(
    pairs: Sequence[tuple[ChosenCurve, ErrorOrder]], target: Callable[[ChosenCurve], ErrorSlice],
    cut: Callable[[ErrorOrder], ErrorSlices | None], names: Callable[[int], Sequence[str]],
) -> list[Line]:  # fmt: skip
    """Lines of the curves that can be cut. names: of so many slices."""
    return [
        Line(curve.name, curve.style, target(curve), slices, names(len(slices)))
        for curve, order in pairs
        if (slices := cut(order)) is not None
    ]
