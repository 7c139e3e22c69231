"""Manifests: a CSV, TSV, JSON-lines or Parquet table of paths and labels, and Hugging Face's `metadata.*` files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq

from ..errors import BadInput
from ..images.filenames import to_text
from ..images.roots import Roots
from .columns import (
    IMAGE_NAMES,
    LABEL_NAMES,
    Columns,
    as_metadata,
    class_names,
    column_notes,
    labels,
    pick_columns,
    texts,
)
from .folder import is_image_name
from .model import SPLITS, Candidate, IngestOptions, Label, Listing, Refused, known_split, split_notes

METADATA_FILES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")


def list_manifest(file: Path, options: IngestOptions) -> Listing:
    """One row per image; paths are relative to the manifest's folder or a root, or absolute inside one of them."""
    return _list([file], file.parent, options, "manifest")


def list_metadata(folder: Path, names: Sequence[str], options: IngestOptions) -> Listing:
    """Hugging Face's image folder: `metadata.*` at the root or in folders; `file_name` is relative to it.

    Without a label column the folder that holds an image is its class. names: what `walk` found in the folder.
    """
    files = [folder / name for name in names if PurePosixPath(name).name in METADATA_FILES]
    listing = _list(files, folder, options, "Hugging Face image folder")
    unnamed = sum(map(is_image_name, names)) - len({candidate.path for candidate in listing.candidates})
    note = f"images left out because the metadata does not name them: {unnamed}"
    return replace(listing, notes=(*listing.notes, note)) if unnamed > 0 else listing


def _list(files: Sequence[Path], top: Path, options: IngestOptions, kind: str) -> Listing:
    """The rows of one or more tables; `kind` says whether folders above an image mean something."""
    roots = Roots(top, options.roots)
    candidates: list[Candidate] = []
    refused: list[Refused] = []
    further: list[pa.Table] = []
    classes: tuple[str, ...] = ()
    notes: list[str] = []
    rows = 0
    for file in files:
        table = read_table(file, options)
        columns = pick_columns(table.column_names, options, to_text(file.name))
        for found in _rows(file, table, columns, roots, options, by_folder=kind != "manifest", start=rows):
            if isinstance(found, Refused):
                refused.append(found)
            else:
                candidates.append(found)
        classes = classes or class_names(table.schema, columns.label)
        further.append(columns.further(table))
        rows += table.num_rows
        notes += [*split_notes(texts(table, columns.split)), *column_notes(columns, options)]
        if kind == "manifest" and not columns.label:
            notes.append(f"all images are unlabelled: no column is called {', '.join(LABEL_NAMES)}")
    metadata, metadata_notes = as_metadata(concatenated(further))
    return Listing(
        kind, tuple(candidates), tuple(str(file) for file in files), classes, metadata, tuple(refused),
        tuple(dict.fromkeys((*notes, *metadata_notes))),
    )  # fmt: skip


def _rows(
    file: Path, table: pa.Table, columns: Columns, roots: Roots, options: IngestOptions, *, by_folder: bool, start: int
) -> Iterator[Candidate | Refused]:
    """A candidate or a refusal per row. start: number of rows in the tables before this one."""
    rows = zip(
        texts(table, columns.image), labels(table, columns.label), labels(table, columns.true_label),
        texts(table, columns.split), texts(table, columns.id), strict=True,
    )  # fmt: skip
    for order, (name, label, true_label, split, identity) in enumerate(rows, start=start):
        if not name:
            place = to_text(str(file))
            yield Refused(to_text(identity), place, "missing file", f"row {order - start + 1} names no image")
            continue
        path = roots.find(os.path.join(file.parent, name) if by_folder else name)
        reason = roots.refuses(path, as_given=name)
        if reason:
            yield Refused(to_text(identity or name), to_text(path), "outside the roots", reason)
            continue
        key = roots.key(path)
        if by_folder:
            folder_split, folder_label = _from_folders(key)
            split = split or folder_split
            label = label if columns.label else folder_label
        split = known_split(to_text(split)) or options.split
        yield Candidate(to_text(identity or key), to_text(path), None, label, true_label, split, order)


def _from_folders(key: str) -> tuple[str, Label]:
    """Split and class that the folders above an image say: "train/cat/1.jpg" is ("train", "cat")."""
    folders = list(PurePosixPath(key).parts[:-1])
    split = folders.pop(0) if folders and folders[0].lower() in SPLITS else ""
    return split, (to_text(folders[-1]) if folders else None)


def read_table(file: Path, options: IngestOptions) -> pa.Table:
    """A manifest as a table. Raises BadInput with what the reader found wrong."""
    try:
        if file.suffix in (".parquet", ".pq"):
            return pq.read_table(file)
        if file.suffix == ".jsonl":
            return pyarrow.json.read_json(file)
        return _read_csv(file, options)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(
            f"{to_text(str(file))} could not be read: {error}.", "Mend the file and ingest again."
        ) from error


def _read_csv(file: Path, options: IngestOptions) -> pa.Table:
    """A CSV or TSV table. The columns with a role stay bytes: "007" is no number and a path need not be UTF-8."""
    roles = {*IMAGE_NAMES, *LABEL_NAMES, "true_label", "split", "id"} | {
        options.image_key, options.label_key, options.true_label_key, options.split_key, options.id_key,
    }  # fmt: skip
    return pyarrow.csv.read_csv(
        file,
        parse_options=pyarrow.csv.ParseOptions(
            delimiter="\t" if file.suffix == ".tsv" else ",", newlines_in_values=True
        ),
        convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(roles - {""}, pa.binary())),
    )


def concatenated(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables one below the other; a column that some lack is null there. Raises BadInput where types disagree."""
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise BadInput(f"The files disagree on a column: {error}.", "Give it the same type in all of them.") from error
