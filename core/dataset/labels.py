"""From the labels an input gives to classes 0..K-1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..errors import BadInput
from .model import Label, natural


class UnknownLabel(Exception):
    """A label that is no class; the text says which."""


class Classes:
    """Class names in label order. names: the known ones; without any, those that occur, in natural order."""

    def __init__(self, names: Sequence[str], occurring: Iterable[Label]) -> None:
        found = {str(label) for label in occurring if label is not None}
        self.names = tuple(names) if names else tuple(sorted(found, key=natural))
        self.fixed = bool(names)
        self._index = {name: index for index, name in enumerate(self.names)}
        if len(self._index) < len(self.names):
            twice = sorted({name for name in self.names if self.names.count(name) > 1})
            raise BadInput(f"The class {twice[0]!r} is named twice.", "Give each class one name.")

    def index(self, label: Label) -> int | None:
        """The class of a label, None for none. A number is a position where the classes are known.

        Raises UnknownLabel.
        """
        if label is None:
            return None
        if isinstance(label, int) and self.fixed and 0 <= label < len(self.names):
            return label
        found = self._index.get(str(label), self._position(str(label)))
        if found is None:
            raise UnknownLabel(f"{label!r} is not one of the {len(self.names)} classes")
        return found

    def _position(self, text: str) -> int | None:
        """The position a CSV file's text says where the classes are known: "3", or "3.0" as pandas writes it."""
        digits = text.removesuffix(".0")
        if not (self.fixed and digits.isdecimal() and int(digits) < len(self.names)):
            return None
        return int(digits)
