"""Figures of the page Compare scorers: what they hold, not how they look."""

from __future__ import annotations

import numpy as np
import pytest

from core.answers.labels.detection import DetectionCurve, Finder
from core.answers.scores.agreement import Overlaps
from core.answers.scores.cloud import CELLS, MOST_POINTS, Cloud, cloud
from core.answers.scores.pair import RANKS
from core.answers.view.choices import ScoreChoice
from core.maths.plane import Box, Outline
from core.plots.agreement import overlap_figure
from core.plots.cloud import count_bar
from core.plots.detection import precision_recall_figure, roc_figure
from core.plots.pair import score_pair
from core.plots.style import series_styles
from core.types import Estimate

HOSTILE = "<a href='javascript:alert(1)'>x</a>"


def choice(name: str) -> ScoreChoice:
    return ScoreChoice(f"run:{name}", name, name, 1, "", "", "", "given")


def points(n: int) -> Cloud:
    rng = np.random.default_rng(0)
    x, y = (100 * rng.random((2, n))).astype(np.float32)
    return cloud(x, y, None)


def test_few_images_are_points_with_their_key_as_text() -> None:
    found = points(50)
    texts = [(HOSTILE, "shirt")] * 50
    wrong = np.arange(50) < 20
    figure = score_pair(choice("a"), choice(HOSTILE), RANKS, found, texts, wrong, None, "s", dark=False)
    right, missed = figure.data
    assert (len(right.x), len(missed.x)) == (30, 20)
    assert figure.layout.legend.yref == "container"  # under the figure: beside the title it covers the subtitle
    assert "<a" not in str(right.customdata[0])
    assert "<a" not in figure.layout.title.text + figure.layout.yaxis.title.text


def test_what_was_drawn_stands_out_and_is_drawn_again() -> None:
    found = points(50)
    shape = Box(0, 50, -np.inf, np.inf)
    figure = score_pair(choice("a"), choice("b"), RANKS, found, [("k", "l")] * 50, None, shape, "s", dark=False)
    back, front = figure.data[:2]
    assert max(front.x) <= 50 < min(back.x)
    assert back.marker.opacity < front.marker.opacity
    drawn = [one for one in figure.layout.shapes if one.type == "rect"]
    assert len(drawn) == 1
    assert np.isfinite([drawn[0].y0, drawn[0].y1]).all()


def test_a_lasso_is_drawn_as_its_outline() -> None:
    shape = Outline((1, 2, 3), (1, 5, 1))
    figure = score_pair(choice("a"), choice("b"), RANKS, points(9), [("", "")] * 9, None, shape, "s", dark=False)
    assert [one.path for one in figure.layout.shapes if one.type == "path"] == ["M 1,1 L 2,5 L 3,1 Z"]


def test_many_images_are_cells_that_hold_them_all() -> None:
    found = points(MOST_POINTS + 1000)
    figure = score_pair(choice("a"), choice("b"), RANKS, found, [], None, None, "s", dark=True)
    (heat,) = figure.data
    assert heat.type == "heatmap"
    assert np.asarray(heat.z).shape == (CELLS, CELLS)
    assert int(np.sum(heat.customdata)) == MOST_POINTS + 1000 - found.outside


@pytest.mark.parametrize(("top", "texts"), [(1.0, ("1", "2", "5", "10")), (4.2, ("1", "10", "100", "1,000", "10,000"))])
def test_the_bar_says_counts_and_not_logarithms(top: float, texts: tuple[str, ...]) -> None:
    assert tuple(count_bar(top)["ticktext"]) == texts


def test_the_chance_line_ends_at_everything() -> None:
    found = Overlaps(np.array([10, 100]), np.array([[0.2, 1.0]]), 100, np.array([100]))
    names = [choice("a"), choice("b")]
    styles = series_styles([one.address for one in names], dark=False)
    figure = overlap_figure(found, names[0], names[1:], styles, "", "s", height=300, dark=False)
    chance, line = figure.data
    assert list(chance.y) == pytest.approx([0.1, 1.0])
    assert line.line.color == styles["run:b"].colour


@pytest.mark.parametrize(
    ("most", "said"),
    [(10, ["9", "10", "11"]), (11, ["10", "11"]), (19, ["10", "19"]), (57, ["10", "20", "50"]),
     (20_000, ["10", "100", "1,000", "10,000"])],
)  # fmt: skip
def test_the_axis_of_k_has_ticks_that_its_title_can_be_placed_by(most: int, said: list[str]) -> None:
    found = Overlaps(np.unique([10, most]), np.array([[1.0, 1.0][: 1 + (most > 10)]]), most, np.array([most]))
    names = [choice("a"), choice("b")]
    styles = series_styles([one.address for one in names], dark=False)
    figure = overlap_figure(found, names[0], names[1:], styles, "", "s", height=300, dark=False)
    assert list(figure.layout.xaxis.ticktext) == said


def test_scores_of_fewer_images_have_a_chance_line_of_their_own() -> None:
    shares = np.array([[0.2, 1.0], [0.5, np.nan], [0.1, 0.9]])
    found = Overlaps(np.array([10, 100]), shares, 100, np.array([100, 50, 100]))
    names = [choice(name) for name in "abcd"]
    styles = series_styles([one.address for one in names], dark=False)
    figure = overlap_figure(found, names[0], names[1:], styles, "", "s", height=300, dark=False)
    assert [line.name for line in figure.data] == ["chance, 100 images", "chance, 50 images", "b", "c", "d"]
    assert figure.data[1].y[0] == pytest.approx(0.2)


def test_curves_have_their_interval_as_a_band_and_their_figure_in_the_legend() -> None:
    curve = DetectionCurve(*(np.array(values) for values in ([0.0, 1.0], [0.5, 0.6], [0.4, 0.5], [0.6, 0.7])))
    finder = Finder(choice("a"), Estimate(0.9, 0.8, 0.95, 100), Estimate(0.5, 0.4, 0.6, 100), curve, curve)
    styles = series_styles(["run:a"], dark=False)
    for figure, text in (
        (roc_figure([finder], styles, "s", dark=False), "AUROC 0.900 [0.800, 0.950]"),
        (precision_recall_figure([finder], styles, 0.1, "s", dark=True), "AP 0.500 [0.400, 0.600]"),
    ):
        _, band, line = figure.data
        assert list(band.y) == [0.6, 0.7, 0.5, 0.4]
        assert text in line.name
