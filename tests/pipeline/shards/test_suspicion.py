"""Suspicion over shards is the ordinary one where its sample holds every label, and says so where it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.pipeline.shards.begun import stages_of
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.scores import suspicion as over_shards
from core.pipeline.shards.scores.columns import DOUBTED, SUGGESTED
from core.pipeline.shards.scores.suspicion import SuspicionChain
from core.scorers.inputs import Inputs
from core.scorers.suspicion import suspicion
from tests.pipeline.shards.made import files, staged, table
from tests.pipeline.shards.planted import Array, mixed, mixture, planted, scored


def drawn() -> tuple[Array, Array, Array]:
    return mixed(500, n_held_out=120, n_copies=20, seed=21)


def of_drawn(place: Path, **how: Any) -> ShardFolder:
    vectors, labels, splits = drawn()
    folder = planted(place, vectors, labels, rows=130, splits=splits)
    assert scored(folder, "suspicion", **how)[0].missing == {}
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> ShardFolder:
    """Scored shards, which no test changes."""
    return of_drawn(tmp_path_factory.mktemp("whole") / "shards")


def test_a_sample_of_every_label_gives_the_ordinary_suspicion(whole: ShardFolder) -> None:
    vectors, labels, splits = drawn()
    found = table(whole, "suspicion")
    columns = suspicion(Inputs(labels=labels, n_classes=4, fit=splits == "train", features=vectors))
    assert [column.name for column in columns] == [name for name in found.column_names if "." not in name]
    for column in columns:
        scale = np.nanmax(np.abs(column.values))
        np.testing.assert_allclose(found[column.name].to_numpy(), column.values, atol=1e-5 * max(scale, 1))
    first = columns[0]
    np.testing.assert_array_equal(found["suspicion" + SUGGESTED].to_numpy(), first.suggested_label)
    np.testing.assert_array_equal(found["suspicion" + DOUBTED].to_numpy(zero_copy_only=False), first.doubted)


def test_two_processes_and_shares_make_the_same_files_as_one(whole: ShardFolder, tmp_path: Path) -> None:
    assert files(of_drawn(tmp_path / "two", workers=2)) == files(whole)
    vectors, labels, splits = drawn()
    shares = planted(tmp_path / "shares", vectors, labels, rows=130, splits=splits)
    for stage in ("suspicion-sample", "suspicion"):
        for place in (2, 1):
            staged(shares, stage, (place, 2))
    assert files(shares) == files(whole)


def test_a_sample_of_some_labels_is_said_and_finds_wrong_labels_like_all_of_them_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over_shards, "SAMPLE", 1000)
    vectors, labels = mixture(4000, 12, 4, 11)
    wrong = np.random.default_rng(1).random(4000) < 0.1
    given = np.where(wrong, (labels + 1) % 4, labels)
    folder = planted(tmp_path / "shards", vectors, given, rows=1500)
    scored(folder, "suspicion")
    (spec,) = stages_of(folder, "suspicion")
    assert SuspicionChain().fitted_on(folder, spec).startswith("1000 drawn at random of 4000 labelled training images")
    values = table(folder, "suspicion")["suspicion"].to_numpy()
    ranks = np.argsort(np.argsort(values))
    auroc = (ranks[wrong].mean() - (wrong.sum() - 1) / 2) / (~wrong).sum()
    assert auroc > 0.85


def test_rows_without_a_vector_and_an_empty_shard_have_no_value(tmp_path: Path) -> None:
    vectors, labels = mixture(80, 8, 2, 2)
    vectors[20:40], vectors[3] = np.nan, np.nan
    folder = planted(tmp_path / "shards", vectors, labels, rows=20)
    assert scored(folder, "suspicion")[0].missing == {}
    values = table(folder, "suspicion")["suspicion"].to_numpy()
    assert np.flatnonzero(np.isnan(values)).tolist() == [3, *range(20, 40)]


def test_blocks_of_a_shard_are_scored_like_the_shard(
    whole: ShardFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (spec,) = stages_of(whole, "suspicion")
    monkeypatch.setattr(over_shards, "rows_at_once", lambda n_classes: 7)
    stage = over_shards.Suspicion(whole, spec)
    here, there = stage.shard(3), stage.read(3)
    for name in ("suspicion", "suspicion_from_kernel"):
        np.testing.assert_allclose(here[name].to_numpy(), there[name].to_numpy(), atol=1e-4)


def test_memory_grows_with_neither_images_nor_classes() -> None:
    assert over_shards.rows_at_once(2) == 100_000
    assert over_shards.rows_at_once(1000) == 25_000
    assert over_shards.rows_at_once(50_000) == 25_000
