"""Which stored value is black and which is white, decided once for a data set and said.

8 bits need no decision. 12-bit values in 16-bit files, 8-bit values in 16-bit arrays and floats of any scale do, and
one image alone cannot tell: a dark one of 16 bits looks like a bright one of 8.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import TwoReadings
from ..images.ranges import BYTE, UNIT, Kind, Levels, PixelRange
from .model import Understood

OPTION = "--pixel-range"
EACH: Literal["each"] = "each"
Given = PixelRange | Literal["each"] | None
"""What the user says: one range for all, every image by its own usual range, or nothing."""

DARK = 0.05  # share of the range below which a data set looks black on a screen
SCALE_APART = 16  # usual ranges this many times apart are two scales of pixels and no mere difference in light
FILLED = 0.9  # share of a usual range that the brightest pixel of an image in that range mostly reaches
_BITS = tuple(PixelRange(0, 2**bits - 1) for bits in (8, 10, 12, 14, 16))
_PLENTY = 12  # kinds of range that one line lists


@dataclass(frozen=True)
class SetRange:
    """How the images of a set are shown.

    by_kind: the range of its integers and of its floats beyond 8 bits. plain: of its 8-bit images, None for as they
    are. given: what the user said. understood: what is said of it.
    """

    by_kind: Mapping[Kind, PixelRange]
    plain: PixelRange | None
    given: Given
    understood: tuple[Understood, ...]

    def of(self, levels: Levels | None) -> PixelRange | None:
        """The range of one image, None where 8 bits are shown as they are."""
        if levels is None:
            return self.plain
        if levels.declared is not None and not isinstance(self.given, PixelRange):
            return levels.declared
        return usual_range(levels.kind, levels.low, levels.high) if self.given == EACH else self.by_kind[levels.kind]


def usual_range(kind: Kind, low: float, high: float) -> PixelRange:
    """The first range that people store pixels in and that holds these values, else low..high itself.

    Integers: 8, 10, 12, 14 or 16 bits. Floats: 0..1, -1..1 or 0..255. A float range that the values fill by less than
    a twentieth is none that they were stored in.
    """
    usual = (UNIT, PixelRange(-1, 1), BYTE) if kind == "floats" else _BITS
    for one in usual:
        if one.low <= low and high <= one.high:
            if kind == "floats" and one == BYTE and high <= DARK * one.high:
                break
            return one
    return PixelRange(low, high)


def judge(images: Iterable[tuple[Levels | None, int]], given: Given = None) -> SetRange:
    """The ranges of a set. images: the levels of each, and for those of 8 bits (None) the brightest value.

    Raises TwoReadings where two scales are mixed, which no range could show alike.
    """
    deep: dict[Kind, list[Levels]] = defaultdict(list)
    plain, brightest = 0, -1
    declared: Counter[str] = Counter()
    for levels, high in images:
        if levels is None:
            plain, brightest = plain + 1, max(brightest, high)
        elif levels.declared is not None and not isinstance(given, PixelRange):
            declared[str(levels.declared)] += 1
        else:
            deep[levels.kind].append(levels)
    said = [
        Understood("pixels", f"{count:,} images of more than 8 bits, whose files say {shown}", f"{OPTION} LOW,HIGH")
        for shown, count in declared.most_common(_PLENTY)
    ]
    by_kind: dict[Kind, PixelRange] = {}
    for kind, levels_of_kind in sorted(deep.items()):
        if given == EACH:
            said.append(_each(kind, levels_of_kind))
        else:
            by_kind[kind], lines = _one_range(kind, levels_of_kind, given)
            said += lines
    shown = given if isinstance(given, PixelRange) and not deep else None
    return SetRange(by_kind, shown, given, (*said, *_plain_lines(plain, brightest, shown)))


def _one_range(kind: Kind, images: Sequence[Levels], given: Given) -> tuple[PixelRange, list[Understood]]:
    low, high = min(one.low for one in images), max(one.high for one in images)
    if isinstance(given, PixelRange):
        return given, [Understood("pixels", f"{_seen(kind, images, low, high)}, shown as {given} because you say so")]
    shown = usual_range(kind, low, high)
    smaller = _of_smaller_scale(kind, images, shown)
    if _filled(smaller):
        raise _two_scales(kind, images, smaller, shown)
    lines = [Understood("pixels", f"{_seen(kind, images, low, high)}, {_why(kind, shown)}", f"{OPTION} LOW,HIGH")]
    if smaller:
        text = (
            f"{len(smaller):,} of them hold nothing above {max(one.high for one in smaller):.6g} and look nearly black"
        )
        lines.append(Understood("pixels", text, f"{OPTION} {EACH}"))
    if high > low and high - shown.low <= DARK * (shown.high - shown.low):
        lines.append(_black(high, shown))
    return shown, lines


def _of_smaller_scale(kind: Kind, images: Sequence[Levels], shown: PixelRange) -> list[Levels]:
    """Images, not of one value alone, whose own usual range is a small part of the set's."""
    width = shown.high - shown.low

    def own(one: Levels) -> PixelRange:
        return usual_range(kind, one.low, one.high)

    return [one for one in images if one.high > one.low and SCALE_APART * (own(one).high - own(one).low) <= width + 1]


def _filled(smaller: Sequence[Levels]) -> bool:
    """Whether these are images of a scale of their own rather than dark ones: most reach the top of a usual range."""
    reaching = [one for one in smaller if one.high >= FILLED * usual_range(one.kind, one.low, one.high).high]
    in_usual = [one for one in reaching if usual_range(one.kind, one.low, one.high) in (*_BITS, UNIT)]
    return len(in_usual) >= 2 and 2 * len(in_usual) > len(smaller)


def _two_scales(kind: Kind, images: Sequence[Levels], smaller: Sequence[Levels], shown: PixelRange) -> TwoReadings:
    own = Counter(str(usual_range(kind, one.low, one.high)) for one in smaller).most_common(1)[0][0]
    return TwoReadings(
        f"Pixels of two scales are mixed: {len(smaller):,} of {len(images):,} {_noun(kind)} fill {own}, the others go "
        f"to {max(one.high for one in images):.6g}.",
        [
            (f"one range for all, {shown}, in which the former look nearly black", f"{OPTION} {_typed(shown)}"),
            ("each image by the usual range that holds it", f"{OPTION} {EACH}"),
        ],
    )


def _each(kind: Kind, images: Sequence[Levels]) -> Understood:
    counts = Counter(str(usual_range(kind, one.low, one.high)) for one in images).most_common(_PLENTY)
    listed = ", ".join(f"{count:,} as {shown}" for shown, count in counts)
    return Understood(
        "pixels", f"{len(images):,} {_noun(kind)}, each by its own usual range because you say so: {listed}"
    )


def _plain_lines(count: int, brightest: int, shown: PixelRange | None) -> list[Understood]:
    if not count:
        return []
    if shown is not None:
        return [Understood("pixels", f"{count:,} images of 8 bits, shown as {shown} because you say so")]
    said = [Understood("pixels", f"{count:,} images of 8 bits, 0..255")]
    return [*said, _black(brightest, BYTE)] if 0 < brightest <= DARK * BYTE.high else said


def _black(high: float, shown: PixelRange) -> Understood:
    share = (high - shown.low) / (shown.high - shown.low)
    text = f"they look black: nothing is brighter than {high:.6g}, {share:.1%} of the way through {shown}"
    return Understood("pixels", text, f"{OPTION} {_typed(PixelRange(shown.low, high))}")


def _seen(kind: Kind, images: Sequence[Levels], low: float, high: float) -> str:
    return f"{len(images):,} {_noun(kind)} from {low:.6g} to {high:.6g}"


def _noun(kind: Kind) -> str:
    return "images of floats" if kind == "floats" else "images of more than 8 bits"


def _why(kind: Kind, shown: PixelRange) -> str:
    if kind == "integers" and shown in _BITS:
        return f"read as {int(shown.high + 1).bit_length() - 1} bits: {shown}"
    usual = kind == "floats" and shown in (UNIT, PixelRange(-1, 1), BYTE)
    return f"read as {shown}" if usual else "which is no usual range: the lowest is shown black, the highest white"


def _typed(shown: PixelRange) -> str:
    return f"{shown.low:.10g},{shown.high:.10g}"
