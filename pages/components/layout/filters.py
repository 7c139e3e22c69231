"""Which images are in view: by a column of the data set, by tag, by saved selection; and keeping a view by name."""

from __future__ import annotations

import streamlit as st

from core.answers.view.choices import filter_columns, filter_values
from core.answers.view.ranking import Selection
from core.answers.view.reader import Audit, Reader
from core.answers.view.saved import (
    SAVED,
    TAG,
    SavedView,
    encode,
    forget_view,
    name_of,
    save_view,
    saved_views,
    tag_counts,
)
from core.errors import HardlookError
from core.wording import count
from pages.components.layout import address, links
from pages.components.layout.empty import say_outcome
from pages.components.layout.layout import as_text
from pages.components.layout.loading import answer
from pages.components.review.reviewer import reviewer

WIDTH = 260
TROUBLE = "filter_trouble"  # session state: an error of a callback, to be said once


def choose_images(audit: Audit, reader: Reader, selection: Selection, at: int, title: str) -> None:
    """A button in the header that opens all of it. at: the journal's last entry. title: the page's, to save with."""
    where = selection.where
    label = f"{where.column} = {where.value}" if where else "Filter"
    with st.popover(as_text(label if len(label) < 30 else label[:29] + "…"), key="filter"):
        _by_column(reader, selection)
        _by_tag(reader, at)
        saved = saved_views(reader, at) if at else []
        _by_saved(audit, saved)
        _save(audit, title)
        say_outcome(TROUBLE)


def _by_column(reader: Reader, selection: Selection) -> None:
    columns = answer(filter_columns, reader)
    where = selection.where
    if not columns:
        return

    def commonest(column: str) -> dict[str, str]:
        return {"where": f"{column}:{answer(filter_values, reader, column)[0][0]}" if column else ""}

    address.choose(
        "column", ["", *columns], where.column if where else "", commonest, key="filter_column",
        text=lambda name: name or "any column", width=WIDTH,
    )  # fmt: skip
    if where:
        counts = dict(answer(filter_values, reader, where.column))
        address.choose(
            "value", list(dict.fromkeys([where.value, *counts])), where.value,
            lambda value: {"where": f"{where.column}:{value}"}, key="filter_value",
            text=lambda value: f"{value} · {count(counts.get(value, 0))}", width=WIDTH,
        )  # fmt: skip


def _by_tag(reader: Reader, at: int) -> None:
    counts = dict(answer(tag_counts, reader, at)) if at else {}
    chosen = name_of(address.read("only"), TAG)
    if counts or chosen:
        address.choose(
            "tag", list(dict.fromkeys(["", chosen, *counts])), chosen,
            lambda name: {"only": encode(TAG, name) if name else ""}, key="filter_tag",
            text=lambda name: f"{name} · {count(counts.get(name, 0))}" if name else "any tag", width=WIDTH,
        )  # fmt: skip


def _by_saved(audit: Audit, saved: list[SavedView]) -> None:
    names, chosen = [view.name for view in saved], name_of(address.read("only"), SAVED)
    if names:
        address.choose(
            "saved selection", ["", *names], chosen if chosen in names else "",
            lambda name: {"only": encode(SAVED, name) if name else ""}, key="filter_saved",
            text=lambda name: name or "any saved selection", width=WIDTH,
        )  # fmt: skip
    view = next((view for view in saved if view.name == chosen), None)
    if view:
        st.page_link(
            links.page_of(view.place),
            label="Open it as it was saved",
            query_params={"audit": audit.name, **view.query},
        )
        st.button("Forget it", key="forget", type="tertiary", on_click=_forget, args=(audit, view.name))


def _save(audit: Audit, title: str) -> None:
    name = st.text_input("save this view as", key="save_as", placeholder="a name, for you and others")
    who = reviewer("filter_reviewer")
    st.button(
        "Save this view", key="save_view", disabled=not (name.strip() and who.strip()), on_click=_keep,
        args=(audit, name, title, who),
    )  # fmt: skip


def _keep(audit: Audit, name: str, title: str, who: str) -> None:
    try:
        save_view(audit, name, st.query_params.to_dict(), title, who)
        st.session_state["save_as"] = ""
    except HardlookError as error:
        st.session_state[TROUBLE] = error


def _forget(audit: Audit, name: str) -> None:
    try:
        forget_view(audit, name, str(st.session_state.get("filter_reviewer") or "somebody"))
        address.write({"only": ""})
    except HardlookError as error:
        st.session_state[TROUBLE] = error
