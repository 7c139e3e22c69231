"""Class names that files declare, and files of one input that declare others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..model import Label, Understood


@dataclass(frozen=True)
class Declared:
    """One file and the class names it declares in label order, () for none."""

    file: str
    names: tuple[str, ...]

    def name_of(self, label: Label) -> Label:
        """A number as the class it is in this file; other labels, and numbers beyond the names, as they are."""
        return self.names[label] if isinstance(label, int) and 0 <= label < len(self.names) else label


def agreed(files: Sequence[Declared]) -> tuple[tuple[str, ...], bool, tuple[Understood, ...]]:
    """(classes of the input, whether each file's numbers are to be read by its own names, what is said of it).

    A number is a position among the names that its own file declares, so files may declare other names or orders.
    """
    declaring = [one for one in files if one.names]
    orders = {one.names for one in declaring}
    if len(orders) < 2:
        return (declaring[0].names if declaring else ()), False, ()
    second = next(one for one in declaring if one.names != declaring[0].names)
    text = (
        f"{declaring[0].file!r} and {second.file!r} declare other classes or another order of them; "
        "the labels of each are read by its own"
    )
    names = tuple(dict.fromkeys(name for one in declaring for name in one.names))
    return names, True, (Understood("class order", text, "--classes NAMES"),)
