from __future__ import annotations

import numpy as np
import pytest

from core.answers.scores.cloud import MOST_POINTS, Cloud, cloud
from core.answers.scores.colouring import Colouring
from core.answers.scores.embedding_map import MapChoice
from core.maths.plane import Box
from core.plots.embedding_map import group_colours, map_figure, score_ends
from core.plots.style import BLUE, GREY, VERMILION

CHOICE = MapChoice("run", "lda", "LDA · <b>x</b>")
GROUPS = ("shirt", "<img src=x>", "other")


def points(n: int) -> Cloud:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, n)).astype(np.float32)
    return cloud(x, y, None)


def coloured(n: int) -> Colouring:
    return Colouring("class", (np.arange(n) % 3).astype(np.int32), GROUPS)


def test_each_group_has_its_colour_its_symbol_and_its_name_as_text() -> None:
    found = points(30)
    figure = map_figure(CHOICE, found, coloured(30), [("k", "l")] * 30, None, None, "s", dark=False)
    assert len({trace.marker.symbol for trace in figure.data}) == 3
    assert len({trace.marker.color for trace in figure.data}) == 3
    assert sum(len(trace.x) for trace in figure.data) == 30
    assert "<img" not in "".join(trace.name for trace in figure.data)
    assert "<b>x" not in figure.layout.title.text


def test_beyond_five_thousand_a_cell_has_its_commonest_group() -> None:
    n = MOST_POINTS + 1
    figure = map_figure(CHOICE, points(n), coloured(n), [], None, None, "s", dark=True)
    heat = figure.data[0]
    assert heat.type == "heatmap"
    shown = np.asarray(heat.z)
    assert set(np.unique(shown[np.isfinite(shown)])) == {0, 1, 2}
    assert [trace.name for trace in figure.data[1:]] == ["shirt", "&lt;img src=x&gt;", "other"]


def test_beyond_five_thousand_a_cell_has_its_mean_score() -> None:
    found = points(MOST_POINTS + 1)
    figure = map_figure(CHOICE, found, Colouring("rmd", values=found.x), [], None, None, "s", dark=False)
    z = np.asarray(figure.data[0].z)
    left, right = np.nanmean(z[:, :40]), np.nanmean(z[:, -40:])
    assert left < right


def test_without_a_colouring_cells_say_how_many() -> None:
    figure = map_figure(CHOICE, points(MOST_POINTS + 1), None, [], Box(-1, 1, -1, 1), None, "s", dark=False)
    assert figure.data[0].colorbar.title.text == "images"
    assert [shape.type for shape in figure.layout.shapes] == ["rect"]


def test_what_was_found_is_ringed() -> None:
    found = points(9)
    rings = ("like <a>", found.x[:2], found.y[:2])
    figure = map_figure(CHOICE, found, None, [("k", "l")] * 9, None, rings, "s", dark=True)
    assert figure.data[-1].name == "like &lt;a&gt;"
    assert len(figure.data[-1].x) == 2


def test_what_is_not_known_is_grey_and_errors_are_vermilion() -> None:
    assert group_colours(coloured(3), dark=False)[-1] == GREY
    toned = Colouring("errors", np.zeros(1, np.int32), ("right", "wrong", "none"), tones=("easy", "hard", "unknown"))
    assert group_colours(toned, dark=False) == [BLUE, VERMILION, GREY]


@pytest.mark.parametrize("values", [[], [np.nan], [2.0, 2.0]])
def test_a_scale_always_has_two_ends(values: list[float]) -> None:
    low, high = score_ends(np.array(values))
    assert low < high
