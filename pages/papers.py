"""Papers: which claims of the papers hold on this data, and the figure that says so."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.answers.models.papers import assessed, computing, left_out
from core.experiments.papers.assess import NOT_COMPUTED, Assessed, tally
from core.experiments.papers.section import FAILS, PAPERS, UNTOLD
from core.experiments.papers.values import values_of
from core.plots.papers import paper_figure
from pages.components.layout import address, links
from pages.components.layout.empty import say_command, say_empty
from pages.components.layout.header import View, header
from pages.components.layout.layout import facts, heading, lines, say_provenance
from pages.components.layout.listing import BY_NAME
from pages.components.layout.loading import answer
from pages.components.widgets.download import show_figure
from pages.components.widgets.table import Column, TableCell, TableRow, table

TONES = {FAILS: "wrong", UNTOLD: "quiet", NOT_COMPUTED: "quiet"}
WOULD_SHOW = "Here you would see which of both papers' claims hold on these images, each with its figure and interval."


def main() -> None:
    """Pick, load, stop if empty, draw."""
    view = header("papers")
    found = answer(assessed, view.reader, tried=left_out(view.reader))
    if all(one.outcome is None for one in found):
        command = computing(view.reader, found)
        say_empty(f"Nothing of the papers was computed for audit {view.audit.name!r} yet.", WOULD_SHOW, run=[command])
        return
    lines([tally(found)])
    if any(one.outcome is None for one in found):
        say_command("What is not computed yet is made by:", [computing(view.reader, found)])
    keys = [one.section.key for one in found]
    usual = next(one.section.key for one in found if one.outcome)
    chosen = found[keys.index(address.read_one("section", keys, usual))]
    left, right = st.columns([5, 9], gap="large")
    with left:
        claims(found, chosen)
    with right:
        section(view, chosen)
    links.go()


def claims(found: Sequence[Assessed], chosen: Assessed) -> None:
    """A line for each claim with its verdict; a row shows it beside the table."""
    for paper, title in PAPERS.items():
        own = [one for one in found if one.section.paper == paper]
        if not own:
            continue
        heading(title)
        rows = [
            TableRow([
                TableCell(one.section.place, "" if one is chosen else "quiet"), TableCell(one.section.title),
                TableCell(one.in_words, TONES.get(one.verdict, "") if one.is_claim else "quiet"),
            ], one.section.key)
            for one in own
        ]  # fmt: skip
        table(
            [Column(name, wide=True) for name in ("where", "what", "here")], rows, key=f"claims_{paper}",
            on_open=lambda key: address.write({"section": key}),
        )  # fmt: skip


def section(view: View, chosen: Assessed) -> None:
    """What is claimed, when it holds, what came out, and where to look further."""
    one, outcome = chosen.section, chosen.outcome
    heading(f"{one.place}: {one.title}")
    here = f"{chosen.in_words}. {chosen.because}" if chosen.because else chosen.in_words
    facts([(one.kind, one.claim), ("rule", one.rule), ("here", here)])
    if outcome is None:
        say_command("Its figures are made by:", [computing(view.reader, [chosen])])
        return
    say_provenance(outcome.all_sources)
    lines(outcome.notes)
    for i, plot in enumerate(outcome.plots):
        numbers = values_of(plot)
        show_figure(
            paper_figure(plot, dark=view.dark), name=f"{view.audit.name} {one.key} {i}", key=f"plot_{i}",
            columns=numbers.columns, rows=numbers.rows, sources=plot.sources,
        )  # fmt: skip
    for i, made in enumerate(outcome.tables):
        heading(made.title)
        rows = [TableRow([TableCell(text) for text in row]) for row in made.rows]
        columns = [Column(name, wide=True) for name in made.columns]
        table(columns, rows, key=f"table_{i}", sources=made.sources)
        lines(made.notes)
    if one.page:
        links.link(one.page, f"Explore it: {BY_NAME[one.page].title}", show=one.show)


main()
