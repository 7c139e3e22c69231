"""The two ends of a score's order, each with the images that it is told from."""

from __future__ import annotations

from ..errors import BadInput
from ..types import HARDER_HIGH, HARDER_LOW, Ints
from ..wording import three

SHARE = 10.0
"""Per cent of the images that are an end: a decile."""

Sides = tuple[Ints, Ints]
"""Ids of the images that are to be told, and of those that they are told from."""


def both_ends(order: Ints, direction: int | None, share: float = SHARE) -> dict[str, Sides]:
    """The hardest and the easiest images, by name, each with all that are not in it; highest and lowest by a score
    whose direction is not known.

    order: (m,) ids, lowest value first. share: per cent of them, above 0 and 50 at most. Raises BadInput on another.
    """
    if not 0 < share <= 50:
        raise BadInput(f"An end of {share} % of the images is asked for.", "Take more than 0 and 50 at most.")
    many = max(round(len(order) * share / 100), 1)
    names = {HARDER_HIGH: ("hardest", "easiest"), HARDER_LOW: ("easiest", "hardest")}.get(
        direction or 0, ("highest", "lowest")
    )
    top = len(order) - many
    sides: dict[str, Sides] = {names[0]: (order[top:], order[:top]), names[1]: (order[:many], order[many:])}
    return dict(sorted(sides.items(), key=lambda one: one[0] not in ("hardest", "highest")))


def in_words(end: str, share: float) -> str:
    """ "hardest 10 %"."""
    return f"{end} {three(share).rstrip('0').rstrip('.') if share % 1 else round(share)} %"
