"""Neighbours, duplicates, probe and suspicion of the bundled images over shards are those of the ordinary audit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answers.labels.duplicates import duplicate_summary
from core.answers.view.reader import open_reader
from core.pipeline.given import store_vectors
from core.pipeline.ingest import ingest, sample_options, sample_path
from core.pipeline.scoring.score_any import score_any
from core.pipeline.shards.divide import shard
from core.pipeline.shards.drive import Drive
from core.pipeline.shards.scores.duplicates import duplicate_counts
from core.progress import Quiet
from core.store import views
from tests.pipeline.shards.made import SMALL, table, vectors
from tests.pipeline.shards.test_neighbors import merged

SCORERS = ("knn", "duplicates", "probe", "suspicion")
WITHIN = {"suspicion_from_kernel": 1e-4}
"""Of the largest value: the kernel works in float32, which rounds otherwise beside other images."""


@pytest.mark.slow
def test_scores_of_the_bundled_images_in_24_shards_are_those_of_the_ordinary_audit(tmp_path: Path) -> None:
    folder = shard(str(sample_path()), Quiet(), to=tmp_path / "shards", rows=209, options=sample_options())
    with Drive(folder, Quiet(), 2) as drive:
        drive.embed("embedded", SMALL)
        drive.score(SCORERS)
    audit = ingest(str(sample_path()), Quiet(), name="ordinary", options=sample_options(), folder=tmp_path)
    store_vectors(audit, vectors(folder), Quiet())
    hub = views.open_hub(audit)
    for scorer in SCORERS:
        score_any(audit, scorer, Quiet())
    hub, reader = views.open_hub(audit), open_reader(audit)
    for info in reader.scores:
        here, there = views.score(hub, info.address), table(folder, info.scorer)[info.name].to_numpy()
        least = WITHIN.get(info.name, 1e-5)
        np.testing.assert_allclose(there, here, rtol=1e-5, atol=least * np.nanmax(np.abs(here)), err_msg=info.name)
    found, counts = duplicate_summary(reader), duplicate_counts(merged(folder, "duplicates"))
    assert found is not None
    assert (counts.exact, counts.near) == (found.exact, found.near)
    assert (counts.labels_differ, counts.crosses_splits) == (found.disagreements, found.leaks)
