"""Files of predictions that a model made elsewhere: `.npy`, `.npz`, CSV, TSV and Parquet as one matrix."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..errors import BadInput
from ..images.filenames import to_text
from .tables.usual_names import IMAGE_NAMES

VALUE_KEYS = ("probabilities", "probs", "pred_probs", "logits", "predictions", "scores", "outputs")
ID_KEYS = ("key", "keys", "id", "ids", "paths", *IMAGE_NAMES)
_BROKEN = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, pa.ArrowException)


@dataclass(frozen=True)
class PredictionFile:
    """A file's numbers, one row per image, not checked yet.

    values: (m, c) of the stored type, an `.npy` file's only mapped. columns: c names, None where the format has none.
    ids: (m,) what the file calls the images, None where it does not say. ignored: columns that are no numbers.
    """

    values: NDArray[Any]
    columns: tuple[str, ...] | None
    ids: tuple[str, ...] | None
    ignored: tuple[str, ...] = ()


def read_predictions(path: Path, *, key: str = "", id_key: str = "") -> PredictionFile:
    """Read a file of predictions.

    key: the npz array, or Parquet column of lists, that holds the numbers. id_key: the array or column of the images'
    keys. Both are guessed from the usual names where they are empty.
    Raises BadInput where the file cannot be read, has another format, or lacks what was named.
    """
    readers = {".npy": _npy, ".npz": _npz, ".csv": _csv, ".tsv": _csv, ".parquet": _parquet, ".pq": _parquet}
    if path.suffix.lower() not in readers:
        raise BadInput(f"{to_text(path.name)} is not a file of predictions.", f"Give one of: {', '.join(readers)}.")
    if not path.is_file():
        raise BadInput(f"There is no file {to_text(str(path))}.", "Check the path.")
    try:
        found = readers[path.suffix.lower()](path, key, id_key)
    except _BROKEN as error:
        raise BadInput(
            f"{to_text(str(path))} could not be read: {error}.",
            "It has to be a whole file without Python objects; ids in arrays are text: ids.astype(str).",
        ) from error
    if found.values.ndim != 2 or not np.issubdtype(found.values.dtype, np.number):
        raise BadInput(
            f"The predictions in {to_text(path.name)} have shape {found.values.shape} and type {found.values.dtype}.",
            "Give one row of numbers per image and one column per class.",
        )
    if found.ids is not None and len(found.ids) != len(found.values):
        raise BadInput(
            f"{to_text(path.name)} has {len(found.values):,} rows of predictions and {len(found.ids):,} ids.",
            "Name the array of ids with --id-key, or pass --by-order.",
        )
    return found


def _npy(path: Path, key: str, id_key: str) -> PredictionFile:
    if key or id_key:
        raise BadInput(f"{to_text(path.name)} holds one array and no names.", "Leave --key and --id-key out.")
    return PredictionFile(np.load(path, mmap_mode="r", allow_pickle=False), None, None)


def _npz(path: Path, key: str, id_key: str) -> PredictionFile:
    # Opened here: given a name, NumPy leaves the file open when it is no zip archive.
    with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as arrays:
        names = list(arrays.files)
        value = _pick(names, key, VALUE_KEYS, "--key", path) or (names[0] if len(names) == 1 else "")
        if not value:
            raise BadInput(f"{to_text(path.name)} holds {_listed(names)}.", "Name the predictions with --key.")
        identity = _pick([name for name in names if name != value], id_key, ID_KEYS, "--id-key", path)
        ids = tuple(map(_as_id, arrays[identity].ravel().tolist())) if identity else None
        return PredictionFile(arrays[value], None, ids)


def _csv(path: Path, key: str, id_key: str) -> PredictionFile:
    parse = pyarrow.csv.ParseOptions(delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    with pyarrow.csv.open_csv(path, parse_options=parse) as opened:
        names = list(opened.schema.names)
    bare = _all_numbers(names)
    identity = "" if bare else _pick(names, id_key, ID_KEYS, "--id-key", path)
    table = pyarrow.csv.read_csv(
        path,
        parse_options=parse,
        read_options=pyarrow.csv.ReadOptions(autogenerate_column_names=bare),
        convert_options=pyarrow.csv.ConvertOptions(column_types={identity: pa.string()} if identity else None),
    )
    return _from_table(path, table, key, identity, named=not bare)


def _parquet(path: Path, key: str, id_key: str) -> PredictionFile:
    table = pq.read_table(path)
    return _from_table(path, table, key, _pick(table.column_names, id_key, ID_KEYS, "--id-key", path), named=True)


def _from_table(path: Path, table: pa.Table, key: str, identity: str, *, named: bool) -> PredictionFile:
    """A list column as the matrix, or else all columns of numbers, one per class."""
    twice = sorted({name for name in table.column_names if table.column_names.count(name) > 1})
    if twice:
        raise BadInput(f"{to_text(path.name)} has the column {twice[0]!r} twice.", "Rename one of them.")
    ids = tuple(map(_as_id, table[identity].to_pylist())) if identity else None
    lists = [field.name for field in table.schema if _is_list(field.type)]
    value = _pick(lists, key, VALUE_KEYS, "--key", path) or (lists[0] if len(lists) == 1 else "")
    if value:
        return PredictionFile(_matrix(path, table[value].combine_chunks()), None, ids)
    numbers = [
        field.name
        for field in table.schema
        if field.name not in (identity, "") and (pa.types.is_integer(field.type) or pa.types.is_floating(field.type))
    ]  # a column without a name is the index that pandas writes
    if not numbers:
        raise BadInput(f"{to_text(path.name)} has no columns of numbers.", "Give one column per class.")
    ignored = tuple(name for name in table.column_names if name not in (*numbers, identity))
    matrix = np.column_stack([table[name].to_numpy().astype(np.float64) for name in numbers])
    return PredictionFile(matrix, tuple(numbers) if named else None, ids, ignored)


def _matrix(path: Path, lists: Any) -> NDArray[Any]:
    """Lists of equal length as (m, c)."""
    lengths = set(lists.value_lengths().to_pylist()) if not pa.types.is_fixed_size_list(lists.type) else {None}
    if len(lengths) > 1:
        shown = ", ".join(sorted(map(str, lengths))[:5])
        raise BadInput(f"The lists of predictions in {to_text(path.name)} differ in length: {shown}.", "Mend the file.")
    values: NDArray[Any] = lists.flatten().to_numpy(zero_copy_only=False)
    return values.reshape(len(lists), -1) if len(lists) else values.reshape(0, 0)


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _all_numbers(names: Sequence[str]) -> bool:
    """Whether a CSV file's first line is a row of values. 0, 1, 2, … is a header: the columns' own numbers."""
    try:
        values = [float(name) for name in names]
    except ValueError:
        return False
    return values != list(range(len(values)))


def _as_id(value: Any) -> str:
    return to_text(value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value))


def _pick(names: Sequence[str], given: str, usual: Sequence[str], option: str, path: Path) -> str:
    if given and given not in names:
        raise BadInput(f"{to_text(path.name)} has no {given!r} for {option}; it has {_listed(names)}.", "Name another.")
    return given or next((name for name in usual if name in names), "")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:8]))
    return f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown or "none"
