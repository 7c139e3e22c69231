"""What is shown, to take away: the numbers behind a table or a figure as CSV, and the figure as PNG or SVG."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from html import unescape
from io import StringIO
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from core.types import Sources
from pages.components.layout import address
from pages.components.layout.layout import say_provenance

PICTURES = ("png", "svg")
PICTURE_SCALE = 2  # pixels of a PNG for each pixel on the screen: sharp in print
FORMULA = ("=", "+", "-", "@", "\t", "\r")

Rows = Iterable[Sequence[object]]


def csv_button(columns: Sequence[str], rows: Rows | Callable[[], Rows], *, name: str, key: str) -> None:
    """A quiet button that saves rows as `name`.csv, at full precision.

    rows: or a function that makes them, called when the button is pressed and not on every run of the page.
    """
    st.download_button(
        "CSV", lambda: as_csv(columns, rows() if callable(rows) else rows), file_name=f"{file_stem(name)}.csv",
        mime="text/csv", key=f"csv_{key}", type="tertiary", on_click="ignore", icon=":material/download:",
        help="Save these numbers as a CSV file.",
    )  # fmt: skip


def show_figure(
    figure: Figure, *, name: str, key: str, columns: Sequence[str] = (), rows: Rows | Callable[[], Rows] = (),
    on_click: Callable[[list[Any]], None] | None = None, sources: Sources,
) -> None:  # fmt: skip
    """Draw a figure in its own style with what saves it: a camera over it for the picture, CSV for its numbers.

    name: of the files, without an ending. sources: of what is drawn, said below it. on_click: given the `customdata` of
    the point or bar that was clicked.
    """
    title, subtitle = figure.layout.title.text or "", figure.layout.title.subtitle.text or ""
    selection: dict[str, Any] = {}
    if on_click:

        def clicked() -> None:
            points = st.session_state[key]["selection"]["points"]
            if points and "customdata" in points[0]:
                on_click(points[0]["customdata"])

        selection = {"on_select": clicked, "selection_mode": "points"}
    st.plotly_chart(
        figure, key=key, theme=None, alt=unescape(re.sub(r"<[^>]*>", " ", f"{title}: {subtitle}")),
        config={
            "displaylogo": False, "modeBarButtons": [["toImage"]],
            "toImageButtonOptions": {"format": _picture(), "filename": file_stem(name), "scale": PICTURE_SCALE},
        }, **selection,
    )  # fmt: skip
    with st.container(horizontal=True, horizontal_alignment="right", gap="small", key=f"save_{key}"):
        say_provenance(sources)
        if columns:
            csv_button(columns, rows, name=name, key=key)
        other = next(kind for kind in PICTURES if kind != _picture())
        st.button(
            f"picture as {_picture().upper()}", key=f"picture_{key}", type="tertiary",
            help=f"The camera over a figure saves a {_picture().upper()}. Press here to have {other.upper()} instead.",
            on_click=_choose_picture, args=(other,),
        )  # fmt: skip


def as_csv(columns: Sequence[str], rows: Rows) -> str:
    """Rows as CSV text. A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_inert(name) for name in columns])
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return out.getvalue()


def file_stem(name: str) -> str:
    """A name that every file system takes: letters, digits, dots, dashes and underscores."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:80] or "hardlook"


def _inert(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _picture() -> str:
    return address.read_one("picture", PICTURES, PICTURES[0])


def _choose_picture(kind: str) -> None:
    address.write({"picture": "" if kind == PICTURES[0] else kind}, same_view=True)
