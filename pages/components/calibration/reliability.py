"""Calibration: reliability diagrams, and the figures of each model."""

from __future__ import annotations

import streamlit as st

from core.answers.estimates import BY_CHANCE
from core.answers.models.calibration import Binning, Reliability, gap_in_words, reliability
from core.answers.provenance import COUNTED, OF_THESE, PLUG_IN, metric_sources
from core.plots.reliability import ReliabilityCurve, reliability_diagram
from core.types import Estimate
from pages.components.calibration.shown import (
    CSV,
    NAMES,
    TITLES,
    CalibrationView,
    by_chance,
    evaluate_command,
    rows_later,
    stored,
    stored_rows,
)
from pages.components.figures.curves import ShownModel
from pages.components.layout import address
from pages.components.layout.empty import WIDER, say_command, say_empty
from pages.components.layout.header import View
from pages.components.layout.layout import heading, lines
from pages.components.layout.loading import load_predictions
from pages.components.widgets.download import csv_button, show_figure
from pages.components.widgets.estimates import estimate_cells, n_cell
from pages.components.widgets.table import Column, TableCell, TableRow, table

BINNINGS = {"mass": "15 bins of equal mass", "width": "15 bins of equal width"}
FIGURES = (
    "accuracy", "ece", "ece_width", "smece", "calibration_error", "brier", "nll", "nll_refinement", "nll_calibration",
)  # fmt: skip
SINCE_LATER = ("smece", "nll_refinement", "nll_calibration")
"""Figures that an earlier evaluation has no row of."""
BINS = ("model", "lowest_confidence", "highest_confidence", "images", "mean_confidence", "accuracy", "low", "high")


def reliability_section(view: View, shown: CalibrationView) -> None:
    """The diagram beside the figures it stands for."""
    binning: Binning = "width" if address.read_one("bins", BINNINGS) == "width" else "mass"
    found = [
        (model, reliability(view.reader, load_predictions(view.reader, model.run.run_id), shown.selection, binning,
                            shown.images))
        for model in shown.models
    ]  # fmt: skip
    drawn = [(model, one) for model, one in found if one is not None]
    if not drawn:
        say_empty(
            f"No image in view is evaluated by {shown.models[0].run.name}.",
            "Here you would see how often a model is right when it says that it is sure.", advice=WIDER,
        )  # fmt: skip
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        draw(view, shown, drawn, binning)
        address.choose(
            "bins", list(BINNINGS), binning, lambda kind: {"bins": kind if kind == "width" else ""}, key="bins",
            text=BINNINGS.__getitem__, width=230,
        )  # fmt: skip
    with right:
        figures(view, shown, drawn)


def draw(view: View, shown: CalibrationView, drawn: list[tuple[ShownModel, Reliability]], binning: Binning) -> None:
    """The diagram of every model that has images."""
    curves = [ReliabilityCurve(model.name, model.style, one.bins) for model, one in drawn]
    first = drawn[0][1]
    subtitle = gap_in_words(first) if len(drawn) == 1 else f"{drawn[0][0].name}: {gap_in_words(first)}"
    subject = drawn[0][0].name if len(drawn) == 1 else f"{len(drawn)} models"
    rows = [
        (curve.name, *values)
        for curve in curves
        for values in zip(
            *(getattr(curve.bins, name).tolist() for name in
              ("low", "high", "n", "confidence", "accuracy", "accuracy_low", "accuracy_high")), strict=True
        )
    ]  # fmt: skip
    show_figure(
        reliability_diagram(curves, f"Reliability of {subject}, {shown.words}", subtitle, dark=shown.dark),
        name=f"{view.audit.name} reliability {binning}", key="figure_reliability", columns=BINS, rows=rows,
        sources={"accuracy": COUNTED, "mean confidence": OF_THESE},
    )  # fmt: skip


def figures(view: View, shown: CalibrationView, drawn: list[tuple[ShownModel, Reliability]]) -> None:
    """Each figure with its interval where it was measured on these images; else what the images in view give."""
    heading("Figures", "lower is better, but for accuracy")
    columns = [Column("model", wide=True), Column("figure"), Column("value", number=True), Column("95 %"),
               Column("n", number=True)]  # fmt: skip
    rows, missing, shown_names = [], [], set[str]()
    for model, one in drawn:
        known = shown.whole and stored(view, "ece", model.run.run_id)
        if not known:
            missing.append(model)
        for name in FIGURES if known else ("accuracy", "ece"):
            row = stored_rows(view, name, model.run.run_id).get("all") if known else None
            if known and row is None and name in SINCE_LATER:
                continue
            shown_names |= {name} if known else set()
            estimate = (row.estimate if row else None) if known else computed(one, name)
            tip = by_chance(stored_rows(view, name + BY_CHANCE, model.run.run_id).get("all")) if known else ""
            cells = [TableCell(model.label if name == "accuracy" else ""), TableCell(TITLES[name] + tip)]
            rows.append(TableRow([*cells, *estimate_cells(estimate), n_cell(estimate)]))
    sources = metric_sources({name: NAMES[name] for name in FIGURES if name in shown_names})
    if missing:
        sources |= {"accuracy of the images in view": OF_THESE, "ECE of the images in view": PLUG_IN}
    table(columns, rows, key="figures", sources=sources)
    csv_button(CSV, rows_later(view, [model for model, _ in drawn], FIGURES), name=f"{view.audit.name} calibration",
               key="figures")  # fmt: skip
    if not shown.whole:
        lines(["Of the images in view, without intervals: those are kept for all held-out images."])
    elif missing:
        evaluate = [evaluate_command(view, model.run.run_id) for model in missing]
        say_command("Without intervals, Brier score and NLL, which this measures:", evaluate)
    lines([
        "ECE is the mean gap between accuracy and confidence over bins, smECE without bins; beside both stands what "
        "they would be by chance, for a model that is right exactly as often as it says. The calibration error is the "
        "root mean square of the gap, chance taken off. Of NLL, refinement is what one temperature leaves, and "
        "calibration what it saves."
    ])  # fmt: skip


def computed(one: Reliability, name: str) -> Estimate:
    """A figure of the images in view, without an interval."""
    return Estimate(one.accuracy if name == "accuracy" else one.ece, n=one.n, unit="share")
