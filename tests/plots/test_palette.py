"""Ten colours and ten marks, computed: seen on their ground, and told apart by everyone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from core.answers.scores.colouring import MOST_CLASSES
from core.plots.embedding_map import MARK_SIZES
from core.plots.palette import COLOURS_DARK, COLOURS_LIGHT, MARKS, OPACITY
from core.plots.style import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    GROUND_DARK,
    GROUND_LIGHT,
    MEANINGS_DARK,
    MEANINGS_LIGHT,
    OF_SPLITS,
    VERMILION,
)
from tests.colour_vision import VISION, contrast, linear, nearest_pair, oklab, srgb

THEMES = {
    "light": (COLOURS_LIGHT, MEANINGS_LIGHT, GROUND_LIGHT), "dark": (COLOURS_DARK, MEANINGS_DARK, GROUND_DARK)
}  # fmt: skip
OKABE_ITO = {"easy": BLUE, "hard": VERMILION, "suspect": AMBER, "good": GREEN, "unknown": GREY}


def test_contrast_and_distance_are_those_of_their_sources() -> None:
    np.testing.assert_allclose(contrast(["#FFFFFF", "#767676"], "#000000"), np.array([21.0, 4.62]), atol=0.01)
    # Ottosson's own table: white, and pure red.
    white_and_red = np.array([[1.0, 0.0, 0.0], [0.628, 0.225, 0.126]])
    np.testing.assert_allclose(oklab(np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]])), white_and_red, atol=1e-3)
    # Grey is grey to every eye: the rows of each matrix sum to one.
    for vision in VISION.values():
        np.testing.assert_allclose(vision.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("scheme", THEMES)
def test_every_mark_has_a_contrast_of_three_on_its_ground_as_it_is_drawn(scheme: str) -> None:
    colours, tones, ground = THEMES[scheme]
    named = [colour for tone, colour in tones.items() if tone != "unknown"]
    assert contrast([*colours, *named], ground, OPACITY).min() >= 3
    assert contrast([GREY], ground).min() >= 3


@pytest.mark.parametrize("scheme", THEMES)
@pytest.mark.parametrize("vision", VISION)
def test_any_two_of_the_ten_and_grey_are_told_apart(scheme: str, vision: str) -> None:
    colours = THEMES[scheme][0]
    # Five just noticeable differences for most eyes, three for those with a kind of cone missing.
    assert nearest_pair([*colours, GREY], vision) >= (0.1 if vision == "usual" else 0.06)


@pytest.mark.parametrize("scheme", THEMES)
def test_a_meaning_keeps_its_hue_in_both_themes(scheme: str) -> None:
    for tone, colour in THEMES[scheme][1].items():
        (_, a, b), (_, of_a, of_b) = oklab(linear(srgb([colour, OKABE_ITO[tone]])))
        turned = np.degrees(np.arctan2(b, a) - np.arctan2(of_b, of_a))
        assert abs((turned + 180) % 360 - 180) <= 15 or tone == "unknown", tone


def test_there_are_as_many_marks_and_classes_as_colours() -> None:
    assert len(set(COLOURS_LIGHT)) == len(set(COLOURS_DARK)) == len(set(MARKS)) == MOST_CLASSES == 10
    assert set(MARK_SIZES) <= set(MARKS)


@pytest.mark.parametrize("scheme", THEMES)
@pytest.mark.parametrize("vision", VISION)
def test_splits_that_lie_on_each_other_in_a_bar_are_told_apart(scheme: str, vision: str) -> None:
    of_splits = [THEMES[scheme][0][i] for i in OF_SPLITS]
    assert min(nearest_pair(pair, vision) for pair in pairwise(of_splits)) >= 0.1
