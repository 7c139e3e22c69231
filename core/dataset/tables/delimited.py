"""Tables of text, CSV and TSV, read so that text stays text, and refused in words where they are something else.

Parquet is read here too, where any of the three may be given.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from ...errors import BadInput
from ...files.arrow import BROKEN_TABLE, readable
from ...images.filenames import to_text
from ..repeats import refuse_twice
from .encodings import encoding_of
from .separators import SEPARATORS, usual_separator

LEAST_BLOCK, MOST_BLOCK, WHOLE = 1 << 20, 16 << 20, (1 << 31) - 1
FIRST_LINE = 1 << 16
PARQUET = (".parquet", ".pq")
TABLES = (".csv", ".tsv", *PARQUET)


def read_named_columns(path: Path) -> pa.Table:
    """A CSV, TSV or Parquet file as a table that has each column's name once; all columns of the first two are text.

    Raises BadInput where it cannot be read, or has a name twice.
    """
    try:
        in_parquet = path.suffix.lower() in PARQUET
        table = pq.read_table(readable(path)) if in_parquet else read_delimited(path)[0]
        names = table.column_names  # bytes of a damaged file, which only now are made text
    except BROKEN_TABLE as error:
        message = " ".join(str(error).split())[:300]
        raise BadInput(f"{path} could not be read: {message}.", "Save it as a whole table, CSV in UTF-8.") from error
    refuse_twice(names, path)
    return table


def read_delimited(
    path: Path, *, text: Collection[str] | None = None, classes: Sequence[str] = (), n_rows: int | None = None
) -> tuple[pa.Table, bool]:
    """A table, and whether its first line is a header; its columns are f0, f1, … where it is none.

    text: columns, in lower case, that stay text whatever they hold; all of them for None, which always have a header.
    classes, n_rows: a first line of numbers is a header if it names the classes or counts the columns, unless all
    lines together are as many as the rows there should be.
    Raises BadInput naming other encodings than UTF-8, semicolons and a missing header; the readers' own errors pass.
    """
    name, delimiter = to_text(path.name), usual_separator(path)
    _refuse_other_writing(path, name, delimiter)
    parse = pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    block = _block(path, MOST_BLOCK if text is not None else WHOLE)
    with pyarrow.csv.open_csv(readable(path), parse_options=parse, read_options=_reading(block)) as opened:
        names = list(opened.schema.names)
    if text is not None and _all_numbers(names):
        bare = pyarrow.csv.read_csv(readable(path), parse_options=parse, read_options=_reading(block, bare=True))
        if not _is_header(names, classes) or bare.num_rows == n_rows:
            return bare, False
    elif text is not None:
        _refuse_values_as_header(names, classes, name)
    types = {column: pa.string() for column in names if text is None or column.strip().lower() in text}
    convert = pyarrow.csv.ConvertOptions(column_types=types)
    how = {"parse_options": parse, "read_options": _reading(block), "convert_options": convert}
    return pyarrow.csv.read_csv(readable(path), **how), True


def _block(path: Path, most: int) -> int:
    """Bytes that are parsed at once: a row has to lie in two such blocks."""
    return max(LEAST_BLOCK, min(path.stat().st_size + 1, most))


def _reading(block: int, *, bare: bool = False) -> pyarrow.csv.ReadOptions:
    return pyarrow.csv.ReadOptions(autogenerate_column_names=bare, block_size=block)


def _refuse_other_writing(path: Path, name: str, delimiter: str) -> None:
    """Raise BadInput on other text than UTF-8, and on a first line without the delimiter that has another one."""
    encoding = encoding_of(path)
    if not encoding.startswith("utf-8"):
        raise BadInput(f"{name} is written in {encoding[:6].upper()}.", "Save it as CSV in UTF-8.")
    with open(path, "rb") as opened:
        first = opened.readline(FIRST_LINE).decode("utf-8", "replace")
    for other, words in SEPARATORS.items():
        if delimiter not in first and other in first:
            raise BadInput(
                f"The columns of {name} are separated by {words}.",
                f"Save it with {SEPARATORS[delimiter]} between its columns and points in its numbers"
                + (", or name it .tsv." if other == "\t" else "."),
            )


def _refuse_values_as_header(names: Sequence[str], classes: Sequence[str], name: str) -> None:
    """Raise BadInput where the first line holds numbers with a fraction beside text: a row, not a header."""
    fractions = [text for text in names if text not in classes and _number(text) is not None and not _is_whole(text)]
    if fractions:
        raise BadInput(
            f"The first line of {name} is a row of values, {fractions[0]!r} for one, not the names of its columns.",
            "Write a first line such as: key,CLASS,CLASS,…",
        )


def _all_numbers(names: Sequence[str]) -> bool:
    return all(_number(name) is not None for name in names)


def _is_header(names: Sequence[str], classes: Sequence[str]) -> bool:
    """Whether a first line of numbers names the classes, or counts the columns from 0 or 1."""
    numbers, of_classes = [_number(name) for name in names], [_number(name) for name in classes]
    counted = numbers in (list(range(len(names))), list(range(1, len(names) + 1)))
    if counted or not classes:
        return counted
    return None not in of_classes and sorted(map(str, numbers)) == sorted(map(str, of_classes))


def _number(text: str) -> float | None:
    """A finite or infinite number as tables hold them, None for other text."""
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _is_whole(text: str) -> bool:
    """Whether a number has no fraction, or is infinite or none: a year, a count or a class can be a column's name."""
    number = _number(text) or 0.0
    return not math.isfinite(number) or number.is_integer()
