"""The random sample: drawing it, and what it says the flags are worth."""

from __future__ import annotations

from math import isfinite

import numpy as np
import streamlit as st

from core.answers.provenance import BY_SAMPLE
from core.answers.review.flag_worth import CUTS, FlagWorth, SampledPrecision
from core.answers.review.random_sample import sample_at, worth_at
from core.answers.view.choices import ScoreChoice
from core.answers.view.journal import journal_version
from core.plots.flag_worth import precision_by_cut
from core.types import Ints
from core.wording import MISSING, count, percent_interval
from pages.components.layout import address
from pages.components.layout.header import View
from pages.components.layout.layout import heading, lines
from pages.components.layout.loading import large_answer
from pages.components.widgets.download import show_figure
from pages.components.widgets.estimates import as_numbers
from pages.components.widgets.table import Column, TableCell, TableRow, table

DRAWN_AT_ONCE = 100
MOST_ENTRIES = 10**9
DEFAULT_CUT = 0.1


def sample_ids(view: View, score: ScoreChoice) -> Ints:
    """The draw that the address names by the entry it was made after."""
    return large_answer(sample_at, view.reader, score.address, drawn(), DRAWN_AT_ONCE)


def drawn() -> int:
    """The journal's entry after which the present draw was made."""
    return address.read_number("drawn", 0, 0, MOST_ENTRIES)


def draw_sample(view: View) -> None:
    """Why a sample, and the button for the next draw."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="draw"):
        lines([f"{DRAWN_AT_ONCE} images drawn at random over all classes and the whole score, flagged or not."])
        at = journal_version(view.audit)
        st.button(
            f"Draw {DRAWN_AT_ONCE} more", key="draw_more", disabled=at == drawn(), on_click=address.write,
            args=({"drawn": str(at)},), help="Where the estimates are least certain, and evenly over classes.",
        )  # fmt: skip


def show_worth(view: View, score: ScoreChoice) -> None:
    """Precision at each cut and per class, what is left, and whether to go on."""
    at = journal_version(view.audit)
    with st.container(horizontal=True, vertical_alignment="center", key="worth_head"):
        heading("What the flags are worth", f"by the random sample up to entry {count(at)}")
        st.button("Count again", key="count_again", type="tertiary", icon=":material/refresh:")
    found = large_answer(worth_at, view.reader, score.address, at)
    lines([found.words])
    left, right = st.columns([5, 6], gap="large")
    with left:
        _figure(view, score, found)
    with right:
        _classes(view, found)


def _figure(view: View, score: ScoreChoice, found: FlagWorth) -> None:
    whole = [one for one in found.precisions if one.label is None]
    share, low, high = (np.array([getattr(one.precision, name) for one in whole]) for name in ("value", "low", "high"))
    figure = precision_by_cut(
        [one.cut for one in whole], share, low, high, np.array([one.sampled for one in whole]), found.noise.value,
        score.name, dark=view.dark,
    )  # fmt: skip
    show_figure(
        figure, name=f"{view.audit.name} worth of flags", key="worth",
        columns=("class", "most_suspect", "images", "reviewed", "precision", "low", "high", "more_to_halve"),
        rows=[
            ("" if one.label is None else view.reader.class_names[one.label], one.cut, one.images, one.sampled,
             *as_numbers(one.precision), one.more_to_halve) for one in found.precisions
        ],
        sources={"wrong labels": BY_SAMPLE},
    )  # fmt: skip


def _classes(view: View, found: FlagWorth) -> None:
    cuts = {f"{one:g}": one for one in CUTS}
    chosen = cuts[address.read_one("at_cut", cuts, f"{DEFAULT_CUT:g}")]
    address.choose(
        "threshold", list(CUTS), chosen, lambda one: {"at_cut": f"{one:g}"}, key="at_cut", width=220,
        text=lambda one: f"the most suspect {100 * one:g} %",
    )  # fmt: skip
    columns = (
        Column("class", wide=True), Column("images", number=True), Column("reviewed", number=True),
        Column("wrong labels", tip="95 % interval"),
        Column("to halve the interval", tip="About so many more random reviews of it, drawn where they tell most."),
    )  # fmt: skip
    rows = [_row(view, one) for one in found.precisions if one.cut == chosen]
    table(columns, rows, key="worth_classes", height=300, sources={"wrong labels": BY_SAMPLE})


def _row(view: View, one: SampledPrecision) -> TableRow:
    name = "every class" if one.label is None else view.reader.class_names[one.label]
    value = one.precision.value
    known = isfinite(value) and one.sampled > 0
    text = percent_interval(one.precision) if known else MISSING
    more = "" if one.more_to_halve is None else f"review {count(one.more_to_halve)} more"
    return TableRow(
        (
            TableCell(name),
            TableCell(count(one.images), "quiet", one.images),
            TableCell(count(one.sampled), "", one.sampled),
            TableCell(text, "" if known else "quiet", value if known else -1),
            TableCell(more, "quiet", one.more_to_halve),
        )
    )
