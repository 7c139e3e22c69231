"""Audits of any size without images: items and vectors drawn at random, written by the product's own writers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.store.audit import Audit, create_audit
from core.store.database import schema
from core.store.database.partial import connect_for_writing
from core.store.writer import open_run, publish_file
from core.types import Floats, Ints, RunSpec

ITEMS = "synthetic0000"
BLOCK = 2048  # rows in a commit, as the embedding step makes them


def labels_of(n: int, k: int) -> Ints:
    """(n,) labels drawn evenly from k classes."""
    return np.random.default_rng(0).integers(0, k, n)


def vector_blocks(labels: Ints, d: int, k: int) -> Iterator[tuple[slice, Floats]]:
    """Classes one standard deviation apart in every dimension, a block of rows at a time."""
    rng = np.random.default_rng(1)
    centres = rng.standard_normal((k, d), dtype=np.float32)
    for start in range(0, len(labels), BLOCK):
        rows = slice(start, min(start + BLOCK, len(labels)))
        noise = rng.standard_normal((rows.stop - rows.start, d), dtype=np.float32)
        yield rows, noise + centres[labels[rows]]


def synthetic_audit(folder: Path, name: str, n: int, d: int, k: int) -> tuple[Audit, str]:
    """An audit of n images in k classes, all in the training split, with one embedding of d dimensions; its run id."""
    audit = create_audit(name, folder)
    labels = labels_of(n, k)
    write_items(audit, labels, k)
    spec = RunSpec("embed", "random", {"items": ITEMS}, {"dimension": d})
    with open_run(audit, spec, d=d) as writer:
        for rows, block in vector_blocks(labels, d, k):
            ids = np.arange(rows.start, rows.stop, dtype=np.int32)
            writer.commit(f"{rows.start}-{rows.stop}", {"embedding": {"image_id": ids, "vector": block}})
        writer.publish()
    return audit, writer.run_id


def write_items(audit: Audit, labels: Ints, k: int) -> None:
    """Publish an items file with these labels and no files behind it."""
    partial = audit.path / "items.partial"
    connection = connect_for_writing(partial)
    connection.execute(schema.items({}))
    connection.register("given", {"label": labels.astype(np.int32)})
    connection.execute(
        """INSERT INTO images BY NAME SELECT i::INTEGER AS image_id, printf('%09d', i) AS key, 'none' AS path, label,
           'train' AS split, 32 AS width, 32 AS height, 'RGB' AS mode, 'PNG' AS format, 1 AS bytes,
           printf('%032x', i) AS content_hash FROM (SELECT label, row_number() OVER () - 1 AS i FROM given)"""
    )
    connection.execute("INSERT INTO classes SELECT i::INTEGER, 'class ' || i FROM range(?) AS t(i)", [k])
    publish_file(connection, partial, audit.items_file(ITEMS))
    audit.write_manifest(items=ITEMS)
