"""OOD detection: every score of every model shown, by predicted class, by decile of VoG and over seeds."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.answers.models.ood import over_seeds
from core.answers.provenance import COUNTED, metric_sources
from core.errors import command
from core.plots.figures_beside import along_deciles
from core.plots.style import plain
from core.wording import count, percent, with_interval
from pages.components.calibration.shown import (
    CSV,
    CalibrationView,
    evaluate_command,
    points_of,
    rows_later,
    stored,
    stored_rows,
)
from pages.components.figures.curves import ShownModel
from pages.components.layout.class_choice import choose_class, chosen_class
from pages.components.layout.empty import say_empty
from pages.components.layout.header import View
from pages.components.layout.layout import heading, lines, say_provenance
from pages.components.layout.loading import answer
from pages.components.widgets.download import csv_button, show_figure
from pages.components.widgets.estimates import estimate_cells, n_cell
from pages.components.widgets.table import Column, TableCell, TableRow, table

FIGURES = {"auroc": "AUROC", "aupr_in": "AUPR, in-distribution", "aupr_out": "AUPR, others", "fpr95": "FPR at 95 % TPR"}
AUROC, CLASS_AUROC, LEAD, SHARE = "ood_auroc", "ood_class_auroc", "ood_lead", "ood_share_by_vog"
DECILES = range(1, 11)


def ood_part(view: View, shown: CalibrationView) -> None:
    """What was measured of the models shown; where nothing was, the command that measures it."""
    heading("OOD detection", "near-OOD detection; images of the classes it was given are the positives")
    models = [model for model in shown.models if stored(view, AUROC, model.run.run_id)]
    if not models:
        say_empty(
            f"{shown.models[0].run.name} has not been shown images of other classes.",
            "Here you would see how well a dozen scores of confidence, features, gradients and RMD tell them from "
            "in-distribution ones. --ood corruptions and --ood gaussian-noise need no other data; --ood held-out takes "
            "classes that were held out of its training: "
            f"{command(view.audit.name, 'train', '--hold-out-classes', 'NAMES')}",
            run=[
                evaluate_command(view, shown.models[0].run.run_id, "--ood", "corruptions"),
                evaluate_command(view, shown.models[0].run.run_id, "--ood", "AUDIT"),
            ],
        )  # fmt: skip
        return
    name = None
    if any(stored(view, CLASS_AUROC, model.run.run_id) for model in models):
        choose_class(view)
        label = chosen_class(view)
        name = None if label is None else view.reader.class_names[label]
    if name is None:
        every_score(view, models)
        leads(view, models)
    else:
        of_class(view, models, name)
    seeds(view, models)
    by_decile(view, shown, models)


def every_score(view: View, models: Sequence[ShownModel]) -> None:
    """A row for each model, score and set of other images, with the share of familiar ones."""
    columns = [
        Column("model"),
        Column("score"),
        Column("against"),
        Column("n", number=True),
        Column("in-distribution, %", number=True, tip="Share of in-distribution images: AUPR by chance."),
    ]
    for title in FIGURES.values():
        columns += [Column(title, number=True), Column("95 %")]
    rows = []
    for model in models:
        found = {name: stored(view, f"ood_{name}", model.run.run_id) for name in (*FIGURES, "prevalence")}
        for part, figure in found["auroc"].items():
            score, _, others = part.partition(" against ")
            cells = [
                TableCell(model.label),
                TableCell(score),
                TableCell(others),
                n_cell(figure),
                *estimate_cells(found["prevalence"].get(part))[:1],
            ]
            for name in FIGURES:
                cells += estimate_cells(found[name].get(part))
            rows.append(TableRow(cells))
    titles = {f"ood_{name}": title for name, title in FIGURES.items()} | {"ood_prevalence": "in-distribution"}
    table(columns, rows, key="ood", height=420, sources=metric_sources(titles))
    names = [*titles, CLASS_AUROC]
    csv_button(CSV, rows_later(view, models, names), name=f"{view.audit.name} near-OOD", key="ood")


def leads(view: View, models: Sequence[ShownModel]) -> None:
    """Of each model and set, the score of the highest AUROC and by how much it is ahead."""
    said = []
    for model in models:
        for part, row in stored_rows(view, LEAD, model.run.run_id).items():
            told = "" if row.estimate.low > 0 else ": not told apart"
            pair, _, others = part.partition(" against ")
            said.append(
                f"{model.label} against {others}, highest AUROC: {pair} by {with_interval(row.estimate)}, paired; "
                f"{row.note}{told}."
            )
    if said:
        lines(said)
        say_provenance(metric_sources({LEAD: "lead"}))


def of_class(view: View, models: Sequence[ShownModel], name: str) -> None:
    """AUROC among the images that a model takes for one class."""
    columns = [
        Column("model"), Column("score"), Column("against"), Column("n", number=True), Column("AUROC", number=True),
        Column("95 %"), Column("images", wide=True),
    ]  # fmt: skip
    rows = []
    for model in models:
        for part, row in stored_rows(view, CLASS_AUROC, model.run.run_id).items():
            of_all, _, predicted = part.partition(", predicted as ")
            score, _, others = of_all.partition(" against ")
            if predicted == name:
                cells = [TableCell(text) for text in (model.label, score, others)]
                cells += [n_cell(row.estimate), *estimate_cells(row.estimate), TableCell(row.note, "quiet")]
                rows.append(TableRow(cells))
    if not rows:
        lines([f"Fewer than ten images of either side are taken for {plain(name)}: choose another class."])
        return
    lines([f"Among the images that the model takes for {plain(name)}, whatever they are."])
    table(columns, rows, key="ood_class", height=420, sources=metric_sources({CLASS_AUROC: "AUROC"}))


def seeds(view: View, models: Sequence[ShownModel]) -> None:
    """Mean and standard deviation over the seeds of each model shown that has several."""
    for i, found in enumerate(answer(over_seeds, view.reader, tuple(model.run.run_id for model in models))):
        heading(found.title)
        columns = [Column(found.columns[0]), *(Column(title, number=True) for title in found.columns[1:])]
        rows = [TableRow([TableCell(text) for text in line]) for line in found.rows]
        table(columns, rows, key=f"ood_seeds_{i}", sources=found.sources)


def by_decile(view: View, shown: CalibrationView, models: Sequence[ShownModel]) -> None:
    """A figure for each set of other images: their share along VoG."""
    found = {model.run.run_id: stored(view, SHARE, model.run.run_id) for model in models}
    sets = list(dict.fromkeys(part.partition(" against ")[2] for of in found.values() for part in of))
    for first in range(0, len(sets), 2):
        for column, others in zip(st.columns([1, 1], gap="large"), sets[first : first + 2], strict=False):
            having = [model for model in models if f"decile 1 against {others}" in found[model.run.run_id]]
            shares = [
                [found[model.run.run_id].get(f"decile {i} against {others}") for i in DECILES] for model in having
            ]
            ends = [one for one in (shares[0][0], shares[0][-1]) if one]
            said = (
                f"{having[0].name}: {' and '.join(percent(one.value) for one in ends)} in the lowest and highest decile"
            )
            said += f" of {count(ends[0].n)} images"
            points = [points_of(model.name, model.style, of) for model, of in zip(having, shares, strict=True)]
            with column:
                show_figure(
                    along_deciles(
                        points, f"Share out-of-distribution by decile of VoG, {plain(others, 40)}", said,
                        axis="out-of-distribution, %", ends=("lowest VoG", "highest VoG"), dark=shown.dark,
                    ), name=f"{view.audit.name} OOD by decile of VoG", key=f"figure_ood_deciles_{first}_{others}",
                    columns=CSV, rows=rows_later(view, having, [SHARE]), sources={"share": COUNTED},
                )  # fmt: skip
