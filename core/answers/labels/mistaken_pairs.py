"""Which class is given in place of which: the largest entries of the noise matrix, never all K² of them."""

from __future__ import annotations

from dataclasses import dataclass

from ..view.reader import Reader


@dataclass(frozen=True)
class MistakenPair:
    """Images truly of one class that were given another. images: counted as confidently so. share: of all truly so."""

    given: str
    true: str
    images: int
    share: float


def mistaken_pairs(reader: Reader) -> tuple[tuple[MistakenPair, ...], int]:
    """The pairs that confident learning kept, most images first, and how many there are in all; none before it ran."""
    info = next((one for one in reversed(reader.scores) if one.name == "confident"), None)
    kept = info.parameters.get("noise_pairs", []) if info else []
    pairs = (
        MistakenPair(reader.class_names[one["given"]], reader.class_names[one["true"]], one["images"], one["share"])
        for one in kept
    )
    ordered = sorted(pairs, key=lambda pair: -pair.images)
    return tuple(ordered), int(info.parameters.get("noise_pairs_in_all", 0)) if info else 0
