"""What the sections of the page Calibration share: the models and images chosen, how a figure is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.answers.estimates import Measured, measured
from core.answers.view.ranking import Selection
from core.plots.figures_beside import Points
from core.plots.style import SeriesStyle
from core.types import Floats
from core.wording import MISSING, command, count, span, three
from pages.components.figures.curves import ShownModel
from pages.components.layout.header import View
from pages.components.layout.loading import answer
from pages.components.widgets.table import TableCell

PER_CENT = ("accuracy", "ece", "ece_width")
NAMES = {"ece": "ECE", "brier": "Brier score", "nll": "NLL", "accuracy": "Accuracy", "aurc": "AURC"}
TITLES = {
    "ece": "ECE, %", "ece_width": "ECE, equal width, %", "brier": "Brier score", "nll": "NLL, nats",
    "accuracy": "accuracy, %", "aurc": "AURC",
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


def scale(name: str) -> float:
    """What a stored figure is multiplied by to be shown."""
    return 100.0 if name in PER_CENT or name.removeprefix("corruption_") in PER_CENT else 1.0


def stored(view: View, name: str, run_id: str) -> dict[str, Measured]:
    """What was measured of one model, by slice."""
    return answer(measured, view.reader, name).get(run_id, {})


def figure_cells(figure: Measured | None, by: float = 1.0) -> list[TableCell]:
    """A value and its interval."""
    if figure is None:
        return [TableCell(MISSING, "quiet", -1), TableCell("")]
    low, high = (None if end is None else by * end for end in (figure.low, figure.high))
    return [TableCell(three(by * figure.value), "", figure.value), TableCell(span(low, high), "quiet", low)]


def written(figure: Measured | None, by: float = 1.0) -> str:
    """A value with its interval in words: "7.41 [5.20, 10.1]"."""
    if figure is None:
        return MISSING
    low, high = (None if end is None else by * end for end in (figure.low, figure.high))
    return f"{three(by * figure.value)} {span(low, high)}".strip()


def n_cell(figure: Measured | None) -> TableCell:
    """How many images a value is from."""
    return TableCell(count(figure.n) if figure else "", "quiet", figure.n if figure else 0)


def points_of(name: str, style: SeriesStyle, figures: Sequence[Measured | None], by: float = 1.0) -> Points:
    """Figures as a plot draws them; NaN where there is none."""

    def column(pick: str) -> Floats:
        found = [None if one is None else getattr(one, pick) for one in figures]
        return np.array([np.nan if value is None else by * value for value in found])

    n = np.array([0 if one is None else one.n for one in figures], float)
    return Points(name, style, column("value"), column("low"), column("high"), n)


def evaluate_command(view: View, run_id: str, *more: str) -> str:
    """The command that measures one model."""
    return str(command(view.audit.name, "evaluate", *more, "--model", run_id))


CSV = ("model", "metric", "slice", "value", "low", "high", "n", "note")


def csv_rows(view: View, models: Sequence[ShownModel], names: Sequence[str]) -> list[tuple[object, ...]]:
    """Every stored row of some metrics of some models, for a CSV file."""
    return [
        (model.run.run_id, name, part, one.value, one.low, one.high, one.n, one.note)
        for model in models
        for name in names
        for part, one in stored(view, name, model.run.run_id).items()
    ]


rows_later = partial(partial, csv_rows)
"""`rows_later(view, models, names)` makes the rows when a button is pressed."""
