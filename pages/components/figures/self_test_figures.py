"""Which score finds planted wrong labels, kind by kind: the dots of every rate, and a table of one."""

from __future__ import annotations

import streamlit as st

from core.answers.labels.self_test import newest_self_test
from core.errors import command
from core.experiments.self_test import LOOKED_AT, PlantedNoise, SelfTest
from core.experiments.self_test_tables import (
    AP,
    AUROC,
    BEHIND,
    HOW,
    METRICS,
    READING,
    SUGGESTED,
    sources_of,
    what_was_tested,
)
from core.plots.detection import planted_figure
from pages.components.layout import address
from pages.components.layout.empty import say_command, say_empty
from pages.components.layout.header import View
from pages.components.layout.layout import heading, lines
from pages.components.layout.loading import answer
from pages.components.widgets.download import csv_button, show_figure
from pages.components.widgets.estimates import as_numbers, estimate_cells, n_cell, share_cell
from pages.components.widgets.table import Column, TableCell, TableRow, table


def show_self_test(view: View) -> None:
    """A kind and a rate to choose, the figure, the table; or what would make them."""
    tested = answer(newest_self_test, view.reader)
    run = [command(view.audit.name, "selftest")]
    if tested is None or not tested.noises:
        say_empty(
            "No wrong labels were planted yet, so nobody knows which score finds them on this data.",
            "Here you would see how well each score finds planted wrong labels: symmetric ones, ones between classes "
            "that are alike, and ones of images that are unclear; on a copy of the labels, which stay as they are.",
            run=run,
        )
        return
    kind = address.read_one("noise", tested.kinds, tested.kinds[0])
    noises = tested.of_kind(kind)
    rates = [f"{noise.rate:g}" for noise in noises]
    rate = address.read_one("rate", rates, rates[len(rates) // 2])
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="planted_controls"):
        address.choose(
            "kind of noise", tested.kinds, kind, lambda one: {"noise": one}, key="noise", text="{} noise".format,
            width=240,
        )  # fmt: skip
        address.choose(
            "rate", rates, rate, lambda one: {"rate": one}, key="rate", text="table at {} %".format, width=150
        )  # fmt: skip
    lines([f"{tested.verdict}.", READING], "caution")
    chosen = noises[rates.index(rate)]
    _figure(view, tested, kind, noises, chosen)
    _table(view, chosen)
    lines([what_was_tested(tested)])
    say_command("Once more, with other rates, draws or embeddings:", [f"{run[0]} --help"])


def _figure(view: View, tested: SelfTest, kind: str, noises: list[PlantedNoise], chosen: PlantedNoise) -> None:
    title = f"Planted labels found, {kind} noise"
    figure = planted_figure(noises, title, f"at {chosen.rate:g} %: {chosen.verdict}", dark=view.dark)
    rows = [
        (noise.kind, noise.rate, one.name, *as_numbers(one.average_precision), *as_numbers(one.auroc), *one.draws)
        for noise in tested.noises
        for one in noise.scores
    ]
    draws = (f"draw_{draw}" for draw in range(tested.draws))
    show_figure(
        figure, name=f"{view.audit.name} planted labels found", key="planted", rows=rows,
        sources=sources_of(AP, BEHIND),
        columns=("noise", "rate", "score", "average_precision", "ap_low", "ap_high", "auroc", "auroc_low", "auroc_high",
                 *draws),
    )  # fmt: skip
    lines([f"Planted: {HOW[kind]}. Small marks are draws."])


def _table(view: View, noise: PlantedNoise) -> None:
    firsts = [f"in first {p} %" for p in LOOKED_AT]
    heading(
        f"Every score, {noise.name}", "highest average precision first; by chance the first images hold their share"
    )
    columns = [
        Column("score"), Column(AUROC, number=True), Column("95 %"), Column(AP, number=True), Column("95 %"),
        Column(BEHIND, number=True), Column("95 %"), *map(Column, firsts), Column(SUGGESTED),
        Column("n", number=True),
    ]  # fmt: skip
    rows = [
        TableRow([
            TableCell(one.name), *estimate_cells(one.auroc), *estimate_cells(one.average_precision),
            *estimate_cells(one.behind), *(share_cell(one.found.get(p)) for p in LOOKED_AT),
            share_cell(one.suggested), n_cell(one.auroc),
        ])
        for one in noise.scores
    ]  # fmt: skip
    table(columns, rows, key="planted_scores", height=460, sources=sources_of(*METRICS))
    csv_button(
        ("score", "auroc", "auroc_low", "auroc_high", "average_precision", "ap_low", "ap_high",
         *(f"found_in_first_{p}_percent" for p in LOOKED_AT), "suggestion_right", "n"),
        [
            (one.name, *as_numbers(one.auroc), *as_numbers(one.average_precision),
             *(as_numbers(one.found.get(p))[0] for p in LOOKED_AT), as_numbers(one.suggested)[0], one.auroc.n)
            for one in noise.scores
        ],
        name=f"{view.audit.name} self-test {noise.name}", key="planted_table",
    )  # fmt: skip
