"""Manifests: a CSV, TSV, JSON-lines or Parquet table of paths and labels, and Hugging Face's `metadata.*` files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import BadInput
from ..files.arrow import BROKEN_TABLE, readable
from ..files.tables import JSON_TABLES, PARQUET_TABLES, TEXT_TABLES
from ..images.filenames import to_text
from ..images.roots import Roots
from .columns import Columns, column_lines, pick_columns, unlabelled_line
from .folders.layout import Layout
from .model import Candidate, IngestOptions, Label, Listing, Refused, Understood
from .splits import known_split
from .tables.cells import distinct, labels, number_lines, texts
from .tables.declared import Declared, agreed, class_names
from .tables.encodings import not_utf8_lines
from .tables.fiftyone import read_fiftyone, with_data_folder
from .tables.further_columns import as_metadata
from .tables.ids import ids_or_none, several_ids_lines
from .tables.image_columns import paths_as_text
from .tables.image_paths import ImagePlaces
from .tables.json_lines import read_json_lines
from .tables.own_notes import with_own_classes
from .tables.path_splits import with_splits_of_paths
from .tables.split_columns import settle_splits
from .tables.text_tables import read_csv, unreadable

METADATA_FILES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")


@dataclass(frozen=True)
class _Part:
    """One table of an input. start: number of rows in the tables before it. images, ids: one text a row."""

    file: Path
    table: pa.Table
    columns: Columns
    start: int
    images: list[str]
    ids: list[str]


def list_manifest(file: Path, options: IngestOptions, prefix: str = "") -> Listing:
    """One row per image; paths are relative to the manifest's folder or a root, or absolute inside one of them.

    prefix: where the manifest lies, if it was fetched from a URL: it takes the place of the folder.
    """
    return _list([file], prefix or file.parent, options, "manifest")


def list_metadata(folder: Path, names: Sequence[str], options: IngestOptions, layout: Layout) -> Listing:
    """Hugging Face's image folder: `metadata.*` at the root or in folders; `file_name` is relative to it.

    names: of the metadata files. layout: which folders say the split of a row that names none. Without a label column
    the folder that holds an image is its class.
    """
    return _list([folder / name for name in names], folder, options, "Hugging Face image folder", layout)


def _list(
    files: Sequence[Path], top: Path | str, options: IngestOptions, kind: str, layout: Layout | None = None
) -> Listing:
    """The rows of one or more tables. layout: what the folders above an image say; None for nothing."""
    places = ImagePlaces(Roots(top, options.roots))
    parts, lines = _read_parts(files, options, unlabelled=layout is None)
    declared = [Declared(to_text(part.file.name), class_names(part.table.schema, part.columns.label)) for part in parts]
    classes, to_names, class_lines = agreed(declared)
    candidates: list[Candidate] = []
    refused: list[Refused] = []
    for part, own in zip(parts, declared, strict=True):
        for one in _rows(part, own if to_names else Declared("", ()), places, options, layout):
            if isinstance(one, Refused):
                refused.append(one)
            else:
                candidates.append(one)
    path_lines: tuple[Understood, ...] = ()
    if layout is None and not any(part.columns.split for part in parts):
        candidates, path_lines = with_splits_of_paths(candidates, places.key, options)
    metadata, metadata_lines = as_metadata(concatenated([part.columns.further(part.table) for part in parts]))
    several = several_ids_lines(candidates) if any(part.columns.id for part in parts) else ()
    understood = (*lines, *path_lines, *several, *places.lines(), *class_lines, *metadata_lines)
    return Listing(
        kind, tuple(candidates), tuple(str(file) for file in files), classes, metadata, tuple(refused),
        understood=tuple(dict.fromkeys(understood)),
    )  # fmt: skip


def _read_parts(
    files: Sequence[Path], options: IngestOptions, *, unlabelled: bool
) -> tuple[list[_Part], list[Understood]]:
    """Every table with the roles of its columns. unlabelled: whether to say so of one without labels."""
    parts: list[_Part] = []
    lines: list[Understood] = []
    start = 0
    for file in files:
        table, how = _read(file, options)
        columns = pick_columns(table.column_names, options, to_text(file.name))
        by_name = tuple(column_lines(columns, table.column_names, options))
        table, columns, split_lines = settle_splits(table, columns)
        lines += [*how, *by_name, *split_lines]
        lines += number_lines(table, columns.label, untyped=_is_untyped(file))
        lines += not_utf8_lines(distinct(table, columns.label), columns.label)
        if unlabelled and not columns.label:
            lines.append(unlabelled_line(table.column_names, columns))
        parts.append(_Part(file, table, columns, start, texts(table, columns.image), texts(table, columns.id)))
        start += table.num_rows
    if any(part.columns.id for part in parts):
        ids = [one for part in parts for one in part.ids]
        images = [pair for part in parts for pair in zip(part.images, repeat(str(part.file.parent)))]
        line = ids_or_none(parts[0].columns.id, ids, images, "path", options)
        if line:
            lines = [one for one in lines if one.about != "ids"] + [line]
            parts = [replace(part, columns=replace(part.columns, id=""), ids=[""] * len(part.images)) for part in parts]
    return parts, lines


def _rows(
    part: _Part, declared: Declared, places: ImagePlaces, options: IngestOptions, layout: Layout | None
) -> Iterator[Candidate | Refused]:
    """A candidate or a refusal per row."""
    what = to_text(part.file.name)
    within = "" if layout is None else str(part.file.parent)
    columns, untyped = part.columns, _is_untyped(part.file)
    split_names: dict[str, str] = {"": ""}
    rows = zip(
        part.images, labels(part.table, columns.label, what, untyped=untyped),
        labels(part.table, columns.true_label, what, untyped=untyped), texts(part.table, columns.split), part.ids,
        strict=True,
    )  # fmt: skip
    for order, (name, label, true_label, split, identity) in enumerate(rows, start=part.start):
        if not name.strip():
            place = to_text(str(part.file))
            yield Refused(to_text(identity), place, "missing file", f"row {order - part.start + 1} names no image")
            continue
        given, path, refusal = places.find(name, within)
        if refusal:
            yield Refused(to_text(identity or given)[:500], to_text(path), *refusal)
            continue
        key = places.key(path)
        if split not in split_names:
            split_names[split] = known_split(to_text(split))
        split = split_names[split]
        if layout is not None:
            folder_split, folder_label = _from_folders(key, layout)
            split = split or known_split(folder_split)
            label = label if columns.label else folder_label
        yield Candidate(
            to_text(identity or key), to_text(path), None, declared.name_of(label), declared.name_of(true_label),
            split or options.split, order,
        )  # fmt: skip


def _from_folders(key: str, layout: Layout) -> tuple[str, Label]:
    """Split and class that the folders above an image say: "train/cat/1.jpg" is ("train", "cat")."""
    folders = PurePosixPath(key).parts[:-1]
    split, _ = layout.place(folders)
    below = folders[len(layout.roles) :]
    return split, (to_text(below[-1]) if below else None)


def _is_untyped(file: Path) -> bool:
    return file.suffix.lower() in TEXT_TABLES


def read_table(file: Path, options: IngestOptions) -> pa.Table:
    """A manifest as a table. Raises BadInput with what the reader found wrong."""
    return _read(file, options)[0]


def _read(file: Path, options: IngestOptions) -> tuple[pa.Table, tuple[Understood, ...]]:
    """A manifest as a table, and how it is written where that is not as usual."""
    try:
        if file.suffix.lower() in PARQUET_TABLES:
            return _with_classes(file, paths_as_text(_read_parquet(file)), options), ()
        if (described := read_fiftyone(file)) is not None:
            return described, ()
        if file.suffix.lower() in JSON_TABLES:
            return read_json_lines(file), ()
        table, how = read_csv(file, options)
        return _with_classes(file, with_data_folder(file, table), options), how
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise unreadable(file, error) from error


def _read_parquet(file: Path) -> pa.Table:
    try:
        return pq.read_table(readable(file))
    except BROKEN_TABLE as error:
        raise unreadable(file, error) from error


def _with_classes(file: Path, table: pa.Table, options: IngestOptions) -> pa.Table:
    """A manifest of ours with its own classes, unless it was said what its labels are."""
    return table if options.labels_are or options.classes else with_own_classes(file, table)


def concatenated(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables one below the other; a column that some lack is null there, one of two types is text."""
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise BadInput(f"The files disagree on a column: {error}.", "Give it the same type in all of them.") from error
