"""What tables and columns are, in the file itself: `SELECT comment FROM duckdb_columns()` in any DuckDB."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from ...kinds.columns import TABLE
from . import schema

_UNSAID = """
    SELECT table_name, '' AS column_name FROM duckdb_tables() WHERE database_name = 'written' AND comment IS NULL
    UNION ALL SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'written' AND comment IS NULL
"""


MOST_OF_USERS = 200
"""Columns of the user's own of which each is said to be one: DuckDB copies a table for each comment, which takes a
minute for thousands of columns, and the table's own comment says it too."""


def write_comments(connection: duckdb.DuckDBPyConnection, kind: str = "") -> None:
    """Say of every table and column of the file that is being written what it is, as the schema has it.

    kind: of the run; "" for an items file. Those of which something more exact was said keep it.
    """
    unsaid = connection.execute(_UNSAID).fetchall()
    of_tables = {table: schema.comments_of(table, kind) for table, _ in unsaid}
    said = {(table, column): words for table, column in unsaid if (words := of_tables[table].get(column))}
    own = [(table, column) for table, column in unsaid if table == "images" and (table, column) not in said]
    comment(connection, said | dict.fromkeys(own[:MOST_OF_USERS], schema.USERS_OWN))


def comment(connection: duckdb.DuckDBPyConnection, said: Mapping[tuple[str, str], str]) -> None:
    """Write comments. said: (table, column, or TABLE for the table itself) -> words."""
    for (table, column), words in said.items():
        of = f"TABLE {schema.identifier(table)}"
        if column != TABLE:
            of = f"COLUMN {schema.identifier(table)}.{schema.identifier(column)}"
        connection.execute(f"COMMENT ON {of} IS {schema.quoted(words)}")  # which takes no bound value
