"""What confidence is worth: refusing the least confident, telling errors and other images, how sure errors are."""

from __future__ import annotations

import streamlit as st

from core.answers.models.calibration import ENTROPY, MSP, QUANTILES, Rejection, WhenWrong, refusal, when_wrong
from core.answers.provenance import COUNTED, ERROR, OF_THESE, metric_sources
from core.plots.selective import BandedCurve, banded_curves
from core.plots.spreads import quantile_boxes
from core.wording import count, percent, three, with_interval
from pages.components.calibration.ood import ood_part
from pages.components.calibration.shown import (
    CSV,
    CalibrationView,
    evaluate_command,
    rows_later,
    stored,
)
from pages.components.figures.curves import ShownModel
from pages.components.layout import address
from pages.components.layout.empty import WIDER, say_empty
from pages.components.layout.header import View
from pages.components.layout.layout import heading, lines, say_provenance
from pages.components.layout.loading import load_predictions
from pages.components.widgets.download import csv_button, show_figure
from pages.components.widgets.estimates import estimate_cells, n_cell, share_cell
from pages.components.widgets.table import Column, TableCell, TableRow, table

SURE_BY = {MSP: "rejects by maximum probability", ENTROPY: "rejects by entropy"}
REFUSED = 0.2  # the share that the subtitles speak of
CURVE = ("model", "rejected", "kept", "accuracy", "low", "high")
TOLD = {"auroc": "AUROC", "aupr": "AUPR, right", "aupr_error": "AUPR, wrong", "fpr95": "FPR at 95 % TPR"}
AREAS = {"aurc": "AURC", "augrc": "AUGRC"}


def rejection_section(view: View, shown: CalibrationView) -> None:
    """Both curves, from the predictions of the images in view."""
    by = address.read_one("rejects", SURE_BY, MSP)
    address.choose(
        "reject by", list(SURE_BY), by, lambda one: {"rejects": one if one != MSP else ""}, key="rejects",
        text=SURE_BY.__getitem__, width=300,
    )  # fmt: skip
    found = [
        (model, one)
        for model in shown.models
        if (
            one := refusal(
                view.reader, load_predictions(view.reader, model.run.run_id), shown.selection, shown.images, by
            )
        )
    ]
    if not found:
        say_empty("No image in view is evaluated.", advice=WIDER)
        return
    model, first = found[0]
    at = int(abs(first.rejected - REFUSED).argmin())
    said = f"{model.name}: {percent(float(first.accuracy[0]))} right; without the least sure "
    said += f"{percent(float(first.rejected[at]))}, {percent(float(first.accuracy[at]))}"
    area = stored(view, "aurc", model.run.run_id).get(by) if shown.whole else None
    rows = [(model.name, *values) for model, one in found for values in in_columns(one)]
    left, right = st.columns([1, 1], gap="large")
    with left:
        curves = [
            BandedCurve(model.name, model.style, one.rejected, one.accuracy, one.low, one.high) for model, one in found
        ]
        show_figure(
            banded_curves(curves, f"Accuracy against rejection, {shown.words}", said, across="rejected", up="accuracy",
                          dark=shown.dark),
            name=f"{view.audit.name} accuracy by rejection", key="figure_rejection", columns=CURVE, rows=rows,
            sources={"accuracy": COUNTED},
        )  # fmt: skip
    with right:
        curves = [
            BandedCurve(model.name, model.style, one.coverage, 1 - one.accuracy, 1 - one.high, 1 - one.low)
            for model, one in found
        ]
        of_all = f"the error of all is {percent(1 - float(first.accuracy[0]))}"
        said = of_all + half(first)
        if area:
            said = f"area under it (AURC): {with_interval(area)}; {of_all}"
        show_figure(
            banded_curves(curves, f"Risk against coverage, {shown.words}", said, across="covered", up="error",
                          dark=shown.dark),
            name=f"{view.audit.name} risk against coverage", key="figure_coverage", columns=CURVE, rows=rows,
            sources={**ERROR, **(metric_sources({"aurc": "AURC"}) if area else {})},
        )  # fmt: skip
    rejection_table(found)


def rejection_table(found: list[tuple[ShownModel, Rejection]]) -> None:
    """Accuracy at every ten per cent of rejection."""
    steps = [i / 10 for i in range(10)]
    columns = [Column("model", wide=True), *(Column(f"{10 * i} % rejected") for i in range(10))]
    rows = []
    for model, one in found:
        cells = [TableCell(model.label)]
        for share in steps:
            at = one.near(share)
            cells.append(share_cell(None if at is None else one.estimates[at]))
        rows.append(TableRow(cells))
    heading("Accuracy of what is kept", "95 % intervals")
    table(columns, rows, key="rejection", sources={"accuracy": COUNTED})


def half(found: Rejection) -> str:
    """The error of the more confident half, "" where there are too few images for one."""
    at = found.near(0.5)
    return "" if at is None else f", of the surest half {percent(1 - float(found.accuracy[at]))}"


def in_columns(found: Rejection) -> list[tuple[float, ...]]:
    """A curve as lines of a CSV file."""
    columns = (found.rejected, found.kept, found.accuracy, found.low, found.high)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def telling_section(view: View, shown: CalibrationView) -> None:
    """Misclassification detection, then out-of-distribution detection."""
    heading(
        "Misclassification detection",
        "does the model's own confidence tell its errors? Right predictions are the positives",
    )
    told = [model for model in shown.models if stored(view, "misclassification_auroc", model.run.run_id)]
    if told:
        misclassification(view, told)
    else:
        model = shown.models[0].run
        say_empty(
            f"It is not measured how well {model.name} tells its errors.",
            "Here you would see AUROC, average precision and false positive rate of confidence and of entropy.",
            run=[evaluate_command(view, model.run_id)],
        )  # fmt: skip
    ood_part(view, shown)


def misclassification(view: View, models: list[ShownModel]) -> None:
    """A row for each model and score; chance beside what has it."""
    columns = [Column("model"), Column("by"), Column("n", number=True), Column("right, %", number=True)]
    for title in (*TOLD.values(), *AREAS.values()):
        columns += [Column(title, number=True, tip=TIPS.get(title, "")), Column("95 %")]
    rows = []
    for model in models:
        found = {name: stored(view, f"misclassification_{name}", model.run.run_id) for name in TOLD}
        risks = {name: stored(view, name, model.run.run_id) for name in AREAS}
        for score in found["auroc"]:
            accuracy = stored(view, "accuracy", model.run.run_id).get("all")
            cells = [
                TableCell(model.label),
                TableCell(score),
                n_cell(found["auroc"][score]),
                *estimate_cells(accuracy)[:1],
            ]
            for name in TOLD:
                cells += estimate_cells(found[name].get(score))
            for risk in risks.values():
                cells += estimate_cells(risk.get(score))
            rows.append(TableRow(cells))
    titles = {f"misclassification_{name}": title for name, title in TOLD.items()}
    sources = metric_sources({"accuracy": "right", **titles, **AREAS})
    table(columns, rows, key="misclassification", sources=sources)
    names = list(titles)
    csv_button(CSV, rows_later(view, models, [*names, *AREAS]), name=f"{view.audit.name} misclassification",
               key="misclassification")  # fmt: skip
    lines(["By chance AUROC is 0.5, AUPR of the right ones their share, of the wrong ones theirs, and FPR 0.95."])


TIPS = {
    "AUPR, right": "Average precision with right predictions as positives; by chance it is their share.",
    "AUPR, wrong": "Average precision with errors as positives; by chance it is their share.",
    "FPR at 95 % TPR": "Errors let through by the threshold that keeps 95 % of right predictions; lower is better.",
    "AURC": "Mean error over all coverages; lower is better.",
    "AUGRC": "Mean share of all images that are wrong and accepted, over all coverages; lower is better. Unlike "
    "AURC it gives the few most confident no more weight than the others.",
}


def wrong_section(view: View, shown: CalibrationView) -> None:
    """Confidence and entropy of the misclassified beside those of right predictions."""
    found = [
        (model, one)
        for model in shown.models
        if (
            one := when_wrong(
                view.reader, load_predictions(view.reader, model.run.run_id), shown.selection, shown.images
            )
        )
    ]
    if not found:
        say_empty(
            f"Among the images in view {shown.models[0].run.name} has not both errors and right predictions.",
            "Here you would see how sure a model is of its errors.", advice=WIDER,
        )  # fmt: skip
        return
    left, right = st.columns([1, 1], gap="large")
    with left:
        boxes(view, shown, found, "confidence")
    with right:
        boxes(view, shown, found, "entropy")
    if texts := [text for model, _ in found if (text := means_in_words(view, model))]:
        lines(texts)
        say_provenance(metric_sources({"wrong_confidence": "mean confidence", "wrong_entropy": "mean entropy"}))


def means_in_words(view: View, model: ShownModel) -> str:
    """Mean confidence and entropy of the errors with their intervals; "" before they are measured."""
    sure = stored(view, "wrong_confidence", model.run.run_id).get("mean")
    entropy = stored(view, "wrong_entropy", model.run.run_id).get("mean")
    if sure is None or entropy is None:
        return ""
    text = f"{model.label}, {count(sure.n)} errors on all held-out images: mean confidence {with_interval(sure)}"
    return f"{text}, mean entropy {with_interval(entropy)} nats."


def boxes(view: View, shown: CalibrationView, found: list[tuple[ShownModel, WhenWrong]], of: str) -> None:
    """One of the two figures."""
    wrong = [getattr(one, of) for _, one in found]
    right = [getattr(one, f"right_{of}") for _, one in found]
    model, first = found[0]
    middle = [float(quantiles[2]) for quantiles in (wrong[0], right[0])]
    unit = "" if of == "confidence" else " nats"
    said = f"{model.name}: median {three(middle[0])}{unit} over {count(first.n)} errors, {three(middle[1])} when right"
    rows = [
        (model.name, kind, *quantiles.tolist())
        for (model, _), pair in zip(found, zip(wrong, right, strict=True), strict=True)
        for kind, quantiles in zip(("wrong", "right"), pair, strict=True)
    ]
    show_figure(
        quantile_boxes([model.name for model, _ in found], wrong, right, f"{of.capitalize()} of errors, {shown.words}",
                       said, axis=f"{of}{',' if unit else ''}{unit}", dark=shown.dark),
        name=f"{view.audit.name} {of} of errors", key=f"figure_wrong_{of}",
        columns=("model", "predictions", *(f"quantile_{share:g}" for share in QUANTILES)), rows=rows,
        sources={f"quartiles of {of}": OF_THESE},
    )  # fmt: skip
