"""A table's columns as SQL has them, one a line, each with what it is after two dashes."""

from __future__ import annotations

import re

_COLUMN = re.compile(r"(\w+) [^,]+?,?\s+-- (.+)")
_MORE = re.compile(r"-- (.+)")

TABLE = ""
"""What a row of the table is stands under this name, and before the first column."""


def described(columns: str) -> dict[str, str]:
    """Column -> what it is, with TABLE first. Raises ValueError on a table or a column that does not say it."""
    found: dict[str, str] = {}
    last = TABLE
    for line in filter(None, map(str.strip, columns.splitlines())):
        if more := _MORE.fullmatch(line):
            found[last] = f"{found[last]} {more[1]}" if last in found else more[1]
        elif column := _COLUMN.fullmatch(line):
            last = column[1]
            found[last] = column[2]
        else:
            raise ValueError(f"no column with what it is after two dashes, a line for each: {line!r}")
    if TABLE not in found:
        raise ValueError(f"what a row is stands nowhere before the columns: {columns!r}")
    return found
