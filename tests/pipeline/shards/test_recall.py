"""What share of its neighbours a search in clusters is said to find: of which pairs, on which images, how sure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.maths.clusters.centres import find_centres, nearest_centres
from core.maths.duplicates import THRESHOLD
from core.maths.neighbors import build, nearest
from core.maths.vectors import unit_rows
from core.metrics.intervals import share_estimate
from core.pipeline.shards.begun import stages_of
from core.pipeline.shards.clusters import centres, steps
from core.pipeline.shards.clusters.recall import _of_queries
from core.types import UNLABELLED
from tests.pipeline.shards.planted import Array, mixture, planted, scored
from tests.pipeline.shards.test_neighbors import merged

N, LIKE, COPIES = 6000, 750, 1000


@pytest.fixture(autouse=True)
def many_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a few thousand images, of which a search misses some."""
    monkeypatch.setattr(steps, "EXACT_UP_TO", 500)
    monkeypatch.setattr(steps, "MOST_PROBED", 1)


def drawn() -> tuple[Array, Array, Array]:
    """Vectors, labels and hashes: the first 1,000 have a copy, and of those 750 five or six near ones."""
    generator = np.random.default_rng(4)
    vectors, labels = generator.normal(size=(N, 16)), generator.integers(0, 3, N)
    start = N - COPIES
    vectors[start:] = vectors[:COPIES]
    vectors[LIKE:start] = vectors[np.arange(start - LIKE) % LIKE]
    vectors[LIKE:start] += 0.12 * generator.normal(size=(start - LIKE, 16))
    hashes = np.array([f"content {row}" for row in range(N)])
    hashes[start:] = hashes[:COPIES]
    return vectors, labels, hashes


def shares(told: dict[str, Array], clusters: dict[str, Array], vectors: Array, hashes: Array) -> Array:
    """By brute force, of each image that the share is told on: what share of its near copies its clusters hold; NaN
    where it has none."""
    queries = clusters["query_row"][1::2]
    similarity, rows = nearest(build(vectors), vectors[queries], 10, query_rows=queries)
    counts = (similarity >= THRESHOLD) & (hashes[rows] != hashes[queries][:, None])
    own = nearest_centres(clusters["centres"], unit_rows(vectors), 1)[:, 0]
    searched = nearest_centres(clusters["centres"], unit_rows(vectors[queries]), int(told["probes"]))
    held = (own[rows][:, :, None] == searched[:, None, :]).any(axis=2)
    return np.array([held[at][counts[at]].mean() if counts[at].any() else np.nan for at in range(len(queries))])


@pytest.mark.parametrize("labelled", [True, False])
def test_the_share_is_the_mean_over_images_of_near_copies_that_are_no_copies(tmp_path: Path, labelled: bool) -> None:
    vectors, labels, hashes = drawn()
    labels = labels if labelled else np.full(N, UNLABELLED)
    folder = planted(tmp_path / "shards", vectors, labels, rows=2000, hashes=hashes, classes=3 if labelled else 0)
    _, said = scored(folder, "duplicates")
    told = dict(merged(folder, "recall"))
    expected = shares(told, dict(merged(folder, "centres")), vectors, hashes)
    expected = expected[~np.isnan(expected)]
    value, low, high, of = told["pairs"]
    assert value == pytest.approx(expected.mean())
    assert of == len(expected) > 50
    assert low < value < high < 1
    assert f"estimated by brute force on {of:.0f} images with such a pair, as the mean of their shares" in said


def test_copies_are_no_near_copies_and_equal_vectors_of_other_content_are(tmp_path: Path) -> None:
    vectors, labels = mixture(N, 64, 3, 4, groups=40, noise=1.0)
    vectors[N // 2 :] = vectors[: N // 2]
    alike = np.arange(N) % (N // 2)
    copies = planted(
        tmp_path / "copies", vectors, labels, rows=2000, hashes=np.array([f"content {at}" for at in alike])
    )
    _, said = scored(copies, "duplicates")
    assert "3,000 groups of identical images, 0 of near-identical ones" in said
    assert "how many of the near-identical pairs are found could not be estimated: the sample has none" in said
    others = planted(tmp_path / "others", vectors, labels, rows=2000)
    _, said = scored(others, "duplicates")
    assert "0 groups of identical images, 3,000 of near-identical ones" in said
    assert merged(others, "recall")["pairs"][[0, 3]].tolist() == [1, 500]


@pytest.mark.parametrize("n", [40, 1500, 6000])
def test_no_centre_is_fitted_to_an_image_on_which_the_share_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    monkeypatch.setattr(steps, "EXACT_UP_TO", 10)
    seen: list[Array] = []

    def watched(unit: Array, count: int) -> Array:
        seen.append(unit)
        return find_centres(unit, count)

    monkeypatch.setattr(centres, "find_centres", watched)
    vectors, labels = mixture(n, 16, 3, 4)
    folder = planted(tmp_path / "shards", vectors, labels, rows=n // 2)
    scored(folder, "duplicates")
    (spec,) = stages_of(folder, "centres")
    told = centres.Centres(folder, spec).merge(range(folder.count))  # in this process
    (fitted,) = seen
    sample = sum(len(np.load(path)["row"]) for path in folder.path.glob("centres-*/part-*"))
    assert len(told["query_row"]) == min(1000, sample // 2)
    assert len(fitted) == sample - len(told["query_row"]) >= min(50 * len(told["centres"]), n) // 2
    assert not {row.tobytes() for row in unit_rows(told["query_vector"])} & {row.tobytes() for row in fitted}


def test_the_interval_holds_the_share_where_neighbours_of_an_image_are_found_together() -> None:
    generator = np.random.default_rng(0)
    truth, held, of_pairs = 0.8, 0, 0
    for _ in range(400):
        ranks = np.repeat(generator.random((60, 1)) > truth, 10, axis=1).astype(int)
        of_images = _of_queries(ranks, np.ones_like(ranks, bool), 1)
        pairs = share_estimate(int((ranks < 1).sum()), ranks.size)
        held += of_images.low <= truth <= of_images.high
        of_pairs += pairs.low <= truth <= pairs.high
    assert held / 400 >= 0.92
    assert of_pairs / 400 < 0.6  # why images are counted
