"""Every table of the store, as SQL text in one place; those of a kind of run have the columns that it declares.

Files are immutable once published; a file holds the tables of its kind and one `run` row that says
everything its rows depend on. What follows two dashes is in the files too, as the comments of their tables and columns
(`comments.py`). Identifiers that come from outside pass `identifier`; values are always bound.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import BadInput
from ...kinds.columns import described
from ...kinds.registry import find_kind, get_kind

FORMAT_VERSION = 1

OF_ITEMS = {
    "images": """
        -- a row an image of the data set; columns of the user's own follow these
        image_id INTEGER PRIMARY KEY,  -- dense, from 0, in key order
        key VARCHAR NOT NULL UNIQUE,   -- the user's id, or the path relative to the root
        path VARCHAR NOT NULL,         -- the file that holds the image, absolute
        row INTEGER,                   -- its row in that file, where the file holds many; NULL for one image
        label INTEGER,                 -- the given label, as classes.label; NULL: unlabelled
        true_label INTEGER,            -- where a data set has one; read by evaluate, prove, and diff where asked
        split VARCHAR NOT NULL,        -- train, val, test or a name of the user's
        width INTEGER NOT NULL,        -- in pixels
        height INTEGER NOT NULL,       -- in pixels
        mode VARCHAR NOT NULL,         -- of its pixels as stored, before conversion to RGB
        format VARCHAR NOT NULL,       -- of the file, or of the array
        bytes BIGINT NOT NULL,         -- stored for the image
        content_hash VARCHAR NOT NULL  -- of the stored bytes (of the pixels, for arrays)
    """,
    "classes": """
        -- a row a class
        label INTEGER PRIMARY KEY,   -- from 0
        name VARCHAR NOT NULL UNIQUE -- as the data set has it
    """,
    "refused": """
        -- a row an image that was left out
        key VARCHAR,              -- as images.key
        path VARCHAR NOT NULL,    -- the file that was to be read
        reason VARCHAR NOT NULL,  -- why it is left out
        detail VARCHAR NOT NULL   -- what was found
    """,
    "understood": """
        -- a row a line of what was said: how the input was read
        place INTEGER,   -- of the line, from 0
        about VARCHAR,   -- what it is about
        text VARCHAR,    -- what was read, and why
        option VARCHAR   -- the option of the command that changes it; empty for none
    """,
    "passed_over": """
        -- a row a sort of thing that is no image of the data set: with kept and refused, all there was
        reason VARCHAR,  -- why they were passed over
        count BIGINT,    -- how many there were
        example VARCHAR  -- the first of them
    """,
    "identity": """
        -- one row
        fingerprint VARCHAR NOT NULL  -- of the data, as the file's name has it, which may be changed
    """,
    "source": """
        -- one row: what the images were read from
        path VARCHAR,         -- as it was given
        kind VARCHAR,         -- the format of the input
        parameters JSON,      -- the options of the command
        fingerprint VARCHAR,  -- of the input, by which a changed one is known
        created VARCHAR,      -- when it was read, UTC, as ISO 8601 has it
        note VARCHAR          -- what was said of it
    """,
}
"""The tables of an items file."""

OF_RUNS = {
    "run": """
        -- one row: the run, with all that its rows depend on
        run_id VARCHAR,    -- the file's name
        kind VARCHAR,      -- embed, train, score, evaluate, project
        name VARCHAR,      -- what people call it
        inputs JSON,       -- the runs it read by their part in it, and the fingerprint of the items
        parameters JSON,   -- the settings of the command
        seed BIGINT,       -- of its random numbers
        weights VARCHAR,   -- hash of the weights or the file that went in; empty for none
        seconds DOUBLE,    -- of work
        created VARCHAR,   -- when it was finished, UTC, as ISO 8601 has it
        versions JSON,     -- of the libraries
        revision VARCHAR   -- the commit of Hardlook's checkout; empty outside one
    """,
    "progress": """
        -- a row a unit of work that was committed
        unit VARCHAR PRIMARY KEY,  -- its name
        seconds DOUBLE             -- that it took
    """,
}
"""The tables of every run's file, beside those of its kind."""

USERS_OWN = "a column of the user's own, as the input has it"
"""What a further column of `images` is."""


def tables_for(kind: str, *, d: int = 0, k: int = 0) -> list[str]:
    """DDL statements of one kind of run. d: embedding dimension, k: number of classes, where a table has them."""
    return _made(get_kind(kind).tables, d=d, k=k)


def begun_as(run_id: str) -> str:
    """The statement that has an unfinished file say whose it is; the run's whole row takes its place at the end."""
    return f"INSERT INTO run (run_id) SELECT {quoted(run_id)} WHERE NOT EXISTS (FROM run)"


def comments_of(table: str, kind: str = "") -> dict[str, str]:
    """Column -> what it is, with `columns.TABLE` first; {} for a table that neither items nor a run of the kind has."""
    known = find_kind(kind)
    columns = {**OF_ITEMS, **OF_RUNS, **({**known.tables, **known.further} if known else {})}.get(table)
    return described(columns) if columns else {}


def made_when_written(kind: str, name: str) -> str:
    """The DDL statement of a table that only the runs have which write it, for good or for a while; else ""."""
    known = get_kind(kind)
    columns = {**known.scratch, **known.further}.get(name)
    return _made({name: columns})[0] if columns else ""


def is_scratch(kind: str, name: str) -> bool:
    """Whether a table is dropped before a run of this kind is published."""
    return name in get_kind(kind).scratch


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier. Raises BadInput on an empty name or one with a NUL."""
    if not name or "\x00" in name:
        raise BadInput(f"{name!r} cannot be a column name.", "Rename the column in the manifest.")
    return '"' + name.replace('"', '""') + '"'


def quoted(text: str) -> str:
    """A SQL string literal, for statements that take no bound value."""
    return "'" + text.replace("'", "''") + "'"


def _made(tables: Mapping[str, str], *, d: int = 0, k: int = 0) -> list[str]:
    return [
        f"CREATE TABLE IF NOT EXISTS {identifier(name)} ({columns.format(d=int(d), k=int(k))}\n)"
        for name, columns in tables.items()
    ]


RUN = "; ".join(_made(OF_RUNS))
"""The same as SQL."""


def items(own: Mapping[str, str]) -> str:
    """The tables of an items file as SQL. own: the user's columns of images -> their types, in one statement with the
    others: a table of thousands is copied whole for each that is added.
    """
    images, *others = _made(OF_ITEMS)
    columns = "".join(f", {identifier(name)} {kind}" for name, kind in own.items())
    return "; ".join([f"{images.removesuffix(')')}{columns})", *others])
