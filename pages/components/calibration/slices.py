"""Calibration by class and by decile of difficulty, from what evaluating has stored."""

from __future__ import annotations

import streamlit as st

from core.answers.estimates import asked_for
from core.answers.provenance import metric_sources
from core.errors import command
from core.kinds.evaluate import DECILES_OF
from core.plots.figures_beside import along_deciles, down_the_page
from core.plots.style import plain
from core.types import Estimate
from core.wording import count
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
from pages.components.layout.class_choice import choose_classes, named_classes
from pages.components.layout.empty import say_empty
from pages.components.layout.header import View
from pages.components.layout.layout import heading, lines
from pages.components.widgets.download import show_figure
from pages.components.widgets.estimates import estimate_cells, n_cell, on_axis_in_words
from pages.components.widgets.table import Column, TableCell, TableRow, table

METRICS = ("ece", "calibration_error", "brier", "nll")
WORST = 20
WOULD_SHOW = "Here you would see in which classes, and at which difficulty, confidence is least to be believed."


def parts_section(view: View, shown: CalibrationView) -> None:
    """A figure and a table by class, and a figure by decile."""
    name = address.read_one("figure", METRICS, "ece")
    known = [stored(view, name, model.run.run_id) for model in shown.models]
    if not any(known):
        say_empty(
            f"Calibration of {shown.models[0].run.name} by class and by difficulty is not measured yet.",
            WOULD_SHOW, run=[evaluate_command(view, shown.models[0].run.run_id)],
        )  # fmt: skip
        return
    if not shown.whole:
        lines(["These are of all held-out images: what is chosen above does not narrow them."], "caution")
    address.choose(
        "figure", list(METRICS), name, lambda one: {"figure": one if one != "ece" else ""}, key="figure",
        text=TITLES.__getitem__, width=200,
    )  # fmt: skip
    left, right = st.columns([1, 1], gap="large")
    with left:
        classes(view, shown, name, known)
    with right:
        deciles(view, shown, name, known)
    class_table(view, shown)


def classes(view: View, shown: CalibrationView, name: str, known: list[dict[str, Estimate]]) -> None:
    """The worst classes of the first model, or those that are asked for."""
    names = view.reader.class_names
    measured = {label: one for label, text in enumerate(names) if (one := known[0].get(f"class {text}"))}
    if not measured:
        lines(["No class has enough held-out images of the first model to be evaluated by itself."])
        return
    wanted = named_classes(view)
    worst = sorted(measured, key=lambda label: -measured[label].value)[:WORST]
    labels = [label for label in wanted if label in measured][:WORST] or worst
    categories = [plain(names[label], 24) for label in labels]
    points = [
        points_of(model.name, model.style, [of_model.get(f"class {names[label]}") for label in labels])
        for model, of_model in zip(shown.models, known, strict=True)
    ]
    top = labels[0] if not wanted else max(labels, key=lambda label: measured[label].value)
    title = f"{NAMES[name]} by class, {'chosen' if wanted else f'worst {len(labels)} of {count(len(names))}'}"
    subtitle = f"highest: {plain(names[top], 24)}, {on_axis_in_words(measured[top])} of {count(measured[top].n)} images"
    show_figure(
        down_the_page(categories, points, title, subtitle, axis=TITLES[name], dark=shown.dark),
        name=f"{view.audit.name} {name} by class", key="figure_class_calibration", columns=CSV,
        rows=rows_later(view, shown.models, [name]), sources=metric_sources({name: NAMES[name]}),
    )  # fmt: skip
    if len(names) > WORST:
        shown_now = [label for label in wanted if label in measured]
        choose_classes(view, "find classes", list(measured), shown_now, most=WORST, width=420)


def deciles(view: View, shown: CalibrationView, name: str, known: list[dict[str, Estimate]]) -> None:
    """Along the deciles of the difficulty that evaluating chose."""
    rows = [[of_model.get(f"decile {i}") for i in range(1, 11)] for of_model in known]
    if not any(one for row in rows for one in row):
        heading(f"{NAMES[name]} by difficulty")
        say_empty(
            "No decile of difficulty is measured: that takes RMD and enough held-out images.",
            WOULD_SHOW,
            run=[command(view.audit.name, "score", "rmd"), evaluate_command(view, shown.models[0].run.run_id)],
        )  # fmt: skip
        return
    points = [points_of(model.name, model.style, row) for model, row in zip(shown.models, rows, strict=True)]
    model, first = next((model, row) for model, row in zip(shown.models, rows, strict=True) if any(row))
    of_first = stored_rows(view, name, model.run.run_id)
    of_deciles = (row for part, row in of_first.items() if part.startswith("decile"))
    address_of = asked_for(view.reader, next(of_deciles), DECILES_OF) or "difficulty"
    easiest, hardest = first[0], first[-1]
    subtitle = f"easiest decile {on_axis_in_words(easiest)}, hardest {on_axis_in_words(hardest)}"
    show_figure(
        along_deciles(
            points, f"{NAMES[name]} by decile of {plain(address_of.rpartition(':')[2])}", subtitle,
            axis=TITLES[name], ends=("easiest", "hardest"), dark=shown.dark,
        ), name=f"{view.audit.name} {name} by decile", key="figure_decile_calibration", columns=CSV,
        rows=rows_later(view, shown.models, [name]), sources=metric_sources({name: NAMES[name]}),
    )  # fmt: skip
    lines(["A decile has 10 % as many images in every bin: compare deciles with one another, not with the whole."])


def class_table(view: View, shown: CalibrationView) -> None:
    """Every class of the first model with all figures."""
    model = shown.models[0]
    heading("Every class and decile", model.run.name)
    names = ("accuracy", *METRICS)
    by_name = {name: stored(view, name, model.run.run_id) for name in names}
    parts = [f"class {text}" for text in view.reader.class_names] + [f"decile {i}" for i in range(1, 11)]
    columns = [Column("part", wide=True), Column("n", number=True)]
    told = {name for name in names if any(one.has_interval for one in by_name[name].values())}
    for name in names:
        columns += [Column(TITLES[name], number=True), *[Column("95 %")] * (name in told)]
    rows = []
    for part in parts:
        found = {name: by_name[name].get(part) for name in names}
        if not any(found.values()):
            continue
        text = (
            part.removeprefix("class ") if part.startswith("class ") else f"decile {part.split(' ')[1]} of difficulty"
        )
        cells = [TableCell(text), n_cell(found["ece"] or found["accuracy"])]
        for name in names:
            cells += estimate_cells(found[name])[: 1 + (name in told)]
        rows.append(TableRow(cells))
    table(columns, rows, key="parts", height=420, sources=metric_sources({name: NAMES[name] for name in names}))
