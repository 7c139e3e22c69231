"""Which classes a model takes for which: a matrix where it can be read, the most confused pairs beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from core.answers.models.confusion import (
    ConfusedPair,
    Confusion,
    cell_ids,
    confusion,
    confusion_in_words,
    counted_ids,
    shown_classes,
)
from core.answers.models.confusion_cells import KIND, ConfusionCell, cell_in_words, decode_cell
from core.answers.models.error_by_difficulty import ends_in_words
from core.answers.models.evaluating_labels import (
    GIVEN,
    LABELS,
    REVIEWED,
    evaluating_labels,
    kinds_of_labels,
)
from core.answers.provenance import COUNTED, TALLIED, Sources
from core.answers.view.choices import ScoreChoice
from core.answers.view.journal import journal_version
from core.answers.view.ranking import Selection
from core.answers.view.reader import Reader
from core.plots.errors.confusion import confusion_matrix
from core.plots.style import plain
from core.types import Ints, Run
from core.wording import count
from pages.components.layout import address
from pages.components.layout.explained import fragment
from pages.components.layout.header import View
from pages.components.layout.layout import heading, lines, say_provenance
from pages.components.layout.loading import answer, large_answer, load_error_order, load_predictions
from pages.components.widgets.download import csv_button, show_figure
from pages.components.widgets.estimates import share_cell
from pages.components.widgets.gallery import gallery
from pages.components.widgets.table import Column, TableCell, TableRow, table

COUNTS, SHARES = "", "shares"
CELLS = {COUNTS: "counts", SHARES: "shares of each class"}
COLUMNS = ("label", "predicted", "images", "share of the label's images", "low", "high", "the other way round")
SHARES_OF_CLASS: Sources = {"images": TALLIED, "shares of a class": COUNTED}
SHOWN = 480  # pixels of the list of pairs
OPENED, AT, HERE = "opened", "at", "confusion"


@fragment
def show_confusion(
    view: View, score: ScoreChoice, model: Run, selection: Selection, images: str, words: str, opened_elsewhere: str
) -> None:
    """Controls, the matrix and the pairs, the images of the cell that was opened. words: of the images, for titles.

    opened_elsewhere: `read_elsewhere` when the page was drawn. A change here draws this section alone, but for one
    that closes what another figure has open.
    """
    if read_elsewhere() != opened_elsewhere:
        st.rerun(scope="app")
    label, whole = selection.label, replace(selection, label=None)
    heading("Confusion", "which class is taken for which; counts, and shares of a class with 95 % intervals")
    kinds = answer(labels_there, view.reader, journal_version(view.audit))
    by = address.read_one("labels", kinds, GIVEN)
    decile = address.read_number("decile", 0, 0, 10)
    cells = address.read_one("cells", CELLS, COUNTS)
    controls(score, kinds, by, decile, cells)
    at = journal_version(view.audit) if by == REVIEWED else 0
    labels = large_answer(evaluating_labels, view.reader, by, at)
    predictions = load_predictions(view.reader, model.run_id)
    found = confusion(predictions, labels, ids_of(view.reader, score, model.run_id, whole, images, decile), label=label)
    place = f", decile {decile} of {score.name}" if decile else ""
    if found.without_label:
        lines(
            [f"{count(found.without_label)} images of these have no label among the {LABELS[by]}: they are left out."]
        )
    target = ConfusionCell(0, 0, model.run_id, images, by, whole, score.address, decile)
    classes = shown_classes(found, label)
    title = f"{LABELS[by].capitalize()} against predictions of {model.name}, {words}{place}"
    subtitle = f"{count(found.n)} images; {confusion_in_words(found)}"
    if len(classes):
        left, right = st.columns([3, 2], gap="large")
        with left:
            matrix(view, found, classes, target, title, subtitle, cells)
        with right:
            pairs(view, found, target)
    else:
        lines([f"{title}: {subtitle}."])
        say_provenance(SHARES_OF_CLASS)
        pairs(view, found, target)
    opened_cell(view)


def labels_there(reader: Reader, at: int) -> list[str]:
    """`kinds_of_labels`, asked again after each entry of the journal."""
    return kinds_of_labels(reader)


def controls(score: ScoreChoice, kinds: list[str], by: str, decile: int, cells: str) -> None:
    """Which labels, which decile of the score, counts or shares."""
    low, high = ends_in_words(score)
    names = {0: f"all deciles of {score.name}", 1: f"decile 1, {low}", 10: f"decile 10, {high}"}
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="confusion_controls"):
        address.choose("labels", kinds, by, lambda kind: {"labels": kind}, key="labels", text=LABELS.__getitem__,
                       width=190)  # fmt: skip
        address.choose(
            "decile", range(11), decile, lambda chosen: {"decile": str(chosen or "")}, key="decile",
            text=lambda chosen: names.get(chosen, f"decile {chosen}"), width=250,
        )  # fmt: skip
        address.choose("cells", list(CELLS), cells, lambda kind: {"cells": kind}, key="cells", text=CELLS.__getitem__,
                       width=210)  # fmt: skip


def read_elsewhere() -> str:
    """What another figure of the page has open, "" for nothing."""
    return address.read(OPENED) if address.read(AT) != HERE else ""


def ids_of(
    reader: Reader, score: ScoreChoice | None, run_id: str, selection: Selection, images: str, decile: int
) -> Ints:
    """`counted_ids` by what is loaded already. score: whose decile, where one is asked for."""
    in_order = load_error_order(reader, score, run_id, selection, images).ids if score and decile else None
    return counted_ids(reader, load_predictions(reader, run_id), selection, images, in_order, decile)


def matrix(
    view: View, found: Confusion, classes: Sequence[int], target: ConfusionCell, title: str, subtitle: str, cells: str
) -> None:
    """The figure; a cell opens its images."""

    def open_cell(point: Any) -> None:
        of, _, predicted = str(point if isinstance(point, str) else point[0]).partition(" ")
        open_images(view.reader, replace(target, label=int(of), predicted=int(predicted)))

    figure = confusion_matrix(
        found, classes, LABELS[target.by], plain(title, 160), plain(subtitle, 160), shares=cells == SHARES,
        dark=view.dark,
    )  # fmt: skip
    show_figure(
        figure, name=f"{view.audit.name} confusion", key="figure_confusion", columns=COLUMNS,
        rows=lambda: [row_of(found, pair) for pair in found.pairs], on_click=open_cell, sources=SHARES_OF_CLASS,
    )  # fmt: skip


def pairs(view: View, found: Confusion, target: ConfusionCell) -> None:
    """The most confused pairs, most images first; a row opens its images."""
    if not found.pairs:
        return
    heading("Most confused pairs", f"{count(len(found.pairs))} of {count(found.n_pairs)}, most images first")
    columns = [
        Column("label", wide=True), Column("predicted", wide=True), Column("images", number=True),
        Column("of its class", tip="Share of the class's images, with Wilson's 95 % interval."),
        Column("reverse", number=True, tip="Images of the predicted class that are taken for this one."),
    ]  # fmt: skip
    rows = [
        TableRow(
            [
                TableCell(found.names[pair.label]), TableCell(found.names[pair.predicted]),
                TableCell(count(pair.n), "", pair.n), share_cell(pair.share),
                TableCell(count(pair.reverse), "", pair.reverse),
            ],
            f"{pair.label} {pair.predicted}",
        )
        for pair in found.pairs
    ]  # fmt: skip

    def opened(link: str) -> None:
        of, _, predicted = link.partition(" ")
        open_images(view.reader, replace(target, label=int(of), predicted=int(predicted)))

    table(columns, rows, key="confused_pairs", height=SHOWN, on_open=opened, sources=SHARES_OF_CLASS)
    csv_button(COLUMNS, lambda: [row_of(found, pair) for pair in found.pairs],
               name=f"{view.audit.name} confused pairs", key="confused_pairs")  # fmt: skip


def row_of(found: Confusion, pair: ConfusedPair) -> tuple[object, ...]:
    """A pair as a CSV file has it, shares in 0..1."""
    return (found.names[pair.label], found.names[pair.predicted], pair.n, *pair.share.numbers, pair.reverse)


def open_images(reader: Reader, cell: ConfusionCell) -> None:
    """Put a cell's images into the address."""
    address.write({OPENED: cell.encode(reader).partition(":")[2], AT: HERE})


def opened_cell(view: View) -> None:
    """The images of the cell that the address has open, with ways to the light table and to reviewing them."""
    payload = address.read(OPENED)
    cell = address.read_as(OPENED, partial(decode_cell, view.reader), None) if address.read(AT) == HERE else None
    if cell is None:
        return
    st.button(
        "Close these images", key="close_cell", type="tertiary", icon=":material/close:", on_click=address.write,
        args=({OPENED: "", AT: ""},),
    )  # fmt: skip
    ids = images_of(view, cell)
    text = cell_in_words(view.reader, cell, len(ids))
    gallery(view, ids, text[:1].upper() + text[1:], only=f"{KIND}:{payload}", key="gallery_confusion")


def images_of(view: View, cell: ConfusionCell) -> Ints:
    """`confusion_ids` by what is loaded already."""
    score = next((one for one in view.scores if one.address == cell.score), None)
    at = journal_version(view.audit) if cell.by == REVIEWED else 0
    labels = large_answer(evaluating_labels, view.reader, cell.by, at)
    ids = ids_of(view.reader, score, cell.model, cell.selection, cell.images, cell.decile)
    return cell_ids(load_predictions(view.reader, cell.model), labels, ids, cell.label, cell.predicted)
