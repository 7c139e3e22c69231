"""Decisions in a table of one's own, CSV, TSV or Parquet: which columns it has, and its rows as answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..dataset.tables.delimited import TABLES, read_named_columns
from ..errors import BadInput
from ..reviews import VERDICTS
from ..wording import some_of
from . import label_studio_in
from .answers import Answer, Answers, moment, text, whole

USUAL = {
    "key": ("key", "id"), "label": ("new_label", "label"), "verdict": ("verdict",), "second_label": ("second_label",),
    "reviewer": ("reviewer", "annotator"), "time": ("time",), "reason": ("reason",), "content_hash": ("content_hash",),
    "seen": ("seen",),
}  # fmt: skip
"""An answer's fields -> the columns they are read from, the first that is there."""


def read_answers(file: Path, classes: Collection[str], control: str = "") -> Answers:
    """The answers of a table of decisions, or of a Label Studio export. See `label_studio_in` for its arguments.

    Raises BadInput naming the row and the field.
    """
    suffix = file.suffix.lower()
    if not file.is_file():
        raise BadInput(f"There is no file {file}.", "Check the path.")
    if suffix == ".json":
        return label_studio_in.read_json(file, classes, control)
    if suffix not in TABLES:
        raise BadInput(f"{file} is no table of decisions.", "Give a .csv, .tsv or .parquet, or Label Studio's .json.")
    rows, columns = _rows(file)
    if label_studio_in.is_export(columns):
        return label_studio_in.read_table(rows, file.name, classes, control)
    if control:
        raise BadInput(f"{file} is no export of Label Studio, so it has no controls.", "Leave --control out.")
    picked = {ours: next((name for name in names if name in columns), None) for ours, names in USUAL.items()}
    if not picked["key"]:
        raise BadInput(f"{file} has no column 'key'.", f"It has {some_of(columns, 20)}; rename one.")
    if not picked["label"] and not picked["verdict"]:
        raise BadInput(
            f"{file} has no column 'new_label' and no 'verdict'.",
            f"It has {some_of(columns, 20)}; rename one.",
        )
    answers = (_answer(row, picked, f"Row {number} of {file.name}") for number, row in enumerate(rows, start=1))
    return Answers(tuple(answers), {})


def _rows(file: Path) -> tuple[list[dict[str, Any]], list[str]]:
    table = read_named_columns(file)
    try:
        rows = table.to_pylist()
    except (pa.ArrowException, ValueError, OverflowError) as error:  # a time or a date that Python has none for
        raise BadInput(f"{file} could not be read: {str(error)[:300]}.", "Mend the value, or leave it out.") from error
    return rows, table.column_names


def _answer(row: Mapping[str, Any], picked: Mapping[str, str | None], where: str) -> Answer:
    fields = {
        ours: text(row[name], where, name) for ours, name in picked.items() if name and ours not in ("seen", "time")
    }
    time, seen = (row[name] if name else None for name in (picked["time"], picked["seen"]))
    answer = Answer(where, **fields, time=moment(time, where, "time"), seen=whole(seen, where, "seen"))
    if answer.verdict not in ("", *VERDICTS):
        raise BadInput(f"{where} has the verdict {answer.verdict!r}.", f"Use one of {', '.join(VERDICTS)}.")
    if not answer.verdict and not answer.label:
        raise BadInput(f"{where} names neither a label nor a verdict.", "Leave such rows out.")
    return answer
