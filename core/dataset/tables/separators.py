"""What stands between the columns of a table of text."""

from __future__ import annotations

from pathlib import Path

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""Each with its name in the plural."""


def usual_separator(file: Path) -> str:
    """A tab in a .tsv file, a comma in any other."""
    return "\t" if file.suffix.lower() == ".tsv" else ","
