"""The help of a command as it was written: Typer would take the `[umap]` of `hardlook[umap]` for markup."""

from __future__ import annotations

from copy import copy
from typing import Any

from typer.core import TyperCommand


class LiteralCommand(TyperCommand):
    """A command whose help says what its texts say, brackets too."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help of a copy in which no bracket is markup; the manual page reads the texts themselves."""
        from rich.markup import escape

        shown = copy(self)
        shown.params = [copy(parameter) for parameter in self.params]
        parts: list[Any] = [shown, *shown.params]
        for part in parts:
            if text := getattr(part, "help", None):
                part.help = escape(text)
        TyperCommand.format_help(shown, ctx, formatter)
