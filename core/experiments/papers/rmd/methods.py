"""Difficulty-aware training beside cross-entropy, over seeds: calibration, detection, rejection, corruption, errors."""

from __future__ import annotations

from dataclasses import replace
from math import isclose

from ....errors import command
from ....store.metrics import ACCURACY_DIFFERENCE, BY_CHANCE, CORRUPTION_ECE, CORRUPTION_SQUARED_GAP
from ....store.provenance import BY_SEED_AND_IMAGE
from ....types import Estimate
from ....wording import count, percent
from ... import paper_tables
from ...comparing import Comparison, said, subject_of
from ...grid_report import GridReport
from ...grids import TrainedGrid
from ...paper_tables import named
from ..grid_claims import (
    BASELINE,
    better,
    differences,
    main_against_baseline,
    notes_of,
    tables_of,
    text_of,
    with_baseline,
)
from ..registry import register
from ..rules import every, no_worse
from ..section import UNTOLD, Findings, Reproduced

FEWEST_CORRUPTED = 200
"""Images of a kind and severity: the interval is over seeds, and of fewer images their luck, which all seeds share, is
as large as what ways of training differ by."""
MARGIN, MARGIN_IN_WORDS = 0.01, "one point"
"""By how much accuracy may be lower and still be said to cost nothing: stated here, and not measured."""


@register(
    "rmd-calibration",
    paper="rmd",
    place=named(paper_tables.CALIBRATION),
    title="Accuracy and calibration by way of training",
    claim="Entropy regularisation weighed by difficulty calibrates better than cross-entropy, and costs no accuracy.",
    rule="Holds where ECE lies below that of cross-entropy by its whole paired 95 % interval over seeds and accuracy "
    f"at most {MARGIN_IN_WORDS} below it, by its whole paired 95 % interval over seeds and held-out images at once; "
    "does not where ECE lies above, or accuracy further below than that, by a whole interval. An interval of accuracy "
    "that holds both cannot show it.",
    steps=("grid",),
    page="calibration",
    show="training",
)
def calibration(findings: Findings) -> Reproduced | None:
    """From the grid's first table, and the difference in accuracy over seeds and images that is stored of it."""
    report = findings.difficulty_grid
    tables = tables_of(report, "Accuracy and calibration") if report else []
    main = report.grid.main(report.grid.usual) if report else None
    if report is None or main is None or not tables:
        return None
    compared = {one.figure.key: one for one in with_baseline(tables[0], main)}
    ece, accuracy = (compared.get(key) for key in ("ece", "accuracy"))
    over_both = of_images_too(findings, report.grid, accuracy) if accuracy else None
    costs_none = no_worse(over_both, MARGIN) if over_both else UNTOLD
    verdict = every([costs_none, better(ece) if ece else UNTOLD])
    measured = [said([ece])] if ece else []
    measured += [f"accuracy: {cost_in_words(findings, report.grid, accuracy, over_both)}"] if accuracy else []
    because = f"{main.label} less cross-entropy: {'; '.join(measured) or 'no seed of both'}."
    plots, sources = (differences(tables[0], main),), {"difference in accuracy": BY_SEED_AND_IMAGE}
    return Reproduced(verdict, because, tuple(map(text_of, tables)), plots, notes_of(report, tables), sources)


def of_images_too(findings: Findings, grid: TrainedGrid, accuracy: Comparison) -> Estimate | None:
    """A difference in accuracy with its interval over seeds and images; None where none is stored of these seeds.

    accuracy: the same over seeds, by which one of other seeds is known.
    """
    found = findings.one(ACCURACY_DIFFERENCE, subject_of(grid, accuracy.ours, accuracy.theirs))
    same = found is not None and isclose(found.value, accuracy.difference.value, abs_tol=1e-6)
    return found if same else None


def cost_in_words(findings: Findings, grid: TrainedGrid, accuracy: Comparison, over_both: Estimate | None) -> str:
    """A difference in accuracy as the section says it, with why nothing can be said of it."""
    value = f"{accuracy.figure.number(accuracy.difference.value, signed=True)}{accuracy.figure.unit}"
    if over_both is None:
        again = command(findings.audit, "evaluate", "--grid", grid.name)
        return f"{value}, whose interval over seeds and images is not computed. Run: {again}"
    if not over_both.has_interval:
        return f"{value}, and no interval over seeds and images can be told"
    return (
        f"{replace(accuracy, difference=over_both).with_interval} over seeds and {count(over_both.n)} held-out images"
    )


@register(
    "rmd-misclassification",
    paper="rmd",
    place=named(paper_tables.MISCLASSIFICATION),
    title="Telling a model's errors by its confidence and its entropy",
    claim="After difficulty-aware training confidence and entropy tell wrong predictions from right ones better.",
    rule=BASELINE,
    steps=("grid",),
    page="calibration",
    show="telling",
)
def misclassification(findings: Findings) -> Reproduced | None:
    """From the grid's tables by MSP and by entropy."""
    return _beside(findings, "Misclassification by")


@register(
    "rmd-near-ood",
    paper="rmd",
    place=named(paper_tables.NEAR_OOD),
    title="Telling images of classes that the model was not given",
    claim="After difficulty-aware training the maximum logit and entropy tell images of similar, unknown classes "
    "better.",
    rule=BASELINE,
    steps=("grid",),
    page="calibration",
    show="telling",
)
def near_ood(findings: Findings) -> Reproduced | None:
    """By MaxLogit and by entropy, as the paper has it; other scores stand in the grid's report."""
    return _beside(findings, "Near-OOD by MaxLogit", "Near-OOD by entropy")


@register(
    "rmd-wrong",
    paper="rmd",
    place="Figure 11",
    title="How sure each way of training is of its errors",
    claim="Where a model trained with difficulty is wrong it is less sure: its errors have lower confidence and higher "
    "entropy.",
    rule="Holds where mean confidence of the errors lies below that of cross-entropy and mean entropy above, each by "
    "its whole paired 95 % interval over seeds; does not where one of them goes the other way so.",
    steps=("grid",),
    page="calibration",
    show="wrong",
)
def wrong(findings: Findings) -> Reproduced | None:
    """From the grid's table of the misclassified."""
    report = findings.difficulty_grid
    tables = tables_of(report, "Confidence and entropy of the misclassified") if report else []
    return main_against_baseline(report, tables, every) if report else None


@register(
    "rmd-corrupted",
    paper="rmd",
    place="Section 5, corruptions",
    title="Accuracy and calibration on corrupted images by way of training",
    claim="Difficulty-aware training stays better calibrated as images are corrupted.",
    rule="Holds where the squared calibration error, debiased and averaged over kinds, lies below cross-entropy's by "
    "its whole paired 95 % interval over seeds at more than half of the severities, does not where it lies above so at "
    f"more than half. Fewer than {FEWEST_CORRUPTED} images leave it untold; ECE, accuracy and controls are said "
    "beside it and do not decide.",
    steps=("grid",),
    page="calibration",
    show="corruptions",
)
def corrupted(findings: Findings) -> Reproduced | None:
    """From means over kinds at three severities.

    ECE does not decide: in bins of a few images it is mostly chance, and counts a calibrated, less sure model as badly
    calibrated as an overconfident one.
    """
    report = findings.difficulty_grid
    tables = tables_of(report, "Corrupted images") if report else []
    outcome = main_against_baseline(report, tables, deciding=CORRUPTION_SQUARED_GAP) if report else None
    if report is None or outcome is None:
        return None
    images = images_corrupted(findings, report)
    if images is None:
        again = command(report.grid.audit, "evaluate", "--grid", report.grid.name, "--corruptions")
        of_before = f"The debiased calibration error was not kept when the corrupted images were shown. Run: {again}."
        return replace(outcome, verdict=UNTOLD, notes=(*outcome.notes, of_before))
    verdict = outcome.verdict if images >= FEWEST_CORRUPTED else UNTOLD
    return replace(outcome, verdict=verdict, notes=(*outcome.notes, *notes_on_corrupted(report, images)))


def images_corrupted(findings: Findings, report: GridReport) -> int | None:
    """The fewest images that a model of the table was shown at a kind and severity; None where nothing is debiased."""
    models = {run_id for method in report.grid.methods for run_id in method.runs.values()}
    shown = [
        row.estimate.n for row in findings.rows if row.name == CORRUPTION_SQUARED_GAP and row.subject in models
    ]  # fmt: skip
    return min(shown, default=None)


def notes_on_corrupted(report: GridReport, images: int) -> tuple[str, ...]:
    """How many images, and what ECE of so few would be by chance."""
    by_chance = [
        value
        for method in report.grid.methods
        for severity in (1, 3, 5)
        for value in report.grid.figures(method, CORRUPTION_ECE + BY_CHANCE, f"severity {severity}").values()
    ]
    size = f"{count(images)} held-out images of each kind and severity, the same ones; squared errors in points²."
    if not by_chance:
        return (size,)
    chance = percent(sum(by_chance) / len(by_chance))
    return (size, f"ECE of so many would be {chance} on average if confidence were right.")


def _beside(findings: Findings, *titles: str) -> Reproduced | None:
    report = findings.difficulty_grid
    return main_against_baseline(report, tables_of(report, *titles)) if report else None
