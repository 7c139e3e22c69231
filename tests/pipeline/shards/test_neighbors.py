"""Neighbours and near duplicates over shards: exact where one cluster holds all, else as good as they say."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import BadInput
from core.maths.duplicates import duplicate_groups
from core.maths.neighbors import build, nearest
from core.pipeline.shards.begun import stages_of
from core.pipeline.shards.clusters import search, steps
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.scores.columns import DOUBTED, SUGGESTED
from core.pipeline.shards.scores.duplicates import Copies, DuplicateCounts, duplicate_counts
from core.pipeline.shards.stage import Arrays, read_part
from core.scorers.duplicates import duplicates
from core.scorers.inputs import Inputs
from core.scorers.knn import knn
from core.types import UNLABELLED, ScoreColumn
from tests.pipeline.shards.made import files, staged, table
from tests.pipeline.shards.planted import Array, mixture, planted, scored

STAGES = ("centres", "clusters", "recall", "regroup", "neighbors", "copies", "duplicates", "knn")


def ordinary(vectors: Array, labels: Array, splits: Array, hashes: Array) -> tuple[ScoreColumn, ScoreColumn]:
    """What the scorers of the same names make of the same rows together."""
    fit = splits == "train"
    inputs = Inputs(
        labels=labels, n_classes=int(labels.max()) + 1, fit=fit, features=vectors, content_hashes=hashes.astype(np.str_)
    )
    (of_labels,), (of_copies,) = knn(inputs), duplicates(inputs)
    return of_labels, of_copies


def merged_of(folder: ShardFolder, kind: str) -> list[Path]:
    return list(folder.path.glob(f"{kind}-*/merged-*.npz"))


def merged(folder: ShardFolder, kind: str) -> Arrays:
    """What the shards of a stage add up to."""
    (path,) = merged_of(folder, kind)
    return dict(read_part(path))


def drawn(n: int = 700, d: int = 16, seed: int = 3) -> tuple[Array, Array, Array, Array]:
    """Vectors, labels (some none), splits and content hashes, with copies and near copies of some across splits."""
    generator = np.random.default_rng(seed)
    vectors, labels = mixture(n, d, 4, seed)
    vectors[500:540] = vectors[:40] + 0.01 * generator.normal(size=(40, d))
    vectors[540:560] = vectors[40:60]
    hashes = np.array([f"content {row}" for row in range(n)])
    hashes[540:560] = hashes[40:60]
    labels[generator.random(n) < 0.1] = UNLABELLED
    return vectors, labels, np.where(np.arange(n) < 500, "train", "test"), hashes


def hold_against(folder: ShardFolder, vectors: Array, labels: Array, splits: Array, hashes: Array) -> None:
    """Hold the shards against the scorers of the same names."""
    of_labels, of_copies = ordinary(vectors, labels, splits, hashes)
    found = table(folder, "knn")
    np.testing.assert_allclose(found["knn"].to_numpy(), of_labels.values, atol=1e-6)
    np.testing.assert_array_equal(found["knn" + SUGGESTED].to_numpy(), of_labels.suggested_label)
    np.testing.assert_array_equal(found["knn" + DOUBTED].to_numpy(zero_copy_only=False), of_labels.doubted)
    alike = table(folder, "duplicates")
    np.testing.assert_allclose(alike["duplicate"].to_numpy(), of_copies.values, atol=2e-6)
    assert of_copies.neighbors is not None
    pairs = of_copies.neighbors
    here = {(row, other) for row, others in enumerate(alike["duplicate.others"].to_pylist()) for other in others}
    assert here == set(zip(pairs.rows.tolist(), pairs.others.tolist(), strict=True))
    groups = duplicate_groups(pairs, hashes.astype(np.str_), labels, splits.tolist())
    counts = merged(folder, "duplicates")
    rows = np.split(counts["row"], np.cumsum(counts["size"])[:-1])
    assert [tuple(one.tolist()) for one in rows] == [group.rows for group in groups]
    assert counts["exact"].tolist() == [group.exact for group in groups]
    assert counts["crosses_splits"].tolist() == [group.crosses_splits for group in groups]
    assert counts["labels_differ"].tolist() == [group.labels_differ for group in groups]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> ShardFolder:
    """Scored shards, which no test changes."""
    return of_drawn(tmp_path_factory.mktemp("whole") / "shards")


def of_drawn(place: Path, **how: Any) -> ShardFolder:
    vectors, labels, splits, hashes = drawn()
    folder = planted(place, vectors, labels, rows=150, splits=splits, hashes=hashes)
    assert scored(folder, "knn", "duplicates", **how)[0].missing == {}
    return folder


def test_neighbours_within_one_cluster_are_those_of_the_ordinary_audit(whole: ShardFolder) -> None:
    hold_against(whole, *drawn())
    (spec,) = stages_of(whole, "knn")
    assert (spec.parameters["exact"], spec.parameters["recall"]) == (True, 1.0)


def test_a_file_of_neighbours_has_as_many_rows_as_a_shard_whatever_the_clusters(whole: ShardFolder) -> None:
    sizes = [len(np.load(path)) for path in sorted(whole.path.glob("neighbors-*/part-*"))]
    assert sizes == [140] * 5


@pytest.mark.slow
def test_two_processes_and_shares_make_the_same_files_as_one(whole: ShardFolder, tmp_path: Path) -> None:
    assert files(of_drawn(tmp_path / "two", workers=2)) == files(whole)
    vectors, labels, splits, hashes = drawn()
    shares = planted(tmp_path / "shares", vectors, labels, rows=150, splits=splits, hashes=hashes)
    for stage in STAGES:
        for place in (2, 1):
            staged(shares, stage, (place, 2))
    assert merged_of(shares, "duplicates") == []  # a share has not seen the others end
    scored(shares, "duplicates")
    assert files(shares) == files(whole)


@pytest.mark.slow
def test_many_clusters_find_planted_duplicates_and_say_how_many_neighbours_are_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "EXACT_UP_TO", 1000)
    generator = np.random.default_rng(5)
    n, twins = 50_000, 1000
    vectors, labels = mixture(n, 64, 5, 1, groups=300, noise=1.0)
    vectors[n - twins :] = vectors[:twins] + 0.15 * generator.normal(size=(twins, 64))
    splits = np.where(np.arange(n) < n - twins, "train", "test")
    folder = planted(tmp_path / "shards", vectors, labels, rows=9000, splits=splits)
    _, said = scored(folder, "knn", "duplicates", workers=2)
    told = merged(folder, "recall")
    assert len(told["sizes"]) == 224
    assert 1 < told["probes"] <= 64
    others = table(folder, "duplicates")["duplicate.others"].to_pylist()
    assert np.mean([n - twins + row in others[row] for row in range(twins)]) >= 0.95
    near, _ = nearest(build(vectors), vectors, 10, query_rows=np.arange(n))
    found = np.concatenate([np.load(path)["similarity"] for path in sorted(folder.path.glob("neighbors-*/part-*"))])
    rows = np.concatenate([np.load(path)["row"] for path in sorted(folder.path.glob("neighbors-*/part-*"))])
    assert sorted(rows.tolist()) == list(range(n))
    pairs, held = ((there >= 0.98).sum(axis=1) for there in (near[rows], found))
    value, low, high, of = told["pairs"]
    assert low <= np.mean(held[pairs > 0] / pairs[pairs > 0]) <= high
    assert of > 10
    fit = np.flatnonzero(splits == "train")
    truth, _ = nearest(build(vectors, fit), vectors, 20, query_rows=np.arange(n))
    here = np.concatenate([np.load(path)["fit_similarity"] for path in sorted(folder.path.glob("neighbors-*/part-*"))])
    reached = (here >= truth[rows][:, -1:] - 1e-6).mean()
    value, low, high, of = told["neighbors"]
    assert low <= reached <= high
    assert (of, value >= 0.95) == (500, True)
    (spec,) = stages_of(folder, "knn")
    assert spec.parameters["recall"] == pytest.approx(value, abs=1e-4)
    assert not spec.parameters["exact"]
    assert "estimated by brute force on" in said
    assert "95 % interval" in said


def test_neighbours_that_few_clusters_do_not_hold_are_said_to_be_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "EXACT_UP_TO", 100)
    monkeypatch.setattr(steps, "MOST_PROBED", 8)
    generator = np.random.default_rng(0)
    vectors, labels = generator.normal(size=(4000, 32)).astype(np.float32), generator.integers(0, 3, 4000)
    folder = planted(tmp_path / "shards", vectors, labels, rows=1000)
    _, said = scored(folder, "knn", "duplicates")
    told = merged(folder, "recall")
    value, low, high, _ = told["neighbors"]
    truth, _ = nearest(build(vectors), vectors, 20, query_rows=np.arange(4000))
    found = np.concatenate([np.load(path) for path in folder.path.glob("neighbors-*/part-*")])
    reached = (found["fit_similarity"] >= truth[found["row"]][:, -1:] - 1e-6).mean()
    assert told["probes"] == 8
    assert low <= reached <= high < 0.8
    assert "could not be estimated: the sample has none" in said
    (spec,) = stages_of(folder, "knn")
    assert spec.parameters["recall"] == round(float(value), 4)


def test_a_giant_cluster_of_equal_images_is_searched_in_blocks_and_costs_no_more_than_one_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "EXACT_UP_TO", 100)
    vectors, labels = mixture(6000, 16, 3, 7)
    vectors[1000:] = 0.25  # black images, as many as there are
    labels[1000:] = np.arange(5000) % 3
    hashes = np.array(["black"] * 6000)
    hashes[:1000] = np.arange(1000).astype(np.str_)
    folder = planted(tmp_path / "shards", vectors, labels, rows=500, hashes=hashes)
    scored(folder, "knn", "duplicates", workers=1)
    told = merged(folder, "recall")
    assert told["sizes"].max() >= 5000
    found = np.concatenate([np.load(path) for path in sorted(folder.path.glob("neighbors-*/part-*"))])
    assert [len(np.load(path)) for path in folder.path.glob("regroup-*/part-*")] == [500] * 12
    found = found[np.argsort(found["row"])]
    assert found["others"][3000].tolist() == list(range(1000, 1010))  # of ties the first, itself left out
    assert found["others"][1003].tolist() == [*range(1000, 1003), *range(1004, 1011)]
    assert (found["fit_similarity"][1000:] == 1).all()
    assert duplicate_counts(merged(folder, "duplicates")) == DuplicateCounts(1, 0, 1, 0)
    assert merged(folder, "duplicates")["size"].tolist() == [5000]
    alone = knn(Inputs(labels=labels, n_classes=3, fit=np.ones(6000, bool), features=vectors))[0].values
    np.testing.assert_allclose(table(folder, "knn")["knn"].to_numpy()[1000:], alone[1000:], atol=1e-6)


def test_rows_without_a_vector_an_empty_shard_and_fewer_rows_than_clusters_are_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "EXACT_UP_TO", 0)
    vectors, labels = mixture(40, 8, 2, 2)
    vectors[10:20] = np.nan  # a whole shard
    vectors[3] = np.nan
    vectors[20:] = vectors[20]
    folder = planted(tmp_path / "shards", vectors, labels, rows=10)
    drive, said = scored(folder, "knn", "duplicates")
    assert drive.missing == {}
    values = table(folder, "knn")["knn"].to_numpy()
    assert np.flatnonzero(np.isnan(values)).tolist() == [3, *range(10, 20)]
    assert np.flatnonzero(np.isnan(table(folder, "duplicates")["duplicate"].to_numpy())).tolist() == [3, *range(10, 20)]
    assert "1 of near-identical ones" in said


def test_a_quarantined_shard_is_left_out_and_the_others_are_each_others_neighbours(tmp_path: Path) -> None:
    vectors, labels, splits, hashes = drawn()
    folder = planted(tmp_path / "shards", vectors, labels, rows=150, splits=splits, hashes=hashes)
    (damaged,) = folder.path.glob("embed-*/part-00001.parquet")
    damaged.write_bytes(damaged.read_bytes()[:100])
    drive, _ = scored(folder, "knn", "duplicates")
    assert [one.split(",")[0] for one in drive.missing.values()] == ["centres part-00001.npz"]
    rest = np.delete(np.arange(700), np.arange(150, 300))
    hold_against_rest(folder, vectors[rest], labels[rest], splits[rest], hashes[rest])


def hold_against_rest(folder: ShardFolder, vectors: Array, labels: Array, splits: Array, hashes: Array) -> None:
    of_labels, of_copies = ordinary(vectors, labels, splits, hashes)
    np.testing.assert_allclose(table(folder, "knn")["knn"].to_numpy(), of_labels.values, atol=1e-6)
    np.testing.assert_allclose(table(folder, "duplicates")["duplicate"].to_numpy(), of_copies.values, atol=2e-6)


def test_a_lost_file_of_regrouped_rows_is_named_and_nothing_is_computed_without_it(tmp_path: Path) -> None:
    folder = of_drawn(tmp_path / "shards")
    (lost,) = folder.path.glob("regroup-*/part-00003.npy")
    for made in [*folder.path.glob("neighbors-*/part-*"), *folder.path.glob("knn-*/part-*")]:
        made.unlink()
    lost.write_bytes(lost.read_bytes()[:200])
    drive, _ = scored(folder, "knn")
    assert len(drive.missing) == 5
    assert all(str(lost) in said for said in drive.missing.values())
    assert list(folder.path.glob("knn-*/part-*")) == []


def test_a_file_of_regrouped_rows_is_read_once_for_all_the_clusters_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = of_drawn(tmp_path / "shards")
    (spec,) = stages_of(folder, "neighbors")
    read: list[str] = []

    def reading(path: Path) -> Any:
        read.append(path.name)
        return read_part(path)

    monkeypatch.setattr(search, "read_part", reading)
    found = search.NeighborSearch(folder, spec).shard(2)
    assert np.array_equal(found, search.NeighborSearch(folder, spec).read(2))
    files_read = [name for name in read if name.endswith(".npy")]
    assert len(files_read) == len(set(files_read)) > 1
    read.clear()
    monkeypatch.setattr(search, "AT_HAND", 1)
    assert np.array_equal(search.NeighborSearch(folder, spec).shard(2), found)
    assert len(read) > len(files_read)


def test_copies_are_compared_in_turns_with_one_shard_at_a_time_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = of_drawn(tmp_path / "shards")
    (spec,) = stages_of(folder, "copies")
    given: list[weakref.ref[Array]] = []

    def read(stage: Copies, number: int) -> Arrays:
        assert sum(one() is not None for one in given) <= 1
        part = read_part(stage.ledger.part(number))
        given.append(weakref.ref(part["hash"]))
        return dict(part)

    monkeypatch.setattr(Copies, "read", read)
    monkeypatch.setattr("core.pipeline.shards.scores.duplicates.AT_ONCE", 200)
    numbers = list(range(folder.count))
    found = Copies(folder, spec).merge(numbers)
    assert len(given) == 4 * folder.count
    for name, values in merged(folder, "copies").items():
        assert np.array_equal(found[name], values)
    assert len(found["row"]) == 40


def test_copies_are_told_without_any_label_and_neighbours_labels_are_not(tmp_path: Path) -> None:
    vectors, _, splits, hashes = drawn()
    none = np.full(700, UNLABELLED)
    folder = planted(tmp_path / "shards", vectors, none, rows=150, splits=splits, hashes=hashes, classes=0)
    _, said = scored(folder, "duplicates")
    assert "20 groups of identical images" in said
    assert "0 with labels that disagree" in said
    with pytest.raises(BadInput, match="No image to fit on is labelled"):
        scored(folder, "knn")
