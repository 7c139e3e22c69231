"""Vectors and probabilities that somebody has already, as runs of an audit that are like those computed here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from io import BytesIO

import numpy as np

from ..kinds.embed import ARRAYS
from ..progress import Reporter
from ..store.audit import Audit
from ..store.cache import write_whole
from ..store.writer import RunWriter, Stopwatch
from ..types import Floats, RunSpec
from .steps import Done, compute
from .training.import_predictions import import_predictions


def store_vectors(audit: Audit, vectors: Floats, reporter: Reporter, *, name: str = "features") -> Done:
    """Keep vectors as an embedding. vectors: (n, d) float32 of every image in image_id order, finite."""
    digest = hashlib.blake2b(np.ascontiguousarray(vectors).tobytes(), digest_size=16).hexdigest()
    parameters = {"source": ARRAYS, "dimension": vectors.shape[1]}
    spec = RunSpec("embed", name, {"items": audit.items_fingerprint}, parameters, weights=digest)

    def work(writer: RunWriter) -> None:
        if "vectors" not in writer.finished():
            watch, ids = Stopwatch(), np.arange(len(vectors), dtype=np.int32)
            writer.commit("vectors", {"embedding": {"image_id": ids, "vector": vectors}}, seconds=watch.lap())

    return compute(audit, spec, work, reporter, d=vectors.shape[1])


def store_probabilities(
    audit: Audit, probabilities: Floats, classes: Sequence[str], reporter: Reporter, *, name: str, trained_on: str
) -> Done:
    """Keep a model's probabilities as `hardlook import-predictions` does, and its file in the audit's cache.

    probabilities: (n, K) of every image in image_id order. classes: (K,) the columns' classes. trained_on: a split,
    "all" or "none".
    """
    file = audit.cache / f"{name}.npy"
    write_whole(file, _as_file(probabilities))
    return import_predictions(
        audit, file, reporter, name=name, kind="probabilities", by_order=True, classes=classes, trained_on=trained_on
    )


def _as_file(array: Floats) -> bytes:
    held = BytesIO()
    np.save(held, array, allow_pickle=False)
    return held.getvalue()
