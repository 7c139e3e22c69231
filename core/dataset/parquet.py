"""Parquet with the images inside: one file or a folder of shards, in the layout Hugging Face's `datasets` writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from ..errors import BadInput
from ..files.arrow import BROKEN_TABLE
from ..images.containers import address
from ..images.filenames import to_text
from ..wording import counted
from .columns import Columns, column_lines, pick_columns, unlabelled_line
from .manifest import concatenated, list_manifest
from .model import Candidate, IngestOptions, Label, Listing, Understood
from .shards import partitions, splits_of_shards
from .splits import known_split
from .tables.cells import distinct, labels, number_lines, texts
from .tables.declared import Declared, agreed, class_names
from .tables.further_columns import as_metadata
from .tables.ids import ids_or_none
from .tables.image_columns import holds_images, holds_paths_only, image_columns, is_bytes, is_text, open_parquet
from .tables.split_columns import settle_splits
from .tables.text_tables import unreadable


@dataclass(frozen=True)
class _Shard:
    """One file without its images. name: relative to the input. paths: the images' own, "" where they have none.

    table: its further columns and those of its Hive folders (`label=cat`). start: rows in the shards before it.
    """

    file: str
    name: str
    columns: Columns
    table: pa.Table
    paths: list[str]
    start: int
    lines: tuple[Understood, ...]


def list_parquet(files: Sequence[Path], top: Path, options: IngestOptions) -> Listing:
    """Images in the files' image column; a single file of paths is read as a manifest.

    Keys are the ids, else the images' own paths where all differ, else the row, behind the shard if there are many.
    """
    if len(files) == 1 and holds_paths(files[0], options):
        return list_manifest(files[0], options)
    shards: list[_Shard] = []
    for file in files:
        start = shards[-1].start + shards[-1].table.num_rows if shards else 0
        shards.append(_read_shard(file, top, options, start))
    lines = [line for shard in shards for line in shard.lines]
    own_paths = [path for shard in shards for path in shard.paths]
    unique = all(own_paths) and len(set(own_paths)) == len(own_paths)
    ids = [identity for shard in shards for identity in texts(shard.table, shard.columns.id)]
    column = next((shard.columns.id for shard in shards if shard.columns.id), "")
    instead = "own path" if unique else "row"
    line = ids_or_none(column, ids, range(len(ids)), instead, options)
    if line:
        ids = [""] * len(ids)
        lines = [one for one in lines if one.about != "ids"] + [line]
        shards = [replace(shard, columns=replace(shard.columns, id="")) for shard in shards]
    declared = [Declared(shard.name, class_names(shard.table.schema, shard.columns.label)) for shard in shards]
    classes, to_names, class_lines = agreed(declared)
    splits = splits_of_shards([shard.name for shard in shards])
    lines.insert(0, Understood("layout", f"images in {counted(len(shards), 'Parquet file')}, {shards[0].name!r} first"))
    keys = sorted({key for shard in shards for key in partitions(shard.name)})
    if keys:
        lines.append(Understood("columns", f"from the names of folders, as Hive partitions: {', '.join(keys)}"))
    named = next((shard.name for shard in shards if splits[shard.name] and not shard.columns.split), "")
    if named:
        text = f"from the names of the files: {named!r} is {known_split(splits[named])!r}"
        lines.append(Understood("splits", text, "--split-key COLUMN"))
    digits = len(str(max(len(own_paths) - 1, 0)))
    candidates: list[Candidate] = []
    for shard, own in zip(shards, declared, strict=True):
        prefix = f"{shard.name}/" if len(shards) > 1 else ""
        keys = shard.paths if unique else [f"{prefix}{row:0{digits}d}" for row in range(shard.table.num_rows)]
        given = ids[shard.start : shard.start + shard.table.num_rows]
        unsaid = replace(options, split=known_split(splits[shard.name]) or options.split)
        candidates += _rows(shard, own if to_names else Declared("", ()), given, keys, unsaid)
    metadata, metadata_lines = as_metadata(concatenated([shard.columns.further(shard.table) for shard in shards]))
    return Listing(
        kind="Parquet images",
        candidates=tuple(candidates),
        files=tuple(str(file) for file in files),
        classes=classes,
        metadata=metadata,
        understood=tuple(dict.fromkeys((*lines, *class_lines, *metadata_lines))),
    )


def _rows(
    shard: _Shard, declared: Declared, ids: Sequence[str], keys: Sequence[str], options: IngestOptions
) -> Iterator[Candidate]:
    """A candidate per row. declared: names that its numbers stand for, where other shards declare others."""
    columns, table = shard.columns, shard.table
    place = to_text(address(shard.file, columns.image))
    rows = zip(
        ids, keys, labels(table, columns.label, shard.name), labels(table, columns.true_label, shard.name),
        texts(table, columns.split), strict=True,
    )  # fmt: skip
    usual_names = {split: known_split(to_text(split)) or options.split for split in distinct(table, columns.split)}
    name_of = declared.name_of if declared.names else _as_it_is
    for row, (identity, key, label, true_label, split) in enumerate(rows):
        yield Candidate(
            to_text(identity or key), place, row,
            name_of(label), name_of(true_label), usual_names.get(split, options.split), shard.start + row,
        )  # fmt: skip


def _as_it_is(label: Label) -> Label:
    return label


def holds_paths(file: Path, options: IngestOptions) -> bool:
    """Whether a file is a table of paths: its image column is text, or bytes that are paths."""
    opened = open_parquet(file)
    images = _images_in(file)
    column = pick_columns(opened.schema_arrow.names, options, to_text(file.name), images).image
    kind = opened.schema_arrow.field(column).type
    if is_text(kind) or (is_bytes(kind) and column not in images):
        return True
    try:
        return holds_paths_only(opened, column)
    except BROKEN_TABLE as error:
        raise unreadable(file, error) from error


def _images_in(file: Path) -> list[str]:
    try:
        return image_columns(open_parquet(file))
    except BROKEN_TABLE as error:
        raise unreadable(file, error) from error


def _read_shard(file: Path, top: Path, options: IngestOptions, start: int) -> _Shard:
    """Everything of a file but its images. Raises BadInput where its image column holds something else."""
    opened = open_parquet(file)
    schema = opened.schema_arrow
    name = file.relative_to(top).as_posix()
    by_folder = {key: value for key, value in partitions(name).items() if key not in schema.names}
    names = [*schema.names, *by_folder]
    columns = pick_columns(names, options, to_text(file.name), _images_in(file))
    kind = schema.field(columns.image).type
    if not holds_images(kind):
        raise BadInput(
            f"Column {columns.image!r} of {to_text(file.name)} is {kind}, not images.",
            "Images are a binary column or a struct {bytes, path}, one a row; name the column with --image-key.",
        )
    further = [name for name in schema.names if name != columns.image]
    skipped = [name for name in further if _is_picture(schema.field(name).type, name, columns)]
    plain = [name for name in further if name not in skipped]
    has_paths = pa.types.is_struct(kind) and kind.get_field_index("path") >= 0
    try:
        table = opened.read(columns=[*plain, f"{columns.image}.path"] if has_paths else plain)
        paths = [(image or {}).get("path") or "" for image in table[columns.image].to_pylist()] if has_paths else []
    except BROKEN_TABLE as error:
        raise unreadable(file, error) from error
    table = table.drop_columns([columns.image]) if has_paths else table
    if not plain and not has_paths:  # Arrow forgets how many rows a table without columns has
        table = pa.table({"": pa.nulls(opened.metadata.num_rows)})
    for key, value in by_folder.items():
        table = table.append_column(key, pa.array([value] * table.num_rows, pa.string()))
    by_name = tuple(column_lines(columns, names, options))
    table, columns, split_lines = settle_splits(table, columns)
    lines = [
        *by_name, *number_lines(table, columns.label), *split_lines,
        *(Understood("columns", f"left out column {one!r}, which holds images") for one in skipped),
    ]  # fmt: skip
    if not columns.label:
        lines.append(unlabelled_line(names, columns))
    return _Shard(str(file), name, columns, table, paths or [""] * opened.metadata.num_rows, start, tuple(lines))


def _is_picture(kind: pa.DataType, name: str, columns: Columns) -> bool:
    """Whether a further column is left unread because it holds images. A column with a role never is."""
    return holds_images(kind) and name not in (columns.label, columns.true_label, columns.split, columns.id)
