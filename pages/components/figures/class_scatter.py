"""Each class by its mean score and the share of it that the model misses; a point opens the class's images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from core.answers.models.class_correlation import (
    ClassPoints,
    class_points,
    correlation_in_words,
)
from core.answers.models.error_by_difficulty import ErrorOrder
from core.answers.models.error_slices import ErrorSlice
from core.answers.provenance import metric_sources
from core.plots.errors.class_scatter import class_scatter
from core.plots.style import plain
from core.types import Floats
from pages.components.figures.curves import ChosenCurve
from pages.components.figures.error_figures import AT, OPENED, opened_images, opened_slice
from pages.components.layout import address
from pages.components.layout.header import View
from pages.components.layout.layout import lines
from pages.components.widgets.download import show_figure

COLUMNS = ("class", "images", "mean", "mean_low", "mean_high", "missed", "rate", "rate_low", "rate_high")
FIGURE = "class means"


def show_class_scatter(
    view: View, curve: ChosenCurve, order: ErrorOrder, values: Floats, words: str, target: ErrorSlice
) -> None:
    """Draw it. words: which images are in view. target: their slice."""
    if curve.score.name.endswith("_normalised"):
        lines([f"{curve.score.name} is normalised within the class: classes cannot be told apart by their means."])
        return
    found = class_points(view.reader, order, values)
    if found is None:
        return
    _draw(view, curve, found, words, target)
    opened_images(view, FIGURE)


def _draw(view: View, curve: ChosenCurve, found: ClassPoints, words: str, target: ErrorSlice) -> None:
    opened = opened_slice(view.reader)

    def open_class(point: Any) -> None:
        of_class = replace(target, name="all", selection=replace(target.selection, label=int(point[0])))
        address.write({OPENED: of_class.encode(view.reader).partition(":")[2], AT: FIGURE})

    figure = class_scatter(
        found.means, found.names, [str(label) for label in found.means.label], curve.style,
        f"Classes by {curve.score.name} and by error, {words}", correlation_in_words(found.means),
        score=plain(curve.score.name), model=plain(curve.model.name),
        opened=str(opened.selection.label) if opened and address.read(AT) == FIGURE else "", dark=view.dark,
    )  # fmt: skip
    show_figure(
        figure, name=f"{view.audit.name} classes by {curve.score.name}", key="figure_class_means", columns=COLUMNS,
        rows=lambda: rows_of(found), on_click=open_class,
        sources=metric_sources({"false_negative_correlation": "correlation", "error_by_decile": "share missed"}),
    )  # fmt: skip


def rows_of(found: ClassPoints) -> Iterable[tuple[object, ...]]:
    """A line of the CSV file for each class, shares in 0..1."""
    of = found.means
    columns = (of.n, of.mean, of.low, of.high, of.wrong, of.rate, of.rate_low, of.rate_high)
    for name, *values in zip(found.names, *(column.tolist() for column in columns), strict=True):
        yield (name, *values)
