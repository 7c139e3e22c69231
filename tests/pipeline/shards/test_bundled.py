"""The bundled images in 24 shards: the same bits from any number of processes, and the scores of the ordinary audit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.answers.labels.duplicates import duplicate_summary
from core.answers.view.reader import open_reader
from core.pipeline.ingest import sample_options, sample_path
from core.pipeline.scoring.score_any import score_any
from core.pipeline.shards.divide import shard
from core.pipeline.shards.drive import Drive
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.scores.duplicates import duplicate_counts
from core.progress import Quiet
from core.store import views
from core.store.audit import Audit
from tests.pipeline.shards.made import files, scored, table
from tests.pipeline.shards.test_neighbors import merged
from tests.pipeline.shards.test_stages import agree, ordinary

ROOT = Path(__file__).parents[3]
SCORERS = ("knn", "duplicates", "probe", "suspicion")


def divided(folder: Path) -> ShardFolder:
    """The bundled images in 24 shards."""
    shards = shard(str(sample_path()), Quiet(), to=folder, rows=209, options=sample_options())
    assert shards.count == 24
    return shards


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> ShardFolder:
    """Embedded and scored by one process."""
    folder = divided(tmp_path_factory.mktemp("one") / "shards")
    scored(folder, workers=1)
    return folder


@pytest.fixture(scope="module")
def audit(one: ShardFolder, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """The ordinary audit of the same images and vectors."""
    return ordinary(str(sample_path()), one, tmp_path_factory.mktemp("ordinary"), sample_options())


@pytest.mark.slow
def test_one_two_and_four_processes_make_the_same_bits(one: ShardFolder, tmp_path: Path) -> None:
    two, four = divided(tmp_path / "two"), divided(tmp_path / "four")
    scored(two, workers=2)
    assert files(two) == files(one)
    options = ["--encoder", "embedded", "--image-size", "32", "--layers", "last", "--device", "cpu"]
    for stage in ("ingest", "embed", "folds", "rmd-sums", "rmd", "centroid-sums", "centroid"):
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "core", "worker", stage, str(four.path), "--shard", f"{place}/4",
                 *(options if stage == "embed" else [])],
                cwd=ROOT, stdout=subprocess.DEVNULL,
            )
            for place in (1, 2, 3, 4)
        ]  # fmt: skip
        assert [process.wait() for process in started] == [0, 0, 0, 0]
    assert files(four) == files(one)


@pytest.mark.slow
def test_distances_are_those_of_the_ordinary_audit(one: ShardFolder, audit: Audit) -> None:
    agree(one, audit)


@pytest.mark.slow
def test_neighbours_duplicates_probe_and_suspicion_are_those_of_the_ordinary_audit(
    one: ShardFolder, audit: Audit
) -> None:
    with Drive(one, Quiet(), 2) as drive:
        drive.score(SCORERS)
    for scorer in SCORERS:
        score_any(audit, scorer, Quiet())
    hub, reader = views.open_hub(audit), open_reader(audit)
    of_these = [info for info in reader.scores if info.scorer in SCORERS]
    assert {info.scorer for info in of_these} == set(SCORERS)
    for info in of_these:
        here, there = views.score(hub, info.address), table(one, info.scorer)[info.name].to_numpy()
        np.testing.assert_allclose(there, here, rtol=1e-5, atol=1e-5 * np.nanmax(np.abs(here)), err_msg=info.name)
    found, counts = duplicate_summary(reader), duplicate_counts(merged(one, "duplicates"))
    assert found is not None
    assert (counts.exact, counts.near) == (found.exact, found.near)
    assert (counts.labels_differ, counts.crosses_splits) == (found.disagreements, found.leaks)
