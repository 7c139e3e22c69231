"""Calibration under corruption, and the weights that difficulty-aware training would give."""

from __future__ import annotations

import streamlit as st

from core.answers.models.difficulty_weights import NORMALISATIONS, Normalise, weight_counts
from core.answers.provenance import AS_PRINTED, FOR_COMPARISON, OF_THESE, OVER_KINDS, metric_sources
from core.errors import command
from core.plots.spreads import SeverityBoxes, corruption_boxes, weight_distributions
from core.plots.style import plain
from core.types import HARDER_LOW, Estimate
from core.wording import count, three
from pages.components.calibration.shown import CSV, CalibrationView, evaluate_command, rows_later, stored
from pages.components.figures.curves import ShownModel
from pages.components.layout import address
from pages.components.layout.empty import say_command, say_empty
from pages.components.layout.header import View
from pages.components.layout.layout import lines
from pages.components.layout.loading import answer
from pages.components.widgets.download import show_figure

ACCURACY, ERROR = "corruption_accuracy", "calibration_error"
TITLES = {ACCURACY: "Accuracy", ERROR: "Calibration error, debiased,", "corruption_ece": "ECE"}
OF_RESCALING = {
    "minmax": "scaled to 0..1 between its 0.1 and 99.9 percentiles (our reading)", "rank": "scaled to 0..1 by rank",
    "raw": "as it is (as printed)",
}  # fmt: skip


def corruption_section(view: View, shown: CalibrationView) -> None:
    """Accuracy and calibration error by severity, a box over the kinds of corruption."""
    models = [model for model in shown.models if stored(view, ACCURACY, model.run.run_id)]
    if not models:
        run = shown.models[0].run
        say_empty(
            f"{run.name} has not been evaluated on corrupted images.",
            "Here you would see a box for each severity, over sixteen kinds of noise, blur, weather and compression.",
            run=[evaluate_command(view, run.run_id, "--corruptions")],
        )  # fmt: skip
        return
    names = [name for name in TITLES if any(ladder(view, model, name).by_severity for model in models)]
    for first in range(0, len(names), 2):
        for column, name in zip(st.columns([1, 1], gap="large"), names[first : first + 2], strict=False):
            with column:
                boxes(view, shown, models, name)
    lines(["A sample of held-out images, corrupted by each kind at five severities; every dot is a kind."])
    earlier = [model.run.run_id for model in models if not ladder(view, model, ERROR).by_severity]
    if earlier:
        again = [evaluate_command(view, run_id, "--corruptions") for run_id in earlier]
        say_command("The debiased calibration error with its interval, which this measures:", again)


def boxes(view: View, shown: CalibrationView, models: list[ShownModel], name: str) -> None:
    """One of the figures, of the models that have it."""
    ladders = [found for model in models if (found := ladder(view, model, name)).by_severity]
    first = ladders[0]
    means = {
        step: sum(one.value for one in found.values()) / len(found) for step, found in sorted(first.by_severity.items())
    }
    told = [f"{three(100 * first.clean.value)} clean"] if first.clean is not None else []
    told += [f"{three(100 * mean)} at severity {step}" for step, mean in list(means.items())[:: max(len(means) - 1, 1)]]
    said = f"{first.name}, mean of {len(next(iter(first.by_severity.values())))} kinds, %: {', '.join(told)}"
    if name == ERROR:
        every = [one for found in first.by_severity.values() for one in found.values()]
        said += f"; interval above 0 in {sum(one.low > 0 for one in every)} of {len(every)}"
    title = TITLES[name].rstrip(",")
    show_figure(
        corruption_boxes(ladders, f"{TITLES[name]} on corrupted images", said, axis=title, dark=shown.dark),
        name=f"{view.audit.name} {name}", key=f"figure_{name}", columns=CSV, rows=rows_later(view, models, [name]),
        sources={**metric_sources({name: f"{title} of a kind"}), "means and boxes": OVER_KINDS},
    )  # fmt: skip


def ladder(view: View, model: ShownModel, name: str) -> SeverityBoxes:
    """The stored rows of one model by severity; "none 0" is clean. Empty where it was not measured."""
    by_severity: dict[int, dict[str, Estimate]] = {}
    clean, figures = None, stored(view, name, model.run.run_id)
    for part in stored(view, ACCURACY, model.run.run_id):  # of a calibration error there are other slices too
        kind, _, severity = part.rpartition(" ")
        if part not in figures:
            continue
        if severity == "0":
            clean = figures[part]
        else:
            by_severity.setdefault(int(severity), {})[kind] = figures[part]
    return SeverityBoxes(model.name, model.style, by_severity, clean)


def weights_section(view: View, shown: CalibrationView) -> None:
    """The distribution of s at several temperatures, for the score that the line above the page chooses."""
    score = view.score
    if score is None:
        say_empty(
            "There is no score to weigh images by.",
            "Here you would see how many images would have much weight in difficulty-aware training.",
            run=[command(view.audit.name, "score", "rmd")],
        )  # fmt: skip
        return
    rescaled = address.read_one("rescaled", NORMALISATIONS, "minmax")
    chosen: Normalise = next(one for one in NORMALISATIONS if one == rescaled)
    address.choose(
        "rescaled", list(NORMALISATIONS), chosen, lambda one: {"rescaled": one if one != "minmax" else ""},
        key="rescaled", text=lambda one: f"difficulty {OF_RESCALING[one]}", width=520,
    )  # fmt: skip
    found = answer(weight_counts, view.reader, score, chosen)
    if not found:
        reason = score.reason or "Choose another score."
        say_empty(f"No labelled training image has a value of {score.name}.", advice=reason)
        return
    if score.direction is None:
        lines([f"Which end of {score.name} is hard is not known: high values are taken to be."], "caution")
    usual = next(one for one in found if one.temperature == 0.7)
    turned = ", turned round" if score.direction == HARDER_LOW else ""
    rows = [
        (one.temperature, i / len(one.share), (i + 1) / len(one.share), share)
        for one in found
        for i, share in enumerate(one.share.tolist())
    ]
    show_figure(
        weight_distributions(
            [one.temperature for one in found], [one.share for one in found],
            f"Weights by {plain(score.name)}{turned}, {count(usual.n)} training images",
            f"mean s {', '.join(f'{three(one.mean)} at T = {one.temperature:g}' for one in found)}", dark=shown.dark,
        ), name=f"{view.audit.name} weights by {score.name}", key="figure_weights",
        columns=("temperature", "from", "to", "share"), rows=rows,
        sources={"weights s": OF_THESE, "0.001 and T = 0.7": AS_PRINTED, "other T": FOR_COMPARISON},
    )  # fmt: skip
    text = (
        "s = exp(r/T) / (max exp(r/T) + 0.001), r the difficulty, rescaled: training takes α · s times the entropy of "
        "a prediction off its loss, so hard images are pushed towards less certainty. Compare with permuted weights "
        "and with their mean on all images before you believe that difficulty is what helps."
    )
    weighed = ("--loss", "difficulty_aware_entropy", "--difficulty", score.name, "--normalise", chosen)
    say_command(text, [command(view.audit.name, "train", *weighed)])
