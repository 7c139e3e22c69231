"""Files of predictions that a model made elsewhere: `.npy`, `.npz`, CSV, TSV and Parquet as one matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ...errors import BadInput
from ...files.arrow import BROKEN_TABLE, readable
from ...images.filenames import to_text
from ..aligned.model_files import RUN_IT, model_file
from ..aligned.named_columns import (
    ID_KEYS,
    ROW_INDEX,
    id_text,
    is_list,
    is_number,
    is_text,
    listed,
    pick,
    read_ids,
    short,
    texts_of,
    usual,
)
from ..aligned.whose_rows import RowNames
from ..repeats import refuse_twice
from ..tables.delimited import read_delimited

VALUE_KEYS = ("probabilities", "probs", "pred_probs", "logits", "predictions", "scores", "outputs")
CLASS_KEYS = ("classes", "class_names", "columns", "names")
"""What an npz array is called that names the columns, as a table's header does."""


@dataclass(frozen=True)
class PredictionFile:
    """A file's numbers, one row per image, not checked yet.

    values: (m, c) of the stored type, an `.npy` file's only mapped. columns: c names, None where the format has none.
    ids: (m,) what the file calls the images, None where it does not say; id_name: the column or array of them.
    texts: further columns of text, which may be ids. ignored: columns that are no numbers. index: the row numbers
    that pandas wrote, None for none.
    """

    values: NDArray[Any]
    columns: tuple[str, ...] | None
    ids: tuple[str, ...] | None
    ignored: tuple[str, ...] = ()
    id_name: str = ""
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    index: tuple[int, ...] | None = None

    @property
    def row_names(self) -> RowNames:
        """What it says of whose its rows are."""
        return RowNames(len(self.values), self.ids, self.id_name, self.texts, self.index)


def read_predictions(
    path: Path, *, key: str = "", id_key: str = "", classes: Sequence[str] = (), n_images: int | None = None
) -> PredictionFile:
    """Read a file of predictions.

    key: the npz array, or Parquet column of lists, that holds the numbers. id_key: the array or column of the images'
    keys. Both are guessed from the usual names where they are empty. classes, n_images: of the audit, which tell a
    first line of numbers that is the classes' names from one that is values.
    Raises BadInput where the file cannot be read, has another format, or lacks what was named.
    """
    readers = {".npy": _npy, ".npz": _npz, ".csv": _table, ".tsv": _table, ".parquet": _table, ".pq": _table}
    suffix, name = path.suffix.lower(), to_text(path.name)
    if suffix not in readers and (kind := model_file(path)):
        raise BadInput(f"{name} is {kind}, not a file of predictions.", *RUN_IT)
    if suffix not in readers:
        raise BadInput(f"{name} is not a file of predictions.", f"Give one of: {', '.join(readers)}.")
    if not path.is_file():
        raise BadInput(f"There is no file {to_text(str(path))}.", "Check the path.")
    try:
        file = readers[suffix](path, key, id_key, classes, n_images)
    except BROKEN_TABLE as error:
        raise BadInput(
            f"{to_text(str(path))} could not be read: {short(error)}.",
            "It has to be a whole file without Python objects; ids in arrays are text: ids.astype(str).",
        ) from error
    _refuse_other_shapes(file, name)
    return file


def _refuse_other_shapes(file: PredictionFile, name: str) -> None:
    kind = file.values.dtype
    if file.values.ndim == 1 and np.issubdtype(kind, np.number):
        raise BadInput(
            f"The predictions in {name} are one number an image: shape {file.values.shape}, type {kind}.",
            "Give one column per class: a predicted class, or the chance of one class, does not say the others'.",
        )
    if file.values.ndim != 2 or not (np.issubdtype(kind, np.floating) or np.issubdtype(kind, np.integer)):
        raise BadInput(
            f"The predictions in {name} have shape {file.values.shape} and type {kind}.",
            "Give one row of numbers per image and one column per class.",
        )
    if not file.values.size:
        raise BadInput(f"{name} holds no predictions: {file.values.shape[0]} rows.", "Give one row per image.")
    if file.ids is not None and len(file.ids) != len(file.values):
        raise BadInput(
            f"{name} has {len(file.values):,} rows of predictions and {len(file.ids):,} ids.",
            "Name the array of ids with --id-key, or pass --by-order.",
        )


def _npy(path: Path, key: str, id_key: str, classes: Sequence[str], n_images: int | None) -> PredictionFile:
    if key or id_key:
        raise BadInput(f"{to_text(path.name)} holds one array and no names.", "Leave --key and --id-key out.")
    return PredictionFile(np.load(path, mmap_mode="r", allow_pickle=False), None, None)


def _npz(path: Path, key: str, id_key: str, classes: Sequence[str], n_images: int | None) -> PredictionFile:
    # Opened here: given a name, NumPy leaves the file open when it is no zip archive.
    with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as arrays:
        names = list(arrays.files)
        value = pick(names, key, VALUE_KEYS, "--key", path) or (names[0] if len(names) == 1 else "")
        if not value:
            raise BadInput(f"{to_text(path.name)} holds {listed(names)}.", "Name the predictions with --key.")
        identity = pick([name for name in names if name != value], id_key, ID_KEYS, "--id-key", path)
        ids = read_ids(arrays[identity].ravel().tolist(), path) if identity else None
        values = arrays[value]
        header = usual([name for name in names if name not in (value, identity)], CLASS_KEYS)
        columns = tuple(map(id_text, arrays[header].ravel().tolist())) if header else None
        if columns is not None and values.ndim == 2 and len(columns) != values.shape[1]:
            raise BadInput(
                f"{to_text(path.name)} has {values.shape[1]} columns and {len(columns)} names of them in {header!r}.",
                "Name every column, or leave that array out.",
            )
        return PredictionFile(values, columns, ids, id_name=identity)


def _table(path: Path, key: str, id_key: str, classes: Sequence[str], n_images: int | None) -> PredictionFile:
    if path.suffix.lower() in (".parquet", ".pq"):
        table, named = pq.read_table(readable(path)), True
    else:
        text = ({*ID_KEYS} - {*classes}) | ({id_key.strip().lower()} if id_key else set())
        table, named = read_delimited(path, text=text, classes=classes, n_rows=n_images)
    names = table.column_names
    refuse_twice(names, path)
    # A class may be called "path": then a column of that name is one of ids only if it holds text.
    not_classes = [name for name in names if name not in classes or is_text(table.schema.field(name).type)]
    identity = (pick(names, id_key, (), "--id-key", path) or usual(not_classes, ID_KEYS)) if named else ""
    ids = read_ids(table[identity].to_pylist(), path) if identity else None
    lists = [name for name in names if is_list(table.schema.field(name).type)]
    value = pick(lists, key, VALUE_KEYS, "--key", path, pattern="*" in key) or (lists[0] if len(lists) == 1 else "")
    if value in lists:
        texts = texts_of(table, [name for name in names if ids is None or name != identity])
        return PredictionFile(_matrix(path, table[value].combine_chunks()), None, ids, (), identity, texts)
    return _from_columns(path, table, ids, identity, classes, named=named)


def _from_columns(
    path: Path, table: pa.Table, ids: tuple[str, ...] | None, identity: str, classes: Sequence[str], *, named: bool
) -> PredictionFile:
    """All columns of numbers as the matrix, one per class."""
    rest = [name for name in table.column_names if ids is None or name != identity]
    index = next((name for name in rest if name in ROW_INDEX and name not in classes and named), None)
    numbers = [name for name in rest if is_number(table.schema.field(name).type) and name != index]
    if not numbers:
        raise BadInput(f"{to_text(path.name)} has no columns of numbers.", "Give one column per class.")
    counted = index is not None and pa.types.is_integer(table.schema.field(index).type)
    matrix = np.column_stack([table[name].cast(pa.float64()).to_numpy() for name in numbers])
    return PredictionFile(
        matrix,
        tuple(numbers) if named else None,
        ids,
        tuple(name for name in rest if name not in numbers and name != index),
        identity,
        texts_of(table, rest),
        tuple(table[index].to_pylist()) if counted and index is not None else None,
    )


def _matrix(path: Path, lists: Any) -> NDArray[Any]:
    """Lists of equal length as (m, c)."""
    name = to_text(path.name)
    lengths = set(lists.value_lengths().to_pylist()) if not pa.types.is_fixed_size_list(lists.type) else {None}
    if lists.null_count:
        raise BadInput(f"{name} has {lists.null_count:,} rows without predictions.", "Leave these rows out.")
    if len(lengths) > 1:
        shown = ", ".join(sorted(map(str, lengths))[:5])
        raise BadInput(f"The lists of predictions in {name} differ in length: {shown}.", "Mend the file.")
    if not is_number(lists.type.value_type):
        raise BadInput(f"The lists of predictions in {name} hold {lists.type.value_type}.", "Give lists of numbers.")
    values: NDArray[Any] = lists.flatten().cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values.reshape(len(lists), -1) if len(lists) else values.reshape(0, 0)
