"""`--format` of `hardlook export`: the registered formats, asked for when a user does.

To import them takes a quarter of a second, which no other command's help may wait for.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..errors import BadInput
from .shell.help import LiteralCommand


def format_names(incomplete: str = "") -> list[str]:
    """The names of the formats that begin so."""
    from ..export.registry import all_exporters

    return [exporter.name for exporter in all_exporters() if exporter.name.startswith(incomplete)]


def format_name(given: str) -> str:
    """A format's name as given. Raises BadParameter with the names there are."""
    from ..export.registry import get_exporter

    try:
        return get_exporter(given).name
    except BadInput as error:
        raise typer.BadParameter(str(error)) from error


FormatOption = Annotated[
    str,
    typer.Option(
        "--format", help="What to write.", parser=format_name, metavar="FORMAT", autocompletion=format_names,
        show_default=False,
    ),
]  # fmt: skip


class ExportCommand(LiteralCommand):
    """`hardlook export`: its help says which formats there are."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help of a command, with the names put in."""
        for parameter in self.params:
            if parameter.metavar == "FORMAT":
                parameter.metavar = f"<{'|'.join(format_names())}>"
        super().format_help(ctx, formatter)
