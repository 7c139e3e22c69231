"""Class names that files declare, and files of one input that declare others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ...images.filenames import to_text
from ..model import Label, Understood, natural

CLASS_LABELS = b"huggingface"
"""The key of a schema's metadata under which `datasets` keeps what columns mean."""


@dataclass(frozen=True)
class Declared:
    """One file and the class names it declares in label order, () for none."""

    file: str
    names: tuple[str, ...]

    def name_of(self, label: Label) -> Label:
        """A number as the class it is in this file; other labels, and numbers beyond the names, as they are."""
        return self.names[label] if isinstance(label, int) and 0 <= label < len(self.names) else label


def agreed(files: Sequence[Declared]) -> tuple[tuple[str, ...], bool, tuple[Understood, ...]]:
    """(classes of the input, whether each file's numbers are to be read by its own names, what is said of it).

    A number is a position among the names that its own file declares, so files may declare other names or orders.
    """
    declaring = [one for one in files if one.names]
    orders = {one.names for one in declaring}
    if len(orders) < 2:
        return (declaring[0].names if declaring else ()), False, ()
    second = next(one for one in declaring if one.names != declaring[0].names)
    text = (
        f"{declaring[0].file!r} and {second.file!r} declare other classes or another order of them; "
        "the labels of each are read by its own"
    )
    names = tuple(dict.fromkeys(name for one in declaring for name in one.names))
    return names, True, (Understood("class order", text, "--classes NAMES"),)


def declare_classes(table: pa.Table, columns: Sequence[str], names: Sequence[str]) -> pa.Table:
    """`table` with columns of class names as positions among `names`, declared as Hugging Face's ClassLabel.

    Names that the columns have and `names` does not follow them, so that a label that was added since is a class too.
    """
    values = {column: [_name(value) for value in table[column].to_pylist()] for column in columns}
    added = {name for column in values.values() for name in column if name is not None} - set(names)
    every = tuple(dict.fromkeys([*names, *sorted(added, key=natural)]))
    position = {name: index for index, name in enumerate(every)}
    for column, texts in values.items():
        positions = pa.array([None if name is None else position[name] for name in texts], pa.int64())
        table = table.set_column(table.column_names.index(column), column, positions)
    return table.replace_schema_metadata({CLASS_LABELS: class_labels(columns, every)})


def class_labels(columns: Sequence[str], names: Sequence[str], texts: Sequence[str] = ()) -> str:
    """What `datasets` reads from a schema: columns of ClassLabel with these names, and columns of text."""
    features: dict[str, Any] = {column: {"dtype": "string", "_type": "Value"} for column in texts}
    features |= {column: {"names": list(names), "_type": "ClassLabel"} for column in columns}
    return json.dumps({"info": {"features": features}})


def _name(value: Any) -> str | None:
    text = value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
    return None if text is None or text == "" else to_text(str(text))


def class_names(schema: pa.Schema, column: str) -> tuple[str, ...]:
    """Class names that Hugging Face's `datasets` wrote into the schema for a column, () without any."""
    written = (schema.metadata or {}).get(CLASS_LABELS)
    if not written or not column:
        return ()
    try:
        feature: Any = json.loads(written)
        for part in ("info", "features", column):
            feature = feature[part]
        names = feature["names"] if feature["_type"] == "ClassLabel" else ()
    except (ValueError, LookupError, TypeError, RecursionError):
        return ()  # no such feature, or metadata that something else wrote under this name
    return tuple(names) if all(isinstance(name, str) for name in names) else ()
