"""Parquet with the images inside: one file or a folder of shards, in the layout Hugging Face's `datasets` writes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import BadInput
from ..images.containers import address
from ..images.filenames import to_text
from .columns import Columns, as_metadata, class_names, column_notes, labels, pick_columns, texts
from .manifest import concatenated, list_manifest
from .model import SPLITS, Candidate, IngestOptions, Listing, known_split, split_notes

_SPLIT_IN_NAME = re.compile(rf"({'|'.join(SPLITS)})(?=[-_.]|$)", re.IGNORECASE)


@dataclass(frozen=True)
class _Shard:
    """One file without its images. name: relative to the input. paths: the images' own, "" where they have none."""

    file: str
    name: str
    columns: Columns
    table: pa.Table
    paths: list[str]
    skipped: tuple[str, ...]


def list_parquet(files: Sequence[Path], top: Path, options: IngestOptions) -> Listing:
    """Images in the files' image column; a single file of paths is read as a manifest.

    Keys are the ids, else the images' own paths where all differ, else the row, behind the shard if there are many.
    """
    if len(files) == 1 and _holds_paths(files[0], options):
        return list_manifest(files[0], options)
    shards = [_read_shard(file, top, options) for file in files]
    own_paths = [path for shard in shards for path in shard.paths]
    unique = all(own_paths) and len(set(own_paths)) == len(own_paths)
    digits = len(str(max(len(own_paths) - 1, 0)))
    candidates: list[Candidate] = []
    found_splits = set()
    for shard in shards:
        prefix = f"{shard.name}/" if len(shards) > 1 else ""
        by_name = _split_of(shard.name)
        rows = zip(
            texts(shard.table, shard.columns.id), shard.paths, labels(shard.table, shard.columns.label),
            labels(shard.table, shard.columns.true_label), texts(shard.table, shard.columns.split), strict=True,
        )  # fmt: skip
        place = to_text(address(shard.file, shard.columns.image))
        for row, (identity, own_path, label, true_label, given_split) in enumerate(rows):
            key = identity or (own_path if unique else f"{prefix}{row:0{digits}d}")
            split = given_split or by_name
            found_splits.add(split)
            candidates.append(
                Candidate(
                    to_text(key), place, row, label, true_label, known_split(split) or options.split, len(candidates)
                )
            )
    metadata, notes = as_metadata(concatenated([shard.columns.further(shard.table) for shard in shards]))
    first = shards[0]
    return Listing(
        kind="Parquet images",
        candidates=tuple(candidates),
        files=tuple(str(file) for file in files),
        classes=next(filter(None, (class_names(shard.table.schema, shard.columns.label) for shard in shards)), ()),
        metadata=metadata,
        notes=(
            *split_notes(found_splits),
            *(f"left out column {name!r}, which holds images" for name in first.skipped),
            *column_notes(first.columns, options),
            *notes,
        ),
    )  # fmt: skip


def _holds_paths(file: Path, options: IngestOptions) -> bool:
    schema = _open(file).schema_arrow
    kind = schema.field(pick_columns(schema.names, options, to_text(file.name)).image).type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _read_shard(file: Path, top: Path, options: IngestOptions) -> _Shard:
    """Everything of a file but its images. Raises BadInput where its image column holds something else."""
    opened = _open(file)
    schema = opened.schema_arrow
    columns = pick_columns(schema.names, options, to_text(file.name))
    kind = schema.field(columns.image).type
    if not _holds_images(kind):
        raise BadInput(
            f"Column {columns.image!r} of {to_text(file.name)} is {kind}, not images.",
            "Images are a binary column or a struct {bytes, path}; name the column with --image-key.",
        )
    skipped = tuple(name for name in schema.names if name != columns.image and _holds_images(schema.field(name).type))
    plain = [name for name in schema.names if name != columns.image and name not in skipped]
    has_paths = pa.types.is_struct(kind) and kind.get_field_index("path") >= 0
    table = opened.read(columns=[*plain, f"{columns.image}.path"] if has_paths else plain)
    paths = [(image or {}).get("path") or "" for image in table[columns.image].to_pylist()] if has_paths else []
    return _Shard(
        file=str(file),
        name=file.relative_to(top).as_posix(),
        columns=columns,
        table=table,
        paths=paths or [""] * table.num_rows,
        skipped=skipped,
    )


def _open(file: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(
            f"{to_text(str(file))} could not be read: {error}.", "Mend the file and ingest again."
        ) from error


def _holds_images(kind: pa.DataType) -> bool:
    in_struct = pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0
    return bool(in_struct or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _split_of(name: str) -> str:
    """The split that a shard's name or folder says: `data/train-00000-of-00002.parquet`, "" if none does."""
    found = (_SPLIT_IN_NAME.match(part) for part in PurePosixPath(name).parts)
    return next((match[1] for match in found if match), "")
