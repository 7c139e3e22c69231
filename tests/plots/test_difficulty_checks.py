"""Figures of difficulty checks."""

from __future__ import annotations

from core.plots.errors.difficulty_checks import along_steps, by_severity
from core.types import Estimate

STEPS = ("clean", "1", "2", "3", "4", "5")


def means(start: float) -> list[Estimate]:
    return [Estimate(start + step, start + step - 1, start + step + 2, 30) for step in range(6)]


def test_each_kind_is_a_panel_whose_line_ends_where_the_next_begins() -> None:
    kinds = [(f"kind_{i}", STEPS, means(10 * i)) for i in range(5)]
    figure = by_severity(kinds, "RMD", "so", dark=False)
    first, second = figure.data  # four panels in a row, then one
    assert len(first.x) == len(first.y) == 4 * 7
    assert [i for i, y in enumerate(first.y) if y is None] == [6, 13, 20, 27]
    assert list(second.y)[:6] == [one.value for one in means(40)]
    assert list(second.error_y.array)[:6] == [2.0] * 6
    assert list(second.error_y.arrayminus)[:6] == [1.0] * 6
    assert list(first.x) == sorted(first.x)
    assert first.x[7] - first.x[5] > 2  # the next panel begins behind a gap
    assert [note.text for note in figure.layout.annotations] == [f"kind {i}" for i in range(5)]
    assert figure.data[0].customdata[1] == "kind 0, severity 1: 1.00 [0, 3.00], 30 images"


def test_steps_have_their_names_and_intervals() -> None:
    figure = along_steps(("0 %", "50 %", "100 %"), means(0)[:3], "RMD", "so", axis="share", dark=True)
    (line,) = figure.data
    assert list(line.y) == [0, 1, 2]
    assert list(figure.layout.xaxis.ticktext) == ["0 %", "50 %", "100 %"]
    assert line.mode == "lines+markers"
