"""Two scores as the two axes of a plane, and the images of a region in it: `pair:A~B~scale~shape`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isinf

import numpy as np

from ...errors import BadInput
from ...maths.plane import Box, Shape, inside
from ...metrics.agreement import ranks
from ...store import views
from ...types import HARDER_LOW, Floats, Ints
from ...wording import three
from ..view.choices import ScoreChoice
from ..view.ranking import Selection, mask_of
from ..view.reader import Reader
from ..view.shapes import decode_shape, encode_shape
from ..view.subsets import register_subset
from .cloud import Cloud, cloud

RANKS, VALUES = "ranks", "values"
SCALES = (RANKS, VALUES)
"""ranks: percentile among all images that have the score, so that both axes are comparable. values: as stored."""

END = 20.0
"""An end of a score's order is a fifth of the images: at an even spread a corner of two scores holds 4 %."""


@dataclass(frozen=True)
class Corner:
    """Images at one end of both scores. high_a, high_b: at the upper end, whichever end is the hard one."""

    words: str
    high_a: bool
    high_b: bool

    @property
    def box(self) -> Box:
        """The corner on the scale of ranks."""
        low, high = (-np.inf, END), (100 - END, np.inf)
        return Box(*(high if self.high_a else low), *(high if self.high_b else low))


def corners(a: ScoreChoice, b: ScoreChoice) -> list[Corner]:
    """Hard by A alone, hard by B alone, hard by both, easy by both; high and low where a direction is not known."""
    hard_a, hard_b = a.direction != HARDER_LOW, b.direction != HARDER_LOW

    def corner(a_hard: bool, b_hard: bool) -> Corner:
        high_a, high_b = a_hard == hard_a, b_hard == hard_b
        return Corner(f"{end_word(a, high_a)} by {a.name}, {end_word(b, high_b)} by {b.name}", high_a, high_b)

    return [corner(True, False), corner(False, True), corner(True, True), corner(False, False)]


def end_word(score: ScoreChoice, high: bool) -> str:
    """What the upper or lower end of a score is called: hard, easy, or high, low where that is not known."""
    if score.direction is None:
        return "high" if high else "low"
    return "hard" if high == (score.direction != HARDER_LOW) else "easy"


def axis(reader: Reader, address: str, scale: str) -> Floats:
    """(n,) float32 a score on a scale; NaN for images without it."""
    values = views.score(reader.hub, address)
    return percentiles(values) if scale == RANKS else values


def percentiles(values: Floats) -> Floats:
    """(n,) float32 in 0..100, the place of each value in their order, ties in the middle of theirs; NaN stays."""
    known = ~np.isnan(values)
    result = np.full(len(values), np.nan, np.float32)
    result[known] = 100 * (ranks(values[known]) - 0.5) / max(int(known.sum()), 1)
    return result


def pair_cloud(reader: Reader, x: Floats, y: Floats, selection: Selection) -> Cloud:
    """The images in view that have both scores, as points. x, y: (n,) their `axis`."""
    return cloud(x, y, mask_of(reader, selection))


def corner_counts(points: Cloud, a: ScoreChoice, b: ScoreChoice) -> list[int]:
    """Points in each corner, in the order of `corners`. points: on the scale of ranks."""
    return [int(np.count_nonzero(inside(corner.box, points.x, points.y))) for corner in corners(a, b)]


def corner_chances(points: Cloud, a: ScoreChoice, b: ScoreChoice) -> list[float]:
    """Points that each corner would hold if the scores were unrelated among those in view, by how many lie at either
    end of each: of one class or split that need not be a fifth."""
    found = []
    for box in (corner.box for corner in corners(a, b)):
        across = inside(replace(box, bottom=-inf, top=inf), points.x, points.y)
        up = inside(replace(box, left=-inf, right=inf), points.x, points.y)
        found.append(float(across.sum() * up.sum() / max(len(points.ids), 1)))
    return found


def counterpart(choices: Sequence[ScoreChoice], first: ScoreChoice) -> ScoreChoice | None:
    """What to hold a score against unless told: the first from another source, else of another name; None if alone."""
    others = [one for one in choices if one.address != first.address]
    elsewhere = [one for one in others if one.made_from != first.made_from]
    renamed = [one for one in others if one.name.split("_")[0] != first.name.split("_")[0]]
    return next(iter(elsewhere or renamed or others), None)


def encode_pair(a: str, b: str, scale: str, shape: Shape) -> str:
    """The region as a subset. a, b: score addresses."""
    return f"pair:{a}~{b}~{scale}~{encode_shape(shape)}"


def decode_pair(reader: Reader, payload: str) -> tuple[str, str, str, Shape]:
    """What follows `pair:`: both addresses, the scale and the shape. Raises BadInput where it is not that."""
    parts = payload.split("~")
    known = {info.address for info in reader.scores}
    if len(parts) != 4 or parts[2] not in SCALES or not known.issuperset(parts[:2]):
        raise BadInput(
            f"{payload[:80]!r} is no region of two scores of this audit.",
            "Draw it again on the page Compare scorers, or remove only= from the address.",
        )
    return parts[0], parts[1], parts[2], decode_shape(parts[3])


def pair_ids(reader: Reader, payload: str) -> Ints:
    """(m,) images in the region, those farthest out from the middle of both scores first."""
    a, b, scale, shape = decode_pair(reader, payload)
    x, y = axis(reader, a, scale), axis(reader, b, scale)
    found = np.flatnonzero(inside(shape, x, y))
    u, v = (_standardised(values)[found] for values in (x, y))
    # Along the line from the middle to the region: what is most typical of it comes first.
    outward = u * u.mean() + v * v.mean() if len(found) else u
    return found[np.argsort(-outward, kind="stable")].astype(np.int32)


def pair_words(reader: Reader, payload: str) -> str:
    """ "rmd_oof percentile from 80, suspicion up to 0.5"."""
    a, b, scale, shape = decode_pair(reader, payload)
    unit = " percentile" if scale == RANKS else ""
    first, second = (f"{address.split(':', 1)[1]}{unit}" for address in (a, b))
    if not isinstance(shape, Box):
        return f"drawn on {first} and {second}"
    return f"{_between(first, shape.left, shape.right)}, {_between(second, shape.bottom, shape.top)}"


def _between(name: str, low: float, high: float) -> str:
    if isinf(low) and isinf(high):
        return f"any {name}"
    if isinf(low):
        return f"{name} up to {three(high)}"
    return f"{name} from {three(low)}" + ("" if isinf(high) else f" to {three(high)}")


def _standardised(values: Floats) -> Floats:
    """Distance from the median in units of the middle four fifths."""
    low, middle, high = np.nanquantile(values, [0.1, 0.5, 0.9])
    return np.asarray((values - middle) / ((high - low) or 1.0))


register_subset("pair", pair_ids, pair_words)
