"""Difficulty against suspicion: a hard image is not a mislabelled one, and the four quadrants tell them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from ...maths.plane import Box, inside
from ...types import HARDER_LOW
from ..view.choices import ScoreChoice, default_score
from ..view.ranking import Selection, mask_of
from ..view.reader import Reader
from .pair import VALUES, axis, encode_pair

SUSPICION = "suspicion"
LIKELIER_WRONG = 0.5
CUTS = {"median": 0.5, "hardest fifth": 0.8, "hardest decile": 0.9}
"""Where the difficult images begin, as a share of those in view."""


@dataclass(frozen=True)
class Quadrant:
    """Images of one quadrant. expected: wrong labels that suspicion's chances add up to. only: as the address has it.

    high: (in difficulty, in suspicion).
    """

    name: str
    meaning: str
    high: tuple[bool, bool]
    n: int
    expected: float
    only: str


@dataclass(frozen=True)
class Quadrants:
    """difficulty, suspicion: the two scores. hard_from: value of the first from which images are hard; n in all."""

    difficulty: ScoreChoice
    suspicion: ScoreChoice
    hard_from: float
    quadrants: tuple[Quadrant, ...]
    n: int


NAMES = {
    (True, False): ("hard but right", "difficult images whose label holds: worth keeping, worth more of their kind"),
    (True, True): ("probably wrong", "difficult because another label fits better: look at these first"),
    (False, False): ("easy", "typical of their class"),
    (False, True): ("easy-looking but doubted", "close to their class, yet the others say another label"),
}


def quadrant_scores(
    choices: Sequence[ScoreChoice], preferred: ScoreChoice | None
) -> tuple[ScoreChoice | None, ScoreChoice | None]:
    """(difficulty, suspicion): the score in view as difficulty where it is another one and points up; the newest."""
    suspicion = next((one for one in reversed(choices) if one.name == SUSPICION), None)
    fit = [one for one in choices if not one.name.startswith(SUSPICION) and one.direction is not None]
    difficulty = preferred if preferred in fit else default_score(fit)
    return difficulty, suspicion


def quadrants(
    reader: Reader, difficulty: ScoreChoice, suspicion: ScoreChoice, cut: str, selection: Selection
) -> Quadrants | None:
    """The four counts over the images in view that have both scores; None where no image has.

    Suspicion is cut where another label is likelier than the given one; difficulty at `cut` of the images in view.
    """
    x, y = axis(reader, difficulty.address, VALUES), axis(reader, suspicion.address, VALUES)
    mask = mask_of(reader, selection)
    both = ~(np.isnan(x) | np.isnan(y))
    both = both if mask is None else both & mask
    if not both.any():
        return None
    share = 1 - CUTS[cut] if difficulty.direction == HARDER_LOW else CUTS[cut]
    # Rounded as the address will have it, so that a count is that of the images which open.
    hard_from = float(f"{np.quantile(x[both], share):.5g}")
    found = []
    for (hard, doubted), (name, meaning) in NAMES.items():
        box = _box(hard_from, hard != (difficulty.direction == HARDER_LOW), doubted)
        rows = inside(box, x, y) & both
        only = encode_pair(difficulty.address, suspicion.address, VALUES, box)
        expected = float(y[rows].sum(dtype=np.float64))
        found.append(Quadrant(name, meaning, (hard, doubted), int(rows.sum()), expected, only))
    return Quadrants(difficulty, suspicion, hard_from, tuple(found), int(both.sum()))


def _box(cut: float, right: bool, upper: bool) -> Box:
    # The next number below, so that no image lies in two quadrants or, on the line, in none.
    x = (cut, inf) if right else (-inf, float(np.nextafter(np.float32(cut), np.float32(-inf))))
    doubted_to = float(np.nextafter(np.float32(LIKELIER_WRONG), np.float32(-inf)))
    return Box(*x, *((LIKELIER_WRONG, inf) if upper else (-inf, doubted_to)))
