"""Reliability at equal confidence, by difficulty: whether hard images are right as often as easy ones."""

from __future__ import annotations

import streamlit as st

from core.answers.models.equal_confidence import PARTS, EqualConfidence, equal_confidence, equal_in_words
from core.answers.provenance import COUNTED, metric_sources
from core.errors import command
from core.plots.reliability import reliability_of_fifths
from core.plots.style import plain
from pages.components.calibration.shown import (
    CSV,
    NAMES,
    CalibrationView,
    by_chance,
    evaluate_command,
    rows_later,
)
from pages.components.figures.curves import ShownModel
from pages.components.layout.empty import say_empty
from pages.components.layout.header import View
from pages.components.layout.layout import heading, lines
from pages.components.layout.loading import answer
from pages.components.widgets.download import show_figure
from pages.components.widgets.estimates import estimate_cells, n_cell
from pages.components.widgets.table import Column, TableCell, TableRow, table

GAP, WITHIN, CURVE = "equal_confidence_gap", "ece_within_fifths", "accuracy_at_confidence"
SHORT = {GAP: "gap", WITHIN: "ECE within fifths"}
WOULD_SHOW = "Here you would see whether hard images are right as often as easy ones of which the model is as sure."


def equal_section(view: View, shown: CalibrationView) -> None:
    """The curves of the first model that has them, and the gap of each before and after temperature scaling."""
    found = [(model, one) for model in shown.models if (one := answer(equal_confidence, view.reader, model.run.run_id))]
    if not found:
        first = shown.models[0].run
        say_empty(
            f"Easy and hard images are not compared for {first.name}: that takes RMD and fifty held-out images.",
            WOULD_SHOW, run=[command(view.audit.name, "score", "rmd"), evaluate_command(view, first.run_id)],
        )  # fmt: skip
        return
    if not shown.whole:
        lines(["These are of all held-out images: what is chosen above does not narrow them."], "caution")
    left, right = st.columns([1, 1], gap="large")
    with left:
        draw(view, shown, *found[0])
    with right:
        gaps(found)


def draw(view: View, shown: CalibrationView, model: ShownModel, found: EqualConfidence) -> None:
    """Both curves over the same bins of confidence."""
    show_figure(
        reliability_of_fifths(
            (found.easy.confidence, found.easy.accuracy), (found.hard.confidence, found.hard.accuracy),
            f"Reliability of {model.name} at equal confidence, by {plain(found.score)}", equal_in_words(found),
            dark=shown.dark,
        ), name=f"{view.audit.name} reliability at equal confidence", key="figure_equal_confidence", columns=CSV,
        rows=rows_later(view, [model], (GAP, WITHIN, CURVE)),
        sources={"accuracy": COUNTED, **metric_sources({GAP: "difference at equal confidence"})},
    )  # fmt: skip


def gaps(found: list[tuple[ShownModel, EqualConfidence]]) -> None:
    """Both figures of each model: of all images, and of the half that is not fitted on, before and after scaling."""
    heading("Before and after one temperature")
    columns = [Column("model", wide=True), Column("figure, %"), Column("value", number=True), Column("95 %"),
               Column("n", number=True)]  # fmt: skip
    rows = []
    for model, one in found:
        label = model.label
        for name, of in ((GAP, one.gap), (WITHIN, one.within)):
            for part, words in PARTS.items():
                if row := of.get(part):
                    text = f"{SHORT[name]}, {words}{by_chance(one.by_chance.get(part)) if name == WITHIN else ''}"
                    cells = [TableCell(label), TableCell(text), *estimate_cells(row.estimate), n_cell(row.estimate)]
                    rows.append(TableRow(cells))
                    label = ""
    table(columns, rows, key="equal_confidence", sources=metric_sources({name: NAMES[name] for name in (GAP, WITHIN)}))
    lines([
        "The gap is how much more often the easiest fifth is right than the hardest at equal confidence, mean over up "
        "to 15 bins of confidence in which both have images. One temperature moves both alike and leaves it.",
        "ECE within fifths is the mean of five ECEs, each of a fifth of the images. Few images make it high by chance; "
        "beside it stands how high.",
    ])  # fmt: skip
