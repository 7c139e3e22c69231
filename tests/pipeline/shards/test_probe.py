"""The probe over shards is the ordinary one where its sample holds every label, and says so where it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import HardlookError
from core.pipeline.shards.begun import stages_of
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.scores import probe as over_shards
from core.pipeline.shards.scores.columns import DOUBTED, SUGGESTED
from core.pipeline.shards.scores.probe import ProbeChain
from core.scorers.inputs import Inputs
from core.scorers.probe import probe
from core.types import UNLABELLED
from tests.pipeline.shards.made import files, staged, table
from tests.pipeline.shards.planted import Array, mixed, mixture, planted, scored

NAMES = ("probe_self_confidence", "probe_margin")


def drawn() -> tuple[Array, Array, Array]:
    return mixed(600, n_held_out=150, n_copies=30, seed=11)


def of_drawn(place: Path, **how: Any) -> ShardFolder:
    vectors, labels, splits = drawn()
    folder = planted(place, vectors, labels, rows=130, splits=splits)
    assert scored(folder, "probe", **how)[0].missing == {}
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> ShardFolder:
    """Scored shards, which no test changes."""
    return of_drawn(tmp_path_factory.mktemp("whole") / "shards")


def test_a_sample_of_every_label_gives_the_ordinary_probe(whole: ShardFolder) -> None:
    vectors, labels, splits = drawn()
    found = table(whole, "probe")
    columns = probe(Inputs(labels=labels, n_classes=4, fit=splits == "train", features=vectors))
    assert [column.name for column in columns] == list(NAMES)
    for column in columns:
        np.testing.assert_allclose(found[column.name].to_numpy(), column.values, atol=1e-5)
        np.testing.assert_array_equal(found[column.name + SUGGESTED].to_numpy(), column.suggested_label)
        np.testing.assert_array_equal(found[column.name + DOUBTED].to_numpy(zero_copy_only=False), column.doubted)
    (spec,) = stages_of(whole, "probe")
    n = int(((labels != UNLABELLED) & (splits == "train")).sum())
    said = ProbeChain().fitted_on(whole, spec)
    assert said == f"{n} labelled training images of the whole, {whole.name}, out of fold"


def test_two_processes_and_shares_make_the_same_files_as_one(whole: ShardFolder, tmp_path: Path) -> None:
    assert files(of_drawn(tmp_path / "two", workers=2)) == files(whole)
    vectors, labels, splits = drawn()
    shares = planted(tmp_path / "shares", vectors, labels, rows=130, splits=splits)
    for stage in ("probe-fit", "probe"):
        for place in (2, 1):
            staged(shares, stage, (place, 2))
    assert files(shares) == files(whole)


def test_a_sample_of_some_labels_is_said_and_judges_the_images_like_all_of_them_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over_shards, "SAMPLE", 2000)
    vectors, labels = mixture(6000, 12, 4, 11)
    folder = planted(tmp_path / "shards", vectors, labels, rows=1500)
    scored(folder, "probe")
    (spec,) = stages_of(folder, "probe")
    assert ProbeChain().fitted_on(folder, spec).startswith("2000 drawn at random of 6000 labelled training images")
    (column, _) = probe(Inputs(labels=labels, n_classes=4, fit=np.ones(6000, bool), features=vectors))
    here = table(folder, "probe")["probe_self_confidence"].to_numpy()
    assert np.corrcoef(here, column.values)[0, 1] > 0.9


def test_rows_without_a_vector_and_an_empty_shard_have_no_value(tmp_path: Path) -> None:
    vectors, labels = mixture(60, 8, 2, 2)
    vectors[20:40], vectors[3] = np.nan, np.nan
    folder = planted(tmp_path / "shards", vectors, labels, rows=20)
    assert scored(folder, "probe")[0].missing == {}
    values = table(folder, "probe")["probe_margin"].to_numpy()
    assert np.flatnonzero(np.isnan(values)).tolist() == [3, *range(20, 40)]


def test_a_quarantined_shard_is_left_out_of_the_fit(tmp_path: Path) -> None:
    vectors, labels, splits = drawn()
    folder = planted(tmp_path / "shards", vectors, labels, rows=130, splits=splits)
    (damaged,) = folder.path.glob("embed-*/part-00001.parquet")
    damaged.write_bytes(damaged.read_bytes()[:100])
    drive, _ = scored(folder, "probe")
    assert [one.split(",")[0] for one in drive.missing.values()] == ["probe-fit part-00001.npz"]
    rest = np.delete(np.arange(600), np.arange(130, 260))
    (column, _) = probe(Inputs(labels=labels[rest], n_classes=4, fit=splits[rest] == "train", features=vectors[rest]))
    np.testing.assert_allclose(table(folder, "probe")["probe_self_confidence"].to_numpy(), column.values, atol=1e-5)


def test_one_class_is_refused_in_words(tmp_path: Path) -> None:
    vectors, _ = mixture(40, 8, 2, 2)
    folder = planted(tmp_path / "shards", vectors, np.zeros(40, int), rows=20)
    with pytest.raises(HardlookError, match="probe needs 2 classes"):
        scored(folder, "probe")
