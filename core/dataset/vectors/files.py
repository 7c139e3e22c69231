"""A file of vectors by what is in it, whatever it is called: NumPy's `.npy` and `.npz`, and Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ...errors import BadInput
from ...files.arrow import BROKEN_TABLE
from ...images.filenames import to_text
from ..aligned.model_files import model_file
from ..aligned.named_columns import ID_KEYS, short
from .arrays import read_npy, read_npz
from .rows import VectorRows
from .table import read_parquet

VECTOR_KEYS = (
    "features", "feature", "embeddings", "embedding", "vectors", "vector", "feats", "feat", "embeds", "embed", "emb",
    "image_features", "image_embeds", "image_embeddings", "representations", "latents", "x",
)  # fmt: skip
"""What people call the array or column."""

_SAVE = "np.save('features.npy', features)"
_OTHERS = {
    ".csv": "a table of text", ".tsv": "a table of text", ".txt": "text", ".json": "JSON", ".jsonl": "JSON",
    ".arrow": "an Arrow file", ".feather": "an Arrow file", ".mat": "a MATLAB file", ".zarr": "a Zarr store",
    ".index": "an index of FAISS", ".faiss": "an index of FAISS", ".xlsx": "a table of Excel",
}  # fmt: skip
_TABLES = (".csv", ".tsv", ".arrow", ".feather", ".json", ".jsonl", ".xlsx")


def read_vectors(
    path: Path, *, key: str = "", id_key: str = "", value_names: Sequence[str] = VECTOR_KEYS,
    id_names: Sequence[str] = ID_KEYS,
) -> VectorRows:  # fmt: skip
    """Open a file of vectors; of its numbers no more than the first row is read.

    key: the npz array, the Parquet column of lists, or columns as "f*", that holds them. id_key: the array or column of
    the images' keys. value_names, id_names: those that are looked for where they are empty.
    Raises BadInput where the file is another, cannot be read, or lacks what was named. Nothing is ever unpickled.
    """
    name = to_text(path.name)
    try:
        content = _content(path)
        if content == ".npy":
            if key or id_key:
                raise BadInput(f"{name} holds one array and no names.", "Leave --key and --id-key out.")
            return _in_words(read_npy(path), path)
        if content == ".npz" and not model_file(path):
            return _in_words(read_npz(path, key, id_key, value_names, id_names), path)
        if content == ".parquet":
            return _in_words(read_parquet(path, key, id_key, value_names, id_names), path)
    except BROKEN_TABLE as error:
        raise _unreadable(path, error) from error
    raise _another(path)


def _in_words(rows: VectorRows, path: Path) -> VectorRows:
    """The same, of which damage that only a later block shows is said in words."""

    def blocks() -> Iterator[NDArray[Any]]:
        try:
            yield from rows.blocks()
        except BROKEN_TABLE as error:
            raise _unreadable(path, error) from error

    return replace(rows, blocks=blocks)


def _unreadable(path: Path, error: Exception) -> BadInput:
    return BadInput(
        f"{to_text(str(path))} could not be read: {short(error)}.",
        f"It has to be a whole file without Python objects (ids in arrays are text, ids.astype(str)): {_SAVE}.",
    )


def _content(path: Path) -> str:
    """The ending of what a file is by its first bytes; "" for none of ours."""
    with open(path, "rb") as file:
        start = file.read(8)
    marks = {b"\x93NUMPY": ".npy", b"PK\x03\x04": ".npz", b"PAR1": ".parquet"}
    return next((ending for mark, ending in marks.items() if start.startswith(mark)), "")


def _another(path: Path) -> BadInput:
    name, suffix = to_text(path.name), path.suffix.lower()
    if not path.stat().st_size:
        return BadInput(f"{name} is empty.", f"Write the vectors: {_SAVE}.")
    if kind := model_file(path):
        return BadInput(
            f"{name} is {kind}, not a file of vectors; nothing in it is run or unpickled.",
            f"Run the model on the images yourself, and write one row of numbers per image: {_SAVE}.",
        )
    begins = _start_in_words(path)
    kind = _OTHERS.get(suffix) or begins or "no file of vectors"
    advice = "Write it as Parquet: frame.to_parquet('features.parquet')." if suffix in _TABLES else f"Write: {_SAVE}."
    return BadInput(f"{name} is {kind}, and vectors are read from .npy, .npz and .parquet.", advice)


def _start_in_words(path: Path) -> str:
    with open(path, "rb") as file:
        start = file.read(4)
    return "a pickle, which could run code when it is loaded" if start[:1] == b"\x80" and start[1:2] <= b"\x05" else ""
