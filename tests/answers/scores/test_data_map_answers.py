from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answers.scores.data_map import data_map, regions_in_view
from core.answers.scores.pair import VALUES, axis, pair_cloud
from core.answers.view.choices import score_choices
from core.answers.view.ranking import Selection
from core.answers.view.reader import Reader, open_reader
from core.answers.view.subsets import subset_ids
from core.maths.data_map import REGIONS, regions_of
from tests.audits import build_audit, publish

N = 90


def published(folder: Path, maps: int = 1) -> Reader:
    made = build_audit(folder, n=N, n_classes=2)
    model = made.audit.latest("train").run_id
    for seed in range(maps):
        rng = np.random.default_rng(seed)
        p = np.clip(rng.random((N, 1)) + rng.normal(scale=0.3, size=(N, 8)), 0, 1).astype(np.float32)
        mean, sd = p.mean(axis=1), p.std(axis=1)
        mean[:5] = sd[:5] = np.nan  # not trained on
        publish(made.audit, "score", "data_map", {
            "score": {"name": np.repeat(["p_label_mean", "p_label_sd"], N),
                      "image_id": np.tile(np.arange(N, dtype=np.int32), 2), "value": np.concatenate([mean, sd])},
            "score_column": {"name": ["p_label_mean", "p_label_sd"], "scorer": ["data_map"] * 2,
                             "parameters": ["{}"] * 2, "direction": [-1, None], "model_run": [model] * 2},
        }, seed=seed)  # fmt: skip
    return open_reader(made.audit)


def test_every_image_is_in_one_region_and_a_region_opens_what_it_counts(tmp_path: Path) -> None:
    reader = published(tmp_path)
    found = data_map(reader, score_choices(reader), None, "")
    assert found is not None
    x, y = (axis(reader, one.address, VALUES) for one in (found.sd, found.mean))
    cloud = pair_cloud(reader, x, y, Selection())
    regions = regions_in_view(found, cloud, None)
    assert [one.name for one in regions] == list(REGIONS)
    assert sum(one.n for one in regions) == N - 5
    opened = [sorted(subset_ids(reader, one.only).tolist()) for one in regions]
    assert [len(ids) for ids in opened] == [one.n for one in regions]
    codes = regions_of(cloud.y, cloud.x, found.variable)
    assert opened == [cloud.ids[codes == i].tolist() for i in range(3)]
    assert regions[1].n == pytest.approx((N - 5) / 3, abs=1)
    assert all(one.wrong is None for one in regions)


def test_what_the_model_gets_wrong_is_counted_in_each_region(tmp_path: Path) -> None:
    reader = published(tmp_path)
    found = data_map(reader, score_choices(reader), None, "")
    assert found is not None
    x, y = (axis(reader, one.address, VALUES) for one in (found.sd, found.mean))
    cloud = pair_cloud(reader, x, y, Selection())
    wrong = cloud.y < 0.5
    easy, ambiguous, hard = regions_in_view(found, cloud, wrong)
    assert (easy.wrong, hard.wrong) == (0, hard.n)
    assert ambiguous.wrong == int(wrong.sum()) - hard.n


def test_the_map_of_the_score_in_view_comes_before_the_newest(tmp_path: Path) -> None:
    reader = published(tmp_path, maps=2)
    choices = score_choices(reader)
    means = [one for one in choices if one.name == "p_label_mean"]
    newest = data_map(reader, choices, None, "")
    assert newest is not None
    assert newest.mean == means[-1]
    first = data_map(reader, choices, means[0], "")
    assert first is not None
    assert first.mean == means[0]
    assert first.sd.address.partition(":")[0] == means[0].address.partition(":")[0]
    assert data_map(reader, [one for one in choices if one.name != "p_label_sd"], None, "") is None
