"""Audits made of the columns that a comparison looks at, without files behind them, by the product's own writers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.store.audit import Audit, create_audit
from core.store.database import schema
from core.store.database.partial import connect_for_writing
from core.store.writer import insert, open_run, publish_file
from core.types import RunSpec

READ = "2026-01-01T00:00:00+00:00"


def audit_of(
    folder: Path, name: str, keys: Sequence[str], contents: Sequence[str], labels: Any, classes: Sequence[str], *,
    splits: Sequence[str] | None = None, true: Any = None, read: str = READ, items: str = "",
) -> Audit:  # fmt: skip
    """An audit, or another state of one that is there. labels, true: (n,) positions in classes, -1 for none.

    read: when its images were; items: their fingerprint, made of the name and that time if "".
    """
    audit, n = create_audit(name, folder), len(keys)
    fingerprint = items or f"{name}-{read[:19].replace(':', '')}"
    partial = audit.path / "items.partial"
    connection = connect_for_writing(partial)
    connection.execute(schema.items({}))
    import pyarrow as pa

    columns = {
        "image_id": np.arange(n, dtype=np.int32), "key": pa.array(keys), "path": pa.array(keys),
        "label": _codes(labels), "split": pa.array(["train"] * n if splits is None else splits),
        "width": np.full(n, 32, np.int32), "height": np.full(n, 32, np.int32), "mode": pa.array(["RGB"] * n),
        "format": pa.array(["PNG"] * n), "bytes": np.full(n, 1, np.int64), "content_hash": pa.array(contents),
    }  # fmt: skip
    insert(connection, "images", columns if true is None else {**columns, "true_label": _codes(true)})
    insert(connection, "classes", {"label": list(range(len(classes))), "name": list(classes)})
    insert(connection, "identity", {"fingerprint": [fingerprint]})
    insert(connection, "source", {
        "path": ["/none"], "kind": ["folder"], "parameters": ["{}"], "fingerprint": [fingerprint], "created": [read],
        "note": [""],
    })  # fmt: skip
    publish_file(connection, partial, audit.items_file(fingerprint))
    audit.write_manifest(items=fingerprint)
    return audit


def embedded(audit: Audit, encoder: str = "embedded", weights: str = "one") -> str:
    """A run of an encoder without vectors in it; its id."""
    spec = RunSpec("embed", encoder, {"items": audit.items_fingerprint}, {}, weights=weights)
    with open_run(audit, spec, d=2) as writer:
        writer.publish()
        return str(writer.run_id)


def scored(
    audit: Audit, columns: Mapping[str, Any], *, suggested: Any = None, direction: int | None = 1, encoder: str = "",
    **parameters: Any,
) -> str:  # fmt: skip
    """A run with these scores, (n,) each; its id. suggested: (n,) labels, -1 for none, of every column."""
    spec = RunSpec("score", next(iter(columns)), {"items": audit.items_fingerprint}, {"labels": "given", **parameters})
    with open_run(audit, spec) as writer:
        for name, values in columns.items():
            n = len(values)
            rows = {"name": [name] * n, "image_id": np.arange(n, dtype=np.int32), "value": np.float32(values)}
            if suggested is not None:
                rows["suggested_label"] = np.asarray(suggested, np.int32)
            column = {
                "name": [name], "scorer": [name], "parameters": ["{}"], "encoder_run": [encoder], "model_run": [""],
                "direction": [direction], "fitted_on": ["train split"], "reason": [""],
            }  # fmt: skip
            writer.commit(name, {"score": rows, "score_column": column})
        writer.publish()
        return str(writer.run_id)


def _codes(labels: Any) -> Any:
    import pyarrow as pa

    codes = np.asarray(labels, np.int32)
    return pa.array(codes, mask=codes < 0)
