"""CSV and TSV tables as people and Excel write them: any usual separator, UTF-8 or UTF-16, rows of any length."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from ...errors import BadInput
from ...files.arrow import readable
from ...files.broken import reason_of
from ...images.filenames import to_text
from ...wording import some_of
from ..model import IngestOptions, Understood
from .encodings import HEAD, decoded, encoding_of
from .separators import SEPARATORS, usual_separator
from .usual_names import (
    FIELD_LABEL,
    ID_AS_IMAGE_NAMES,
    ID_NAMES,
    IMAGE_NAMES,
    LABEL_NAMES,
    MAYBE_SPLIT_NAMES,
    SPLIT_NAMES,
    TRUE_LABEL_NAMES,
    normal,
    usual,
)

_ROLES = frozenset(
    map(
        normal,
        (
            *IMAGE_NAMES, *ID_AS_IMAGE_NAMES, *LABEL_NAMES, *TRUE_LABEL_NAMES, *SPLIT_NAMES, *MAYBE_SPLIT_NAMES,
            *ID_NAMES,
        ),
    )
)  # fmt: skip
_EXCEL = re.compile(r"\s*\"?sep=(.)\"?\r?\n")  # a first line that tells Excel the separator
_LONGEST_BLOCK = (1 << 31) - 1


@dataclass(frozen=True)
class _Form:
    """How a table is written. columns: its header. skipped: lines above the header."""

    encoding: str
    separator: str
    columns: tuple[str, ...]
    skipped: int = 0


def read_csv(file: Path, options: IngestOptions) -> tuple[pa.Table, tuple[Understood, ...]]:
    """A CSV or TSV table, and how it is written where that is not as its ending says.

    The columns with a role stay bytes: "007" is no number and a path need not be UTF-8. Raises BadInput, ArrowInvalid.
    """
    form = _form(file, options)
    asked = {options.image_key, options.label_key, options.true_label_key, options.split_key, options.id_key}
    roles = {name for name in form.columns if name in asked or normal(name) in _ROLES or name.endswith(FIELD_LABEL)}
    if any(name != to_text(name) for name in form.columns):
        header = to_text(form.separator.join(form.columns))[:80]
        raise BadInput(f"{to_text(str(file))} has a header that is not UTF-8: {header!r}.", "Save it as UTF-8.")
    table = _parsed(file, form, roles, max(1 << 20, HEAD))
    table, lines = _without_blanks(table, roles)
    usually = usual_separator(file)
    if form.separator != usually:
        lines = (*lines, Understood("layout", f"columns are separated by {SEPARATORS[form.separator]}"))
    if not form.encoding.startswith("utf-8"):
        lines = (*lines, Understood("layout", f"the text is encoded as {form.encoding.upper()}"))
    return table, lines


def _form(file: Path, options: IngestOptions) -> _Form:
    encoding = encoding_of(file)
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    with open(file, encoding=encoding, errors=errors) as opened:
        head = opened.read(HEAD).lstrip("\r\n")
    usually = usual_separator(file)
    if (first_line := _EXCEL.match(head)) and first_line[1] in SEPARATORS:
        return _Form(encoding, first_line[1], _header(head[first_line.end() :], first_line[1]), 1)
    headers = {mark: _header(head, mark) for mark in sorted(SEPARATORS, key=lambda mark: mark != usually)}
    fitting = [mark for mark, columns in headers.items() if _has_images(columns, options) and len(columns) > 1]
    # The usual separator goes first; without any that gives a column of images, the one that parts the header most.
    chosen = fitting[0] if fitting else max(headers, key=lambda mark: len(headers[mark]))
    return _Form(encoding, chosen, headers[chosen])


def _has_images(columns: Sequence[str], options: IngestOptions) -> bool:
    if options.image_key:
        return options.image_key in columns
    return bool(usual(columns, (*IMAGE_NAMES, *ID_AS_IMAGE_NAMES)))


def _header(head: str, separator: str) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader(io.StringIO(head, newline=""), delimiter=separator), ()))
    except csv.Error:
        return ()  # a cell beyond what a header can be; the parser below says what is wrong


def _parsed(file: Path, form: _Form, roles: set[str], block: int) -> pa.Table:
    if form.encoding.startswith("utf-8"):
        source = readable(file)
    else:
        source = pa.BufferReader(decoded(file, form.encoding).removeprefix("\ufeff").encode())
    try:
        return pyarrow.csv.read_csv(
            source,
            read_options=pyarrow.csv.ReadOptions(block_size=block, skip_rows=form.skipped),
            parse_options=pyarrow.csv.ParseOptions(delimiter=form.separator, newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(roles, pa.binary())),
        )
    except pa.ArrowInvalid as error:
        whole = min(2 * file.stat().st_size + 1, _LONGEST_BLOCK)  # UTF-8 is at most half as long again as UTF-16
        if "straddl" not in str(error) or block >= whole:
            raise
        return _parsed(file, form, roles, whole)  # a row longer than a block: all of it is one


def _without_blanks(table: pa.Table, roles: set[str]) -> tuple[pa.Table, tuple[Understood, ...]]:
    """A table whose separator is ", ": the blank is in front of its header's names and of every cell below them."""
    blank = [name for name in table.column_names if name in roles and name != name.lstrip(" ") and name.strip()]
    stripped = []
    for name in blank:
        values = table[name].to_pylist()
        if name.strip(" ") in table.column_names or not all(value.startswith(b" ") for value in values if value):
            continue
        at = table.column_names.index(name)
        cells = pa.array([value and value.lstrip(b" ") for value in values], pa.binary())
        table = table.set_column(at, name.strip(" "), cells)
        stripped.append(name)
    if not stripped:
        return table, ()
    text = f"dropped the blank that follows each separator, in column {some_of(stripped)}"
    return table, (Understood("layout", text),)


def unreadable(file: Path, error: Exception) -> BadInput:
    """What a file that its reader cannot read is answered with."""
    return BadInput(f"{to_text(str(file))} could not be read: {reason_of(error)}.", "Mend the file and ingest again.")
