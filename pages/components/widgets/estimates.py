"""An estimate in a table and in a CSV file: a value, its interval, and how many images it is from."""

from __future__ import annotations

from core.types import Estimate
from core.wording import MISSING, count, percent_interval, span, three, with_interval
from pages.components.widgets.table import TableCell


def on_axis(estimate: Estimate) -> Estimate:
    """As a column or an axis has it whose title names the unit: a share in per cent, anything else as it is."""
    return estimate.in_per_cent() if estimate.unit == "share" else estimate


def estimate_cells(estimate: Estimate | None) -> list[TableCell]:
    """The value, and beside it the interval, under a title that names the unit; a dash where nothing was measured."""
    if estimate is None:
        return [TableCell(MISSING, "quiet", -1), TableCell("")]
    shown = on_axis(estimate)
    low = shown.low if shown.has_interval else None
    return [TableCell(three(shown.value), "", estimate.value), TableCell(span(shown), "quiet", low)]


def share_cell(share: Estimate | None) -> TableCell:
    """A share with its interval in one cell: "44 % [38, 50]"."""
    return TableCell(percent_interval(share), "", share.value) if share else TableCell(MISSING, "quiet", -1)


def n_cell(estimate: Estimate | None) -> TableCell:
    """How many images an estimate is from."""
    return TableCell(count(estimate.n) if estimate else "", "quiet", estimate.n if estimate else 0)


def on_axis_in_words(estimate: Estimate | None) -> str:
    """Beside an axis or a title that names the unit: "7.41 [5.20, 10.1]"."""
    return with_interval(on_axis(estimate)) if estimate else MISSING


def as_numbers(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    """Value, low and high as a CSV file has them, None for what is not known."""
    value, low, high = estimate.numbers if estimate else (None, None, None)
    return _known(value), _known(low), _known(high)


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else value  # NaN differs from itself
