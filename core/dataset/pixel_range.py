"""Which stored value is black and which is white, decided once for a data set and said.

8 bits need no decision. 12-bit values in 16-bit files, 8-bit values in 16-bit arrays and floats of any scale do, and
one image alone cannot tell: a dark one of 16 bits looks like a bright one of 8.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..errors import TwoReadings
from ..images.ranges import BYTE, UNIT, Kind, Levels, PixelRange
from ..wording import counted
from .model import Understood

OPTION = "--pixel-range"
EACH: Literal["each"] = "each"
Given = PixelRange | Literal["each"] | None
"""What the user says: one range for all, every image by its own usual range, or nothing."""

DARK = 0.05  # share of the range below which a data set looks black on a screen
SCALE_APART = 16  # usual ranges this many times apart are two scales of pixels and no mere difference in light
FILLED = 0.9  # share of a usual range that the brightest pixel of an image in that range mostly reaches
STRAY = 0.02  # share of a set below which images of another scale are named, and do not stop it
_BITS = tuple(PixelRange(0, 2**bits - 1) for bits in (8, 10, 12, 14, 16))
_USUAL: Mapping[Kind, tuple[PixelRange, ...]] = {"integers": _BITS, "floats": (UNIT, PixelRange(-1, 1), BYTE)}
_PLENTY = 12  # kinds of range that one line lists


@dataclass(frozen=True)
class SetRange:
    """How the images of a set are shown.

    by_type: the range of its images of each stored type (`Levels.stored`) beyond 8 bits. plain: of its 8-bit images,
    None for as they are. given: what the user said. understood: what is said of it.
    """

    by_type: Mapping[str, PixelRange]
    plain: PixelRange | None
    given: Given
    understood: tuple[Understood, ...]

    def of(self, levels: Levels | None) -> PixelRange | None:
        """The range of one image, None where 8 bits are shown as they are."""
        if levels is None:
            return self.plain
        if levels.declared is not None and not isinstance(self.given, PixelRange):
            return levels.declared
        return usual_range(levels) if self.given == EACH else self.by_type[levels.stored]


def usual_range(levels: Levels) -> PixelRange:
    """The first range that people store pixels in and that holds these values, else low..high itself.

    Integers: 8, 10, 12, 14 or 16 bits. Floats: 0..1, -1..1 or 0..255. A float range that the values fill by less than
    a twentieth is none that they were stored in.
    """
    for usual in _USUAL[levels.kind]:
        if usual.low <= levels.low and levels.high <= usual.high:
            if levels.kind == "floats" and usual == BYTE and levels.high <= DARK * usual.high:
                break
            return usual
    return PixelRange(levels.low, levels.high)


def judge(images: Iterable[tuple[Levels | None, int]], given: Given = None) -> SetRange:
    """The ranges of a set. images: the levels of each, and for those of 8 bits (None) the brightest value.

    Raises TwoReadings where two scales are mixed, which no range could show alike.
    """
    deep: dict[str, list[Levels]] = defaultdict(list)
    plain, brightest = 0, -1
    declared: Counter[str] = Counter()
    for levels, high in images:
        if levels is None:
            plain, brightest = plain + 1, max(brightest, high)
        elif levels.declared is not None and not isinstance(given, PixelRange):
            declared[str(levels.declared)] += 1
        else:
            deep[levels.stored].append(levels)
    understood = [
        Understood("pixels", f"{count:,} images of more than 8 bits, whose files say {shown}", f"{OPTION} LOW,HIGH")
        for shown, count in declared.most_common(_PLENTY)
    ]
    by_type: dict[str, PixelRange] = {}
    for stored, alike in sorted(deep.items()):
        if given == EACH:
            understood.append(_each(alike))
        else:
            by_type[stored], lines = _one_range(alike, given)
            understood += lines
    shown = given if isinstance(given, PixelRange) and not deep else None
    return SetRange(by_type, shown, given, (*understood, *_plain_lines(plain, brightest, shown)))


def _one_range(images: Sequence[Levels], given: Given) -> tuple[PixelRange, list[Understood]]:
    """The range of images of one stored type, and what is said of it."""
    whole = replace(images[0], low=min(one.low for one in images), high=max(one.high for one in images))
    seen = f"{_count(images)} from {whole.low:.6g} to {whole.high:.6g}"
    if isinstance(given, PixelRange):
        return given, [Understood("pixels", f"{seen}, shown as {given} because you say so")]
    shown = usual_range(whole)
    smaller = _of_smaller_scale(images, shown)
    if _is_a_scale(smaller, images):
        raise _two_scales(images, smaller, shown)
    lines = [Understood("pixels", f"{seen}, {_why(shown, whole.kind)}", f"{OPTION} LOW,HIGH")]
    if smaller:
        highest = max(one.high for one in smaller)
        text = f"nearly black among them: {len(smaller):,}, with nothing above {highest:.6g}"
        lines.append(Understood("pixels", text, f"{OPTION} {EACH}"))
    if whole.high > whole.low and whole.high - shown.low <= DARK * (shown.high - shown.low):
        lines.append(_black(whole.high, shown))
    return shown, lines


def _of_smaller_scale(images: Sequence[Levels], shown: PixelRange) -> list[Levels]:
    """Images, not of one value alone, whose own usual range is a small part of the set's."""

    def width(of: PixelRange) -> float:
        return of.high - of.low

    return [one for one in images if one.high > one.low and SCALE_APART * width(usual_range(one)) <= width(shown) + 1]


def _is_a_scale(smaller: Sequence[Levels], images: Sequence[Levels]) -> bool:
    """Whether these are images of a scale of their own rather than dark ones: most reach the top of a usual range."""
    usual = [usual_range(one) for one in smaller]
    filling = sum(
        shown in _USUAL[one.kind] and one.high >= FILLED * shown.high for one, shown in zip(smaller, usual, strict=True)
    )
    return filling >= 2 and filling >= STRAY * len(images) and 2 * filling > len(smaller)


def _two_scales(images: Sequence[Levels], smaller: Sequence[Levels], shown: PixelRange) -> TwoReadings:
    own = Counter(str(usual_range(one)) for one in smaller).most_common(1)[0][0]
    return TwoReadings(
        f"Pixels of two scales are mixed: of {_count(images)}, {len(smaller):,} fill {own} and the others go to "
        f"{max(one.high for one in images):.6g}.",
        [
            (f"one range for all, {shown}, in which the former look nearly black", f"{OPTION} {_typed(shown)}"),
            ("each image by the usual range that holds it", f"{OPTION} {EACH}"),
        ],
    )


def _each(images: Sequence[Levels]) -> Understood:
    counts = Counter(str(usual_range(one)) for one in images).most_common(_PLENTY)
    listed = ", ".join(f"{count:,} as {shown}" for shown, count in counts)
    return Understood("pixels", f"{_count(images)}, each by its own usual range because you say so: {listed}")


def _plain_lines(count: int, brightest: int, shown: PixelRange | None) -> list[Understood]:
    if not count:
        return []
    if shown is not None:
        return [Understood("pixels", f"{count:,} images of 8 bits, shown as {shown} because you say so")]
    understood = [Understood("pixels", f"{count:,} images of 8 bits, 0..255")]
    return [*understood, _black(brightest, BYTE)] if 0 < brightest <= DARK * BYTE.high else understood


def _black(high: float, shown: PixelRange) -> Understood:
    share = (high - shown.low) / (shown.high - shown.low)
    text = f"they look black: nothing is brighter than {high:.6g}, {share:.1%} of the way through {shown}"
    return Understood("pixels", text, f"{OPTION} {_typed(PixelRange(shown.low, high))}")


def _count(images: Sequence[Levels]) -> str:
    return f"{counted(len(images), 'image')} of {images[0].stored} values"


def _why(shown: PixelRange, kind: Kind) -> str:
    if shown not in _USUAL[kind]:
        return "which is no usual range: the lowest is shown black, the highest white"
    bits = f"{int(shown.high + 1).bit_length() - 1} bits: " if kind == "integers" else ""
    return f"read as {bits}{shown}"


def _typed(shown: PixelRange) -> str:
    return f"{shown.low:.10g},{shown.high:.10g}"
