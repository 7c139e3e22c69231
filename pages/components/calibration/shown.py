"""What the sections of the page Calibration share: the models and images chosen, how a figure is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import nan

import numpy as np

from core.answers.estimates import Metric, measured
from core.answers.provenance import provenance_of
from core.answers.view.ranking import Selection
from core.errors import command
from core.plots.figures_beside import Points
from core.plots.style import SeriesStyle
from core.types import Estimate
from core.wording import three
from pages.components.figures.curves import ShownModel
from pages.components.layout.header import View
from pages.components.layout.loading import answer
from pages.components.widgets.estimates import as_numbers, on_axis

NAMES = {
    "ece": "ECE", "ece_width": "ECE of equal width", "calibration_error": "Calibration error, debiased",
    "brier": "Brier score", "nll": "NLL", "accuracy": "Accuracy", "aurc": "AURC", "augrc": "AUGRC", "smece": "smECE",
    "nll_refinement": "Refinement", "nll_calibration": "Calibration of NLL",
    "equal_confidence_gap": "Gap at equal confidence", "ece_within_fifths": "ECE within fifths",
    "wrong_confidence": "Mean confidence of errors", "wrong_entropy": "Mean entropy of errors",
}  # fmt: skip
TITLES = {
    "ece": "ECE, %", "calibration_error": "calibration error, %",
    "ece_width": "ECE, equal width, %", "brier": "Brier score", "nll": "NLL, nats",
    "accuracy": "accuracy, %", "aurc": "AURC", "augrc": "AUGRC", "smece": "smECE, %",
    "nll_refinement": "of it refinement, nats", "nll_calibration": "of it calibration, nats",
    "wrong_confidence": "mean confidence of errors", "wrong_entropy": "mean entropy of errors, nats",
}  # fmt: skip


@dataclass(frozen=True)
class CalibrationView:
    """What the page's controls say. words: of the images judged, for titles."""

    models: Sequence[ShownModel]
    selection: Selection
    images: str
    words: str
    dark: bool

    @property
    def whole(self) -> bool:
        """Whether stored figures are of the same images: held out, of all classes, without a filter."""
        return self.images == "" and self.selection == Selection()


def stored_rows(view: View, name: str, run_id: str) -> dict[str, Metric]:
    """What was measured of one model, by slice, with its notes."""
    return answer(measured, view.reader, name).get(run_id, {})


def stored(view: View, name: str, run_id: str) -> dict[str, Estimate]:
    """What was measured of one model, by slice."""
    return {part: row.estimate for part, row in stored_rows(view, name, run_id).items()}


def points_of(name: str, style: SeriesStyle, estimates: Sequence[Estimate | None]) -> Points:
    """Estimates as a plot draws them; NaN where there is none."""
    shown = [Estimate(nan) if one is None else on_axis(one) for one in estimates]
    value, low, high = np.array([one.numbers for one in shown], float).reshape(-1, 3).T
    return Points(name, style, value, low, high, np.array([one.n for one in shown], float))


def evaluate_command(view: View, run_id: str, *more: str) -> str:
    """The command that measures one model."""
    return str(command(view.audit.name, "evaluate", *more, "--model", run_id))


def by_chance(row: Metric | None) -> str:
    """What a calibration error would be by chance, of the row that says so: " (2.1 by chance)"; "" for none."""
    return f" ({three(100 * row.estimate.value)} by chance)" if row else ""


CSV = ("model", "metric", "slice", "value", "low", "high", "n", "note", "provenance")


def csv_rows(view: View, models: Sequence[ShownModel], names: Sequence[str]) -> list[tuple[object, ...]]:
    """Every stored row of some metrics of some models, for a CSV file."""
    return [
        (
            model.run.run_id,
            name,
            part,
            *as_numbers(one.estimate),
            one.estimate.n,
            one.note,
            str(provenance_of(name) or ""),
        )
        for model in models
        for name in names
        for part, one in stored_rows(view, name, model.run.run_id).items()
    ]


rows_later = partial(partial, csv_rows)
"""`rows_later(view, models, names)` makes the rows when a button is pressed."""
