from __future__ import annotations

import numpy as np
import pytest

from core.answers.scores.cloud import MOST_POINTS, Cloud, cloud
from core.answers.scores.colouring import Colouring
from core.answers.scores.data_map import DataMap, regions_in_view
from core.answers.view.choices import ScoreChoice
from core.maths.plane import Box
from core.plots.data_map import data_map_figure


def choice(name: str) -> ScoreChoice:
    return ScoreChoice(f"run:{name}", name, name, None, "net", "", "", "given")


FOUND = DataMap(choice("p_label_mean"), choice("p_label_sd"), 0.25)


def points(n: int) -> Cloud:
    rng = np.random.default_rng(0)
    return cloud(0.5 * rng.random(n).astype(np.float32), rng.random(n).astype(np.float32), None)


def test_both_borders_are_drawn_and_every_region_is_named_with_its_count() -> None:
    found = points(30)
    regions = regions_in_view(FOUND, found, None)
    figure = data_map_figure(
        FOUND, found, None, [("k", "l")] * 30, regions, Box(0, 0.1, 0, 0.1), "s", model="<b>net</b>", dark=False
    )
    assert [annotation.text for annotation in figure.layout.annotations] == [
        f"<b>{one.name}</b> · {one.n}" for one in regions
    ]
    box, across, up = figure.layout.shapes
    assert (box.type, across.x0, across.x1, up.y0, up.y1, up.x1) == ("rect", 0.25, 0.25, 0.5, 0.5, 0.25)
    assert "<b>net" not in figure.layout.title.text
    assert sum(len(trace.x) for trace in figure.data) == 30


@pytest.mark.parametrize("dark", [False, True])
def test_beyond_five_thousand_a_cell_has_its_share_misclassified(dark: bool) -> None:
    n = MOST_POINTS + 1
    found = points(n)
    errors = Colouring("errors", np.zeros(n, np.int32), ("right",), np.ones(n, np.float32), "share misclassified")
    figure = data_map_figure(
        FOUND, found, errors, [], regions_in_view(FOUND, found, None), None, "s", model="net", dark=dark
    )
    assert figure.data[0].type == "heatmap"
    assert np.nanmax(np.asarray(figure.data[0].z)) == 1
