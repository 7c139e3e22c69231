"""A table whose cells are written out, for a terminal, Markdown and the report."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..types import Sources
from ..wording import provenance_in_words


@dataclass(frozen=True)
class TextTable:
    """A table as text. notes: sentences below it. sources: of its figures, where it has any."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    sources: Sources = field(default_factory=dict)

    @property
    def below(self) -> tuple[str, ...]:
        """The notes, and what the figures are."""
        return (*self.notes, *([provenance_in_words(self.sources)] if self.sources else []))
