"""The images nearest to one vector by cosine, exactly: NumPy over blocks of the stored vectors, and no index.

Within a class only that class's rows are read, so that a dialog may ask at any size. Over a whole data set every
vector is read once: about a second for 1 GB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ...images.data_uri import data_uri
from ...store import lookups, views
from ...store.thumbnails import read_thumbnails
from ...store.vectors import read_rows
from ...types import Floats, Ints, Run
from .choices import ScoreChoice
from .reader import Reader


@dataclass(frozen=True)
class Ranked:
    """ids: (m,) int32, most similar first. similarity: (m,) float32 in -1..1."""

    ids: Ints
    similarity: Floats


@dataclass(frozen=True)
class Neighbour:
    """An image near another, ready to draw. similarity: cosine in -1..1."""

    key: str
    source: str
    given: str
    split: str
    similarity: float


def embedding_run(reader: Reader, score: ScoreChoice | None = None) -> Run | None:
    """The embedding that a score was made from, else the last of `embeddings`; None before any."""
    made_from = next((info.encoder_run for info in reader.scores if score and info.address == score.address), "")
    runs = embeddings(reader)
    return next((run for run in runs if run.run_id == made_from), runs[-1] if runs else None)


def embeddings(reader: Reader) -> list[Run]:
    """Embeddings made for grids, then those of their own, the oldest of each first."""
    return sorted((run for run in reader.hub.runs if run.kind == "embed"), key=lambda run: not run.grid)


def vector_of(reader: Reader, run_id: str, image_id: int) -> Floats | None:
    """(d,) float32, None for an image that could not be embedded."""
    for _, vectors in read_rows(reader.hub.audit, run_id, np.array([image_id])):
        if np.isfinite(vectors[0]).all():
            return np.array(vectors[0])
    return None


def nearest_of_class(reader: Reader, run_id: str, vector: Floats, label: int, k: int, *, but: int) -> list[Neighbour]:
    """The k images of a class whose vectors are nearest. but: an image that is left out, the one asked about."""
    ids = np.flatnonzero(reader.labels == label)
    return neighbours(reader, most_similar(vector, read_rows(reader.hub.audit, run_id, ids[ids != but]), k))


def nearest_of_all(
    reader: Reader, run_id: str, vector: Floats, k: int, *, advance: Callable[[int, int], None]
) -> Ranked:
    """The k images nearest to a vector, among all. advance: told how many have been compared, and of how many."""
    vectors = views.vectors(reader.hub, run_id)

    def blocks() -> Iterable[tuple[Ints, Floats]]:
        for rows, block in vectors.blocks():
            yield np.arange(rows.start, rows.stop), block
            advance(rows.stop, len(vectors))

    return most_similar(vector, blocks(), k)


def neighbours(reader: Reader, ranked: Ranked) -> list[Neighbour]:
    """Ranked images with what is drawn of them."""
    rows = lookups.image_rows(reader.hub, ranked.ids)
    thumbnails = read_thumbnails(reader.hub.audit, [row["content_hash"] for row in rows])
    return [
        Neighbour(
            row["key"], data_uri(thumbnails.get(row["content_hash"])), reader.class_name(row["label"]), row["split"],
            float(similarity),
        )
        for row, similarity in zip(rows, ranked.similarity, strict=True)
    ]  # fmt: skip


def most_similar(vector: Floats, blocks: Iterable[tuple[Ints, Floats]], k: int) -> Ranked:
    """The k rows nearest to a vector by cosine, equal ones by id; rows with NaN are left out.

    vector: (d,), finite. blocks: (ids (b,), vectors (b, d)), each id once. Memory is one block and k rows.
    """
    tiny = float(np.finfo(np.float32).tiny)  # a vector of zeros is like nothing, and no division by zero
    unit = vector / max(float(np.linalg.norm(vector)), tiny)
    ids, similarity = np.empty(0, np.int32), np.empty(0, np.float32)
    for block_ids, block in blocks:
        length = np.sqrt(np.einsum("nd,nd->n", block, block))
        with np.errstate(invalid="ignore"):  # NaN stays NaN, and goes
            cosine = block @ unit / np.maximum(length, tiny)
        known = np.isfinite(cosine)
        ids = np.concatenate([ids, block_ids[known].astype(np.int32)])
        similarity = np.concatenate([similarity, cosine[known].astype(np.float32)])
        # Rounded as far as sums in another order agree, so that exact copies come in the order of their ids.
        order = np.lexsort((ids, -np.round(similarity, 6)))[:k]
        ids, similarity = ids[order], similarity[order]
    return Ranked(ids, similarity)
