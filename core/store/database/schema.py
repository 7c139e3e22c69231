"""Every table of the store, as SQL text in one place; those of a kind of run have the columns that it declares.

Files are immutable once published; a file holds the tables of its kind and one `run` row that says
everything its rows depend on. Identifiers that come from outside pass `identifier`; values are always bound.
"""

from __future__ import annotations

from ...errors import BadInput
from ...kinds.registry import get_kind

FORMAT_VERSION = 1

ITEMS = """
CREATE TABLE images (
    image_id INTEGER PRIMARY KEY,  -- dense, in key order
    key VARCHAR NOT NULL UNIQUE,   -- the user's id, or the path relative to the root
    path VARCHAR NOT NULL,         -- the file that holds the image, absolute
    row INTEGER,                   -- its row in that file, where the file holds many
    label INTEGER,                 -- NULL: unlabelled
    true_label INTEGER,            -- where a data set has one; read by evaluate, prove, and diff where asked
    split VARCHAR NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    mode VARCHAR NOT NULL,         -- as stored, before conversion to RGB
    format VARCHAR NOT NULL,
    bytes BIGINT NOT NULL,
    content_hash VARCHAR NOT NULL  -- of the stored bytes (of the pixels, for arrays)
);
CREATE TABLE classes (label INTEGER PRIMARY KEY, name VARCHAR NOT NULL UNIQUE);
CREATE TABLE refused (key VARCHAR, path VARCHAR NOT NULL, reason VARCHAR NOT NULL, detail VARCHAR NOT NULL);
CREATE TABLE understood (place INTEGER, about VARCHAR, text VARCHAR, option VARCHAR);  -- how the input was read
CREATE TABLE passed_over (reason VARCHAR, count BIGINT, example VARCHAR);  -- with kept and refused: all there was
CREATE TABLE identity (fingerprint VARCHAR NOT NULL);  -- as the file's name has it, which may be changed
CREATE TABLE source (path VARCHAR, kind VARCHAR, parameters JSON, fingerprint VARCHAR, created VARCHAR, note VARCHAR);
"""

RUN = """
CREATE TABLE IF NOT EXISTS run (
    run_id VARCHAR, kind VARCHAR, name VARCHAR, inputs JSON, parameters JSON, seed BIGINT, weights VARCHAR,
    seconds DOUBLE, created VARCHAR, versions JSON, revision VARCHAR
);
CREATE TABLE IF NOT EXISTS progress (unit VARCHAR PRIMARY KEY, seconds DOUBLE);
"""


def tables_for(kind: str, *, d: int = 0, k: int = 0) -> list[str]:
    """DDL statements of one kind of run. d: embedding dimension, k: number of classes, where a table has them."""
    return [
        f"CREATE TABLE IF NOT EXISTS {identifier(name)} ({columns.format(d=int(d), k=int(k))})"
        for name, columns in get_kind(kind).tables.items()
    ]


def scratch_table(kind: str, name: str) -> str:
    """The DDL statement of a table that is dropped before a run of this kind is published; "" for any other table."""
    columns = get_kind(kind).scratch.get(name)
    return f"CREATE TABLE IF NOT EXISTS {identifier(name)} ({columns})" if columns else ""


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier. Raises BadInput on an empty name or one with a NUL."""
    if not name or "\x00" in name:
        raise BadInput(f"{name!r} cannot be a column name.", "Rename the column in the manifest.")
    return '"' + name.replace('"', '""') + '"'


def quoted(text: str) -> str:
    """A SQL string literal, for ATTACH, which takes no bound value."""
    return "'" + text.replace("'", "''") + "'"
