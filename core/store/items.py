"""Publishing an ingested data set: `items-<fingerprint>.duckdb`, immutable, and audit.json pointing at it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from ..errors import Unreadable
from ..files.leftovers import part_of_file
from ..images.filenames import to_text
from .audit import Audit
from .database import schema
from .database.comments import write_comments
from .database.connect import open_read_only
from .database.damage import damage_of, reading, refuse_other_images
from .database.partial import connect_for_writing, explained, log_of
from .writer import insert, publish_file

if TYPE_CHECKING:
    from ..dataset.model import Dataset

IDENTITY = ("key", "content_hash", "label", "true_label", "split")
"""The columns, beside the user's own, that make two ingested inputs the same. Not their paths: data sets are moved."""


def items_fingerprint(dataset: Dataset) -> str:
    """12 hexadecimal digits over keys, content hashes, labels, splits, classes and the user's columns."""
    digest = hashlib.blake2b(json.dumps(dataset.classes).encode(), digest_size=6)
    columns = {name: dataset.images[name] for name in IDENTITY}
    if dataset.metadata is not None:
        columns |= {f"metadata {name}": dataset.metadata[name] for name in dataset.metadata.column_names}
    for name, column in columns.items():
        digest.update(json.dumps([name, str(column.type), column.to_pylist()], default=str).encode())
    return digest.hexdigest()


def current_source(audit: Audit) -> str | None:
    """What the audit's current items were read from, None before the first ingest."""
    row = _source(audit.items_file(audit.manifest["items"])) if audit.manifest.get("items") else None
    return row[0] if row else None


def ingests_of(audit: Audit) -> list[tuple[str, str]]:
    """Fingerprint of each state of the images that the audit keeps, with when it was read (UTC), the earliest first.

    Files that cannot be read are left out. A state that was read twice has the time of the file that lies there.
    """
    found = []
    for path in audit.path.glob("items-*.duckdb"):
        try:
            with reading(path), open_read_only(path) as connection:
                rows = connection.execute("SELECT created FROM source").fetchall()
        except Unreadable:
            continue
        found += [(path.stem.removeprefix("items-"), str(created)) for (created,) in rows]
    return sorted(found, key=lambda one: one[1])


def class_names_of(audit: Audit) -> tuple[str, ...]:
    """The audit's classes in label order, without attaching its runs. Raises MissingRun before the first ingest."""
    path = audit.items_path
    with reading(path), open_read_only(path) as connection:
        refuse_other_images(connection, "opened", path)
        return tuple(name for (name,) in connection.execute("SELECT name FROM classes ORDER BY label").fetchall())


def content_hashes_of(audit: Audit) -> list[str]:
    """Of the audit's current images, each once. Raises MissingRun before the first ingest."""
    path = audit.items_path
    with reading(path), open_read_only(path) as connection:
        return [key for (key,) in connection.execute("SELECT DISTINCT content_hash FROM images").fetchall()]


def ingested(audit: Audit, source_fingerprint: str) -> bool:
    """Whether the audit's current items were read from an input with this fingerprint, and can be read: nothing to do
    then."""
    if not audit.manifest.get("items"):
        return False
    row = _whole_source(audit.items_file(audit.manifest["items"]))
    return row is not None and row[1] == source_fingerprint


def write_items(
    audit: Audit,
    dataset: Dataset,
    source: str,
    options: Mapping[str, Any],
    source_fingerprint: str,
    *,
    note: str = "",
) -> tuple[str, bool]:
    """Publish a data set as the audit's current items. Returns its fingerprint and whether it was new to the audit.

    options: JSON values. note: about the data, kept before the data set's own notes.
    The same rows read again from elsewhere keep their fingerprint, and so every run computed from them; their file
    is replaced in one step, for its paths.
    """
    fingerprint = items_fingerprint(dataset)
    final = audit.items_file(fingerprint)
    was_new = not final.exists()
    if was_new or _whole_source(final) != (to_text(source), source_fingerprint):
        partial = part_of_file(final)
        try:
            connection = connect_for_writing(partial)
            try:
                _fill(connection, dataset)
                notes = "\n".join(filter(None, (note, *dataset.notes)))
                created = datetime.now(UTC).isoformat(timespec="seconds")
                connection.execute(
                    "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?)",
                    [to_text(source), dataset.kind, json.dumps(dict(options)), source_fingerprint, created, notes],
                )
                connection.execute("INSERT INTO identity VALUES (?)", [fingerprint])
                write_comments(connection)
                publish_file(connection, partial, final)
            except duckdb.Error as error:
                raise explained(error, final, dataset.images.nbytes) from error
            finally:
                connection.close()
        finally:
            for path in (partial, log_of(partial)):
                path.unlink(missing_ok=True)
    audit.write_manifest(items=fingerprint)
    return fingerprint, was_new


def _fill(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> None:
    import pyarrow as pa  # here, because the dashboard loads this file and never writes

    columns = {name: dataset.images[name] for name in dataset.images.column_names}
    own = {}
    if dataset.metadata is not None:
        connection.register("incoming_metadata", dataset.metadata)
        described = connection.execute("DESCRIBE incoming_metadata").fetchall()
        own = {name: kind for name, kind, *_ in described if name not in columns}
        connection.unregister("incoming_metadata")
        columns |= {name: dataset.metadata[name] for name in own}
    connection.execute(schema.items(own))
    insert(connection, "images", columns)
    insert(connection, "classes", {"label": list(range(len(dataset.classes))), "name": list(dataset.classes)})
    refused = {
        name: pa.array([getattr(each, name) for each in dataset.refused], pa.string())
        for name in ("key", "path", "reason", "detail")
    }
    insert(connection, "refused", refused)
    lines, rest = dataset.understood, dataset.passed_over
    understood = {"place": pa.array(range(len(lines)), pa.int32())} | {
        name: pa.array([getattr(each, name) for each in lines], pa.string()) for name in ("about", "text", "option")
    }
    insert(connection, "understood", understood)
    passed_over = {
        "reason": pa.array([each.reason for each in rest], pa.string()),
        "count": pa.array([each.count for each in rest], pa.int64()),
        "example": pa.array([each.example for each in rest], pa.string()),
    }
    insert(connection, "passed_over", passed_over)


def _source(path: Path) -> tuple[str, str] | None:
    """Where an items file came from and the fingerprint of that input; None if no such file can be read."""
    try:
        with reading(path), open_read_only(path) as connection:
            row = connection.execute("SELECT path, fingerprint FROM source").fetchone()
    except Unreadable:  # what is damaged is written anew by the next ingest, as what is not there
        return None
    return (str(row[0]), str(row[1])) if row else None


def _whole_source(path: Path) -> tuple[str, str] | None:
    """The same, and None where any part of the file is damaged."""
    return None if damage_of(path) else _source(path)
