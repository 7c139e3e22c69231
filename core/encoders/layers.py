"""Which of an encoder's layers its vectors are made of: `last`, or `4,6,last`. No torch here."""

from __future__ import annotations

from ..errors import BadInput

LAST = "last"
"""The vector that an encoder ends with, alone."""


def read_layers(text: str) -> tuple[str, ...]:
    """The blocks that a text puts beside the last vector, as it writes them; () for "last".

    Raises BadInput on an empty name, and where `last` is left out.
    """
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise BadInput(
            f"Layers {text!r} have an empty name.", "Pass --layers last, or blocks before it: --layers 4,6,last."
        )
    if LAST not in names:
        raise BadInput(
            f"Layers {text!r} leave out the last, which every vector begins with.",
            f"Pass --layers {','.join([*names, LAST])}.",
        )
    return tuple(name for name in names if name != LAST)


def layers_text(blocks: list[str]) -> str:
    """The one text for these blocks beside the last; `read_layers` reads it."""
    return ",".join([*blocks, LAST])
