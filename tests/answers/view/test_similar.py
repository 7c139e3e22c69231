from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answers.view.reader import Reader, open_reader
from core.answers.view.similar import embedding_run, most_similar, nearest_of_all, nearest_of_class, vector_of
from core.store.vectors import read_rows
from core.types import Floats, Ints
from tests.audits import Made, build_audit, publish


@pytest.fixture(scope="module")
def vectors() -> Floats:
    """Four dimensions, an exact copy, a row of zeros and one of NaN."""
    found = np.random.default_rng(3).normal(size=(120, 4)).astype(np.float32)
    found[7], found[30], found[31] = found[5], 0, np.nan
    return found


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, vectors: Floats) -> tuple[Made, Reader, str]:
    made = build_audit(tmp_path_factory.mktemp("audits"), runs=False)
    ids = np.arange(len(vectors), dtype=np.int32)
    run = publish(made.audit, "embed", "ours", {"embedding": {"image_id": ids, "vector": vectors}})
    return made, open_reader(made.audit), run


def by_hand(vectors: Floats, query: int, among: Ints, k: int) -> list[int]:
    """The plain definition in float64: largest cosine first, equal ones by id."""
    v = vectors.astype(np.float64)
    cosine = {}
    for i in among:
        length = np.linalg.norm(v[i]) * np.linalg.norm(v[query])
        if np.isfinite(v[i]).all():
            cosine[int(i)] = float(v[i] @ v[query] / length) if length else 0.0
    return sorted(cosine, key=lambda i: (-round(cosine[i], 6), i))[:k]


def test_the_nearest_are_those_of_a_plain_loop_whatever_the_blocks(vectors: Floats) -> None:
    ids = np.arange(len(vectors))
    for step in (1, 7, 120):
        blocks = [(ids[start : start + step], vectors[start : start + step]) for start in range(0, 120, step)]
        found = most_similar(vectors[5], blocks, 9)
        assert found.ids.tolist() == by_hand(vectors, 5, ids, 9)
        assert found.ids[:2].tolist() == [5, 7]
        assert (np.diff(found.similarity) <= 1e-6).all()
        assert found.similarity[0] == pytest.approx(1)


def test_images_without_a_vector_are_never_near_and_a_vector_of_zeros_is_like_nothing(vectors: Floats) -> None:
    ids = np.arange(len(vectors))
    assert 31 not in most_similar(vectors[5], [(ids, vectors)], 500).ids
    assert most_similar(vectors[30], [(ids, vectors)], 3).similarity.tolist() == [0, 0, 0]
    assert len(most_similar(vectors[5], [], 3).ids) == 0


def test_the_nearest_of_a_class_are_of_that_class_and_not_the_image_itself(
    embedded: tuple[Made, Reader, str], vectors: Floats
) -> None:
    made, reader, run = embedded
    label = int(made.labels[5])
    members = np.flatnonzero((made.labels == label) & (np.arange(120) != 5))
    found = nearest_of_class(reader, run, vectors[5], label, 6, but=5)
    assert [near.key for near in found] == [made.keys[i] for i in by_hand(vectors, 5, members, 6)]
    assert {near.given for near in found} == {reader.class_names[label]}
    assert all(near.source.startswith("data:image/webp;base64,") for near in found)


def test_the_nearest_of_all_tell_how_far_they_are(embedded: tuple[Made, Reader, str], vectors: Floats) -> None:
    _, reader, run = embedded
    told: list[tuple[int, int]] = []
    found = nearest_of_all(reader, run, vectors[5], 10, advance=lambda done, total: told.append((done, total)))
    assert found.ids.tolist() == by_hand(vectors, 5, np.arange(120), 10)
    assert told[-1] == (120, 120)


def test_rows_are_read_by_id_and_absent_ones_are_left_out(embedded: tuple[Made, Reader, str], vectors: Floats) -> None:
    made, reader, run = embedded
    read = {int(i): v for ids, part in read_rows(made.audit, run, np.array([3, 99, 4, 5000])) for i, v in zip(ids, part, strict=True)}  # fmt: skip  # noqa: E501
    assert sorted(read) == [3, 4, 99]
    np.testing.assert_array_equal(read[99], vectors[99])
    assert vector_of(reader, run, 31) is None
    assert vector_of(reader, run, 5000) is None
    assert list(read_rows(made.audit, run, np.array([], np.int32))) == []


def test_the_embedding_is_the_score_s_own_else_the_newest(tmp_path: Path, reader: Reader) -> None:
    assert embedding_run(open_reader(build_audit(tmp_path, n=20, runs=False).audit)) is None
    run = embedding_run(reader)
    assert run is not None
    assert run.kind == "embed"
