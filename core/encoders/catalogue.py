"""The encoders worth naming, and whether their weights are at hand. No torch and no model library here.

Dimensions, sizes and places are written down by each family rather than asked of open_clip and timm, whose import takes
seconds; a test holds them against the libraries.
"""

from __future__ import annotations

from .protocol import EncoderInfo, Weights
from .registry import Family, KnownModel, all_families


def list_encoders() -> list[EncoderInfo]:
    """The well-known encoders of each family; every other name that a family's library has works too.

    Looks for files, and reads of each no more than tells a whole one from half a download.
    """
    return [
        EncoderInfo(
            family.spec_of(known),
            known.dimension,
            known.image_size,
            _weights(family, known),
            known.blocks,
            known.note,
            known.megabytes,
        )
        for family in all_families()
        for known in family.known
    ]


def _weights(family: Family, known: KnownModel) -> Weights:
    if family.published is None:
        return "bundled"
    return "needs download" if family.published(known.place).find() is None else "at hand"
