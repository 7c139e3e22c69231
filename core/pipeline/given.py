"""Vectors and probabilities that somebody has already, as runs of an audit that are like those computed here."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO

import numpy as np

from ..kinds.embed import ARRAYS, TEXT_VECTOR
from ..maths.vectors import block_rows
from ..progress import Advance, Reporter
from ..store.audit import Audit
from ..store.cache import write_whole
from ..store.writer import RunWriter, Stopwatch
from ..types import Floats, Ints, RunSpec
from .steps import Done, compute
from .training.import_predictions import import_predictions


class GivenVectors(ABC):
    """Vectors of an audit's images that were computed elsewhere.

    shape: (n, d), n the audit's images. texts: text -> (d,) float32 in the same space.
    """

    def __init__(self, shape: tuple[int, int], texts: Mapping[str, Floats]) -> None:
        self.shape, self.texts = shape, texts

    @abstractmethod
    def check(self, advance: Advance) -> None:
        """Raise BadInput on vectors that cannot be used."""

    @abstractmethod
    def blocks(self) -> Iterator[tuple[Ints, Floats]]:
        """Image ids (b,), rising, and their vectors (b, d) float32; images without one are left out."""


class _Array(GivenVectors):
    """All of them in one array, checked where it was taken."""

    def __init__(self, vectors: Floats) -> None:
        super().__init__((vectors.shape[0], vectors.shape[1]), {})
        self._vectors = vectors

    def check(self, advance: Advance) -> None:
        """Nothing is left to do."""

    def blocks(self) -> Iterator[tuple[Ints, Floats]]:
        """Parts of it."""
        for rows in block_rows(*self.shape):
            yield np.arange(rows.start, rows.stop, dtype=np.int32), self._vectors[rows]


def store_vectors(audit: Audit, vectors: Floats, reporter: Reporter, *, name: str = "features") -> Done:
    """Keep vectors as an embedding. vectors: (n, d) float32 of every image in image_id order, finite."""
    digest = hashlib.blake2b(np.ascontiguousarray(vectors).tobytes(), digest_size=16).hexdigest()
    parameters = {"source": ARRAYS, "dimension": vectors.shape[1]}
    spec = RunSpec("embed", name, {"items": audit.items_fingerprint}, parameters, weights=digest)
    return keep_vectors(audit, spec, _Array(vectors), reporter)


def keep_vectors(audit: Audit, spec: RunSpec, given: GivenVectors, reporter: Reporter) -> Done:
    """The one way in which vectors from elsewhere become an embedding: all are checked before the first is kept."""
    n, d = given.shape

    def work(writer: RunWriter) -> None:
        watch, finished = Stopwatch(), writer.finished()
        with reporter.bar("check", "vectors") as advance:
            given.check(advance)
        with reporter.bar("import") as advance:
            for ids, vectors in given.blocks():
                unit = f"rows {ids[0]}"
                if unit not in finished:
                    writer.commit(unit, {"embedding": {"image_id": ids, "vector": vectors}}, seconds=watch.lap())
                advance(int(ids[-1]) + 1, n)
        if given.texts and "texts" not in finished:
            texts = {"text": list(given.texts), "vector": [vector.tolist() for vector in given.texts.values()]}
            writer.commit("texts", {TEXT_VECTOR: texts}, seconds=watch.lap())

    return compute(audit, spec, work, reporter, d=d)


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
