"""The database of a comparison: the files of both states attached, each once, and tables that are made of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from ..database.connect import attach
from ..database.damage import damage_of, reading, refuse_other_images

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class ComparisonDatabase:
    """An in-memory DuckDB. Its tables are those of `matching.py`: before, after, pair."""

    connection: duckdb.DuckDBPyConnection
    aliases: dict[Path, str] = field(default_factory=dict)

    def alias(self, path: Path) -> str:
        """The name under which a file is attached. Both states may be of the same one, which DuckDB attaches once."""
        if path not in self.aliases:
            name = f"file{len(self.aliases)}"
            with reading(path):
                attach(self.connection, path, name)
                if path.name.startswith("items-"):
                    refuse_other_images(self.connection, name, path)
            self.aliases[path] = name
        return self.aliases[path]

    def run(self, query: str, values: list[Any] | dict[str, Any] | None = None) -> None:
        """Execute one statement with bound values."""
        with self._asking():
            self.connection.execute(query, values)

    def rows(self, query: str, values: list[Any] | dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows of one query, each by column."""
        with self._asking():
            found = self.connection.execute(query, values)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def arrays(self, query: str, values: list[Any] | dict[str, Any] | None = None) -> dict[str, NDArray[Any]]:
        """Columns without NULL as NumPy."""
        with self._asking():
            found = self.connection.execute(query, values).fetchnumpy()
        return {name: np.ma.getdata(column) for name, column in found.items()}

    def table(self, query: str, values: list[Any] | dict[str, Any] | None = None) -> pa.Table:
        """The rows of one query as an Arrow table."""
        with self._asking():
            return self.connection.sql(query, params=values).to_arrow_table()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """One question. Raises Unreadable naming the file where that is why it fails."""
        try:
            yield
        except duckdb.Error as error:
            for path in self.aliases:
                if path.exists() and (damaged := damage_of(path)):
                    raise damaged from error
            raise


@contextmanager
def comparing() -> Iterator[ComparisonDatabase]:
    """A comparison without anything in it, let go of on the way out."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET enable_progress_bar = false")  # it would be drawn over what a command prints
    try:
        yield ComparisonDatabase(connection)
    finally:
        connection.close()
