"""Reading: a hub attaches the published files read-only; each function is one question, SQL in, arrays out.

A hub is made for one set of files and never sees later ones: a new run means a new hub (`hub_key` says when).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from ..errors import Unreadable
from ..files.opened import closed_on_error
from ..types import HARDER_LOW, UNLABELLED, Dynamics, Floats, Ints, Run, RunSpec, ScoreInfo
from .audit import Audit
from .database.connect import attach
from .database.damage import damage_of, reading, refuse_other_images
from .database.schema import identifier
from .vectors import StoredVectors

if TYPE_CHECKING:
    import pyarrow as pa  # loaded by DuckDB where a table is asked for: pages ask for rows and arrays


def hub_key(audit: Audit) -> tuple[str, ...]:
    """What a hub was made from; when it differs, make a new hub and drop the old one."""
    # The same images ingested from another place keep their fingerprint and get new paths.
    published = audit.items_path.stat().st_mtime_ns
    return (f"{audit.items_fingerprint} {published}", *(run.run_id for run in audit.runs()))


@dataclass(frozen=True)
class Hub:
    """An in-memory DuckDB with the audit's files attached. One cursor per query makes it safe across threads."""

    audit: Audit
    runs: tuple[Run, ...]
    connection: duckdb.DuckDBPyConnection

    def table(self, query: str, values: list[Any] | dict[str, Any] | None = None) -> pa.Table:
        """Run one query with bound values, for many rows of several columns."""
        with self._asking():
            return self.connection.cursor().sql(query, params=values).to_arrow_table()

    def rows(self, query: str, values: list[Any] | dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The same for few rows, each by column."""
        with self._asking():
            found = self.connection.cursor().sql(query, params=values)
            return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]

    def arrays(self, query: str, values: list[Any] | dict[str, Any] | None = None) -> dict[str, NDArray[Any]]:
        """The same as NumPy by column. Only in a column of numbers may there be NULL, which is NaN then, so all floats.

        Not by way of Arrow, whose `to_numpy` imports pandas: a quarter of a second and 40 MB in a server's first page.
        """
        with self._asking():
            found = self.connection.cursor().sql(query, params=values).fetchnumpy()
        return {name: _filled(column) for name, column in found.items()}

    def columns(self, names: str, source: str, values: list[Any] | None = None) -> dict[str, NDArray[Any]]:
        """Columns of a table that has a row for each image, in image_id order.

        names, source: as SQL has them after SELECT and FROM, written in this code. The rows nearly always lie in that
        order, which only a look tells: to sort a million takes the database twice as long as to read them, and 30 MB.
        """
        found = self.arrays(f"SELECT image_id, {names} FROM {source}", values)
        ids = found.pop("image_id")
        if (ids[1:] > ids[:-1]).all():
            return found
        order = np.argsort(ids, kind="stable")
        return {name: column[order] for name, column in found.items()}

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """One question. Raises Unreadable naming the file where that is why it fails; a run is passed over then."""
        try:
            yield
        except duckdb.Error as error:
            for path in (self.audit.items_path, *(self.audit.run_path(run.run_id) for run in self.runs)):
                if path.exists() and (damaged := damage_of(path)):
                    raise damaged from error
            raise

    def alias(self, run_id: str) -> str:
        """The attached name of a run's file."""
        for index, run in enumerate(self.runs):
            if run.run_id == run_id:
                return f"run{index}"
        raise KeyError(run_id)


def _filled(column: NDArray[Any]) -> NDArray[Any]:
    """A column of numbers with NaN for NULL. Raises TypeError on NULL in a column of anything else."""
    if not np.ma.is_masked(column):
        return np.ma.getdata(column)
    if column.dtype.kind not in "iuf":
        raise TypeError(f"NULL in a column of {column.dtype}: ask the database for something else in its place")
    return np.ma.filled(column if column.dtype.kind == "f" else column.astype(np.float64), np.nan)


def open_hub(audit: Audit, only: Iterable[Run] | None = None, *, items: str | None = None) -> Hub:
    """Attach the current items and every finished run computed from them, or only the runs that are given.

    items: the fingerprint of an earlier state of the images, whose runs are given.
    """
    items_path = audit.items_path if items is None else audit.items_file(items)
    attached: list[Run] = []
    with closed_on_error(duckdb.connect(":memory:")) as connection:
        with reading(items_path):
            attach(connection, items_path, "items")
            refuse_other_images(connection, "items", items_path)
        for run in audit.runs() if only is None else only:
            path = audit.run_path(run.run_id)
            try:
                with reading(path):
                    attach(connection, path, f"run{len(attached)}")
            except Unreadable:
                if only is not None or path.exists():
                    raise
                continue  # deleted since the folder was listed
            attached.append(run)
    return Hub(audit, tuple(attached), connection)


def classes(hub: Hub) -> list[str]:
    """Class names in label order."""
    return [row["name"] for row in hub.rows("SELECT name FROM items.classes ORDER BY label")]


def images(hub: Hub, columns: str = "image_id, key, path, row, label, split, content_hash") -> pa.Table:
    """One row per image in image_id order. `columns` is written in this code, never taken from a user."""
    return hub.table(f"SELECT {columns} FROM items.images ORDER BY image_id")


def labels(hub: Hub) -> Ints:
    """(n,) given labels, UNLABELLED where there is none."""
    return hub.columns(f"coalesce(label, {UNLABELLED}) AS v", "items.images")["v"]


def embedding(hub: Hub, run_id: str) -> Floats:
    """(n, d) float32 in image_id order, in one contiguous array."""
    return np.asarray(vectors(hub, run_id))


def vectors(hub: Hub, run_id: str) -> StoredVectors:
    """The same, for reading in blocks."""
    return StoredVectors(hub.audit, run_id)


def score_infos(hub: Hub) -> list[ScoreInfo]:
    """Every stored score column, oldest run first; those read from what a grid made come before all others.

    So the last of a name is the usual one, whatever grid was trained since. What a grid made is told by the hub's runs.
    """
    of_grids = {run.run_id for run in hub.runs if run.grid}
    infos = [
        ScoreInfo(run_id=run.run_id, address=f"{run.run_id}:{row['name']}", **row)
        for run in hub.runs
        if run.kind == "score"
        for row in _score_columns(hub, run.run_id)
    ]
    return sorted(infos, key=lambda info: of_grids.isdisjoint((info.encoder_run, info.model_run)))


def _score_columns(hub: Hub, run_id: str) -> list[dict[str, Any]]:
    rows = hub.rows(f"SELECT * FROM {hub.alias(run_id)}.score_column ORDER BY name")
    return [{**row, "parameters": json.loads(row["parameters"])} for row in rows]


def score(hub: Hub, address: str) -> Floats:
    """(n,) float32 of one score column, in image_id order."""
    run_id, name = address.split(":", 1)
    return hub.columns("value", f"{hub.alias(run_id)}.score WHERE name = ?", [name])["value"]


def score_hard_end_up(hub: Hub, address: str) -> Floats:
    """(n,) a score whose highest values are the hardest, or most suspect; as stored where its direction is unknown."""
    info = next((info for info in score_infos(hub) if info.address == address), None)
    return harder_high(score(hub, address), info.direction if info else None)


def harder_high(values: Floats, direction: int | None) -> Floats:
    """(n,) values whose highest are the hardest. direction: as a score's column has it, None where it is not known."""
    return np.negative(values) if direction == HARDER_LOW else values


def points(hub: Hub, run_id: str) -> tuple[Floats, Floats]:
    """(n,) float32 x and y of a projection in image_id order; NaN for an image without a vector."""
    found = hub.columns("x, y", f"{hub.alias(run_id)}.point")
    return found["x"], found["y"]


def column(hub: Hub, name: str) -> NDArray[Any]:
    """(n,) one column of the images table in image_id order: split, true_label, content_hash, key …"""
    return hub.columns(f"{identifier(name)} AS v", "items.images")["v"]


def true_labels(hub: Hub) -> Ints | None:
    """(n,) true labels, UNLABELLED where not known; None if the data set has none. To evaluate by alone."""
    values = hub.columns(f"coalesce(true_label, {UNLABELLED}) AS v", "items.images")["v"]
    return values if (values != UNLABELLED).any() else None


def predictions(hub: Hub, run_id: str, names: str = "* EXCLUDE (image_id)") -> dict[str, NDArray[Any]]:
    """Columns of a model's predictions in image_id order, without the top five.

    names: of the columns, written in this code and never taken from a user. predicted is UNLABELLED for an image
    without a prediction; correct is False there and where there is no label.
    """
    known = f"coalesce(predicted, {UNLABELLED}) AS predicted, coalesce(correct, false) AS correct"
    return hub.columns(names, f"(SELECT * EXCLUDE (top5) REPLACE ({known}) FROM {hub.alias(run_id)}.prediction)")


def probabilities(hub: Hub, run_id: str) -> Floats:
    """(n, n_classes) float32 class probabilities of a model, in image_id order."""
    return _matrix(hub.table(f"SELECT probs AS v FROM {hub.alias(run_id)}.probability ORDER BY image_id")["v"])


def dynamics(hub: Hub, run_id: str) -> Dynamics | None:
    """What a training run saw of each image after each epoch, (n, epochs); None if it kept none (imported models)."""
    found = hub.arrays(f"SELECT * EXCLUDE (image_id) FROM {hub.alias(run_id)}.dynamics ORDER BY image_id, epoch")
    epochs = len(np.unique(found.pop("epoch")))
    return Dynamics(**{name: values.reshape(-1, epochs) for name, values in found.items()}) if epochs else None


def _matrix(vectors: pa.ChunkedArray) -> Floats:
    """A fixed-size list column as one contiguous (n, d) array."""
    whole = vectors.combine_chunks()
    return np.asarray(whole.flatten().to_numpy()).reshape(len(whole), whole.type.list_size)


def reusable_vectors(audit: Audit, spec: RunSpec) -> tuple[Ints, Floats]:
    """Vectors of the current images that earlier states of the data already have: (m,) image ids, (m, d) float32.

    Only from runs of the same encoder, weights and parameters; matched by content hash.
    """
    connection = duckdb.connect(":memory:")
    attach(connection, audit.items_path, "items")
    ids, vectors = np.empty(0, np.int32), np.empty((0, 0), np.float32)
    for index, run in enumerate(reversed(audit.runs(spec.kind, current=False))):
        older = audit.items_file(run.inputs.get("items", ""))
        same = (run.name, run.weights, dict(run.parameters)) == (spec.name, spec.weights, dict(spec.parameters))
        if not same or not older.exists() or older == audit.items_path:
            continue
        attach(connection, older, f"items{index}")
        attach(connection, audit.run_path(run.run_id), f"run{index}")
        table = connection.sql(
            f"""SELECT now.image_id, any_value(e.vector) AS vector FROM items.images AS now
            JOIN items{index}.images AS old USING (content_hash)
            JOIN run{index}.embedding AS e ON e.image_id = old.image_id
            WHERE NOT isnan(e.vector[1]) GROUP BY now.image_id ORDER BY now.image_id"""
        ).to_arrow_table()
        found, fresh = table["image_id"].to_numpy(), ~np.isin(table["image_id"].to_numpy(), ids)
        ids = np.concatenate([ids, found[fresh]])
        more = _matrix(table["vector"])[fresh]
        vectors = np.concatenate([vectors.reshape(-1, more.shape[1]), more])
    return ids, vectors


def typical_side(hub: Hub) -> int:
    """The median of the images' shorter sides, in pixels."""
    (row,) = hub.rows("SELECT CAST(median(least(width, height)) AS INTEGER) AS side FROM items.images")
    return int(row["side"])
