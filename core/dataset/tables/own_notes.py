"""What a manifest of our own says beside its rows: the classes in order, and the audit that it came from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ...files.arrow import BROKEN_TABLE, readable
from .declared import declare_classes

KEY = b"hardlook"
"""Of the metadata of a Parquet file; a CSV file has the same in `NAME.csv.json`."""


def note_of(file: Path) -> dict[str, Any]:
    """The note of a file of ours, {} of any other."""
    try:
        if file.suffix.lower() in (".parquet", ".pq"):
            written = (pq.read_schema(readable(file)).metadata or {}).get(KEY, b"{}")
        else:
            written = file.with_name(f"{file.name}.json").read_bytes()
        note = json.loads(written)
    except BROKEN_TABLE:
        return {}  # no note, or somebody else's file of that name: the table is read as any other
    return note if isinstance(note, dict) and isinstance(note.get("audit"), str) else {}


def with_own_classes(file: Path, table: pa.Table) -> pa.Table:
    """A manifest of ours with its classes declared in the order of its audit; any other table as it is."""
    classes = note_of(file).get("classes")
    if not (isinstance(classes, list) and classes and all(isinstance(name, str) for name in classes)):
        return table
    texts = [name for name in ("label", "true_label") if name in table.column_names and _is_text(table, name)]
    return declare_classes(table, texts, classes) if "label" in texts else table


def _is_text(table: pa.Table, name: str) -> bool:
    """Whether a column holds names; in a file that declares a ClassLabel they are positions already."""
    return not pa.types.is_integer(table.schema.field(name).type)
