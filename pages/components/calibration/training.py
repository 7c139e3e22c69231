"""Calibration before and after temperature scaling, and of networks that were trained in different ways."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.answers.estimates import Metric, TrainedGrid, grid, grids, leading, measured, unit_of
from core.answers.provenance import BY_SEED, OF_MODELS, metric_sources
from core.errors import command
from core.plots.figures_beside import before_and_after, dots_of_seeds
from core.plots.style import BLUE, GREY, SeriesStyle, plain, series_styles
from core.types import Estimate
from core.wording import count, three, with_interval
from pages.components.calibration.shown import (
    CSV,
    NAMES,
    TITLES,
    CalibrationView,
    evaluate_command,
    points_of,
    rows_later,
    stored,
    stored_rows,
)
from pages.components.layout import address
from pages.components.layout.empty import say_command, say_empty
from pages.components.layout.header import View
from pages.components.layout.layout import heading, lines
from pages.components.layout.loading import answer
from pages.components.widgets.download import csv_button, show_figure
from pages.components.widgets.estimates import as_numbers, estimate_cells, n_cell, on_axis_in_words
from pages.components.widgets.table import Column, TableCell, TableRow, table

SCALED = ("ece", "ece_width", "brier", "nll")
COMPARED = {
    "ece": ("ece", "all"), "brier": ("brier", "all"), "nll": ("nll", "all"), "accuracy": ("accuracy", "all"),
    "aurc": ("aurc", "MSP"), "wrong_confidence": ("wrong_confidence", "mean"),
    "wrong_entropy": ("wrong_entropy", "mean"),
}  # fmt: skip
HIGHER = ("accuracy", "wrong_entropy")
"""Of these the higher mean leads: an error that a model is not sure of is told more easily."""
SEEDS = ("method", "metric", "seed", "value")


def training_section(view: View, shown: CalibrationView) -> None:
    """Temperature first: it costs nothing. Then what training otherwise has changed."""
    temperature(view, shown)
    ways_of_training(view, shown)


def temperature(view: View, shown: CalibrationView) -> None:
    """ECE and the other figures on images that the temperature was not fitted on."""
    scaled = [model for model in shown.models if "after scaling" in stored(view, "ece", model.run.run_id)]
    heading("Temperature scaling", "fitted on half of the held-out images, measured on the other half")
    if not scaled:
        say_empty(
            f"No temperature is fitted for {shown.models[0].run.name}.",
            "Here you would see how far one number, which changes no prediction, mends its calibration.",
            run=[evaluate_command(view, shown.models[0].run.run_id)],
        )  # fmt: skip
        return
    left, right = st.columns([2, 3], gap="large")
    pairs = [stored(view, "ece", model.run.run_id) for model in scaled]
    before, after = (
        points_of(part, style, [one.get(part) for one in pairs])
        for part, style in (("before scaling", SeriesStyle(GREY)), ("after scaling", SeriesStyle(BLUE)))
    )
    subtitle = f"{scaled[0].name}: {on_axis_in_words(pairs[0].get('before scaling'))} before, "
    subtitle += f"{on_axis_in_words(pairs[0].get('after scaling'))} after"
    with left:
        show_figure(
            before_and_after(
                [plain(model.name, 30) for model in scaled], before, after, "ECE before and after temperature scaling",
                subtitle, axis=TITLES["ece"], dark=shown.dark,
            ), name=f"{view.audit.name} temperature scaling", key="figure_temperature", columns=CSV,
            rows=rows_later(view, scaled, ("temperature", *SCALED)), sources=metric_sources({"ece": "ECE"}),
        )  # fmt: skip
    with right:
        columns = [Column("model", wide=True), Column("figure"), Column("before", number=True), Column("95 %"),
                   Column("after", number=True), Column("95 %")]  # fmt: skip
        rows = []
        for model in scaled:
            found = stored(view, "temperature", model.run.run_id).get("all")
            rows.append(
                TableRow(
                    [
                        TableCell(model.label),
                        TableCell("temperature T"),
                        TableCell(""),
                        TableCell(""),
                        *estimate_cells(found),
                    ]
                )
            )
            for name in SCALED:
                both = stored(view, name, model.run.run_id)
                cells = [estimate_cells(both.get(part)) for part in ("before scaling", "after scaling")]
                rows.append(TableRow([TableCell(""), TableCell(TITLES[name]), *cells[0], *cells[1]]))
        titles = {name: NAMES[name] for name in SCALED}
        table(columns, rows, key="temperatures", sources=metric_sources({"temperature": "T", **titles}))
        lines([
            temperature_in_words(model.label, stored_rows(view, "temperature", model.run.run_id)["all"])
            for model in scaled
        ])  # fmt: skip


def temperature_in_words(name: str, row: Metric) -> str:
    """What a fitted temperature says of a model."""
    one = row.estimate
    low, high = (one.low, one.high) if one.has_interval else (one.value, one.value)
    verdict = (
        "was too sure of itself" if low > 1 else "was not sure enough" if high < 1 else "was about as sure as right"
    )
    text = f"{name} {verdict}: T = {with_interval(one)}, fitted on {count(one.n)} images."
    return f"{text} It is at {row.note}." if row.note else text


def ways_of_training(view: View, shown: CalibrationView) -> None:
    """Every method of a grid: a dot a seed, the mean, the range, and the paired difference from plain training."""
    heading("Ways of training", "every dot is a model of another seed")
    names = answer(grids, view.reader)
    if not names:
        say_empty(
            "No models were trained side by side.",
            "Here you would see whether difficulty-aware training, or any other loss, changes calibration by more "
            "than the seed does. One model alone: "
            f"{command(view.audit.name, 'train', '--loss', 'difficulty_aware_entropy', '--difficulty', 'rmd')}",
            run=[command(view.audit.name, "train", "--grid", "FILE")],
        )  # fmt: skip
        return
    chosen = address.read_one("grid", names, names[-1])
    figure = address.read_one("compared", COMPARED, "ece")
    with st.container(horizontal=True, gap="small"):
        address.choose("grid", names, chosen, lambda name: {"grid": name}, key="grid", width=260)
        address.choose(
            "compared", list(COMPARED), figure, lambda name: {"compared": name}, key="compared",
            text=TITLES.__getitem__, width=200,
        )  # fmt: skip
    found = answer(grid, view.reader, chosen)
    if found is not None:
        methods(view, shown, found, figure)


def methods(view: View, shown: CalibrationView, found: TrainedGrid, figure: str) -> None:
    """The figure of dots, and the table with means, ranges and paired differences."""
    name, part = COMPARED[figure]
    by = 100 if unit_of(name, part) == "share" else 1
    seeds = [
        {seed: by * value for seed, value in found.figures(method, name, part).items()} for method in found.methods
    ]
    values = [list(of_method.values()) for of_method in seeds]
    labels = [plain(method.label, 44) for method in found.methods]
    if not any(values):
        say_empty(
            f"The models of {found.name} are not evaluated.",
            run=[command(view.audit.name, "evaluate", "--grid", found.name)],
        )  # fmt: skip
        return
    styles = series_styles([method.label for method in found.methods], dark=shown.dark)
    left, right = st.columns([1, 1], gap="large")
    with left:
        rows = [
            (method.label, name, seed, value)
            for method in found.methods
            for seed, value in found.figures(method, name, part).items()
        ]
        show_figure(
            dots_of_seeds(
                labels, values, [styles[method.label] for method in found.methods],
                f"{NAMES[figure]} by method, grid {plain(found.name)}", leading(labels, seeds, figure in HIGHER),
                axis=TITLES[figure], dark=shown.dark,
            ), name=f"{view.audit.name} {found.name} {figure}", key="figure_methods", columns=SEEDS, rows=rows,
            sources={f"mean {NAMES[figure]}": OF_MODELS, "difference of the leading two": BY_SEED},
        )  # fmt: skip
    with right:
        method_table(view, found, figure, values)


def method_table(view: View, found: TrainedGrid, figure: str, values: Sequence[Sequence[float]]) -> None:
    """Mean and range of every method, and how it differs from plain training of the same seeds."""
    name, part = COMPARED[figure]
    differences = answer(measured, view.reader, "paired_difference")
    columns = [
        Column("method", wide=True), Column("seeds", number=True), Column("mean", number=True), Column("range"),
        Column("less CE", number=True, tip="Mean difference from cross-entropy over the seeds that both have."),
        Column("95 %"), Column("pairs", number=True),
    ]  # fmt: skip
    rows, lines_of_csv = [], []
    for method, ours in zip(found.methods, values, strict=True):
        row = differences.get(f"grid {found.name}: {method.label} - CE", {})
        stored_difference = row.get(name if part == "all" else f"{name} {part}")
        one = stored_difference.estimate if stored_difference else None
        mean = float(np.mean(ours)) if ours else None
        rows.append(TableRow([
            TableCell(method.label), TableCell(count(len(ours)), "quiet", len(ours)), TableCell(three(mean), "", mean),
            TableCell(f"{three(min(ours))} to {three(max(ours))}" if ours else "", "quiet"),
            *estimate_cells(one), n_cell(one),
        ]))  # fmt: skip
        lines_of_csv.append(csv_line(method.label, list(found.figures(method, name, part).values()), one))
    table(columns, rows, key="methods", sources={"mean, range": OF_MODELS, "less CE": BY_SEED})
    csv_button(("method", "seeds", "mean", "less_ce", "low", "high"), lines_of_csv, key="methods",
               name=f"{view.audit.name} {found.name} methods {figure}")  # fmt: skip
    if not any(differences.get(f"grid {found.name}: {method.label} - CE") for method in found.methods):
        evaluate = command(view.audit.name, "evaluate", "--grid", found.name)
        say_command("Differences with intervals are kept by:", [evaluate])


def csv_line(label: str, figures: Sequence[float], less: Estimate | None) -> tuple[object, ...]:
    """A method as a line of the CSV file, all of it as it is stored: shares in 0..1."""
    return (label, len(figures), float(np.mean(figures)) if figures else None, *as_numbers(less))
