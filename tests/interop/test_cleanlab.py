"""cleanlab takes our frame and our arrays, and its issues come in as scores that say which way they point."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.pipeline.export import export
from core.pipeline.scoring.import_scores import import_scores
from core.store import views
from core.types import HARDER_LOW
from tests.audits import build_audit, publish
from tests.interop.conftest import Program
from tests.pictures import Heard

pytestmark = pytest.mark.interop


@pytest.mark.filterwarnings("ignore")  # of its own dependencies
def test_cleanlab_takes_our_frame_and_arrays_and_its_issues_come_in_with_their_direction(
    program: Callable[[str], Program], tmp_path: Path
) -> None:
    made = build_audit(tmp_path / "audits", n=60, n_classes=4)
    n = len(made.labels)
    suggested = np.where(np.arange(n) % 6 == 0, (made.labels + 1) % 4, made.labels).astype(np.int32)
    ids, rng = np.arange(n, dtype=np.int32), np.random.default_rng(0)
    vectors = rng.normal(size=(n, 8)).astype(np.float32) + made.labels[:, None]
    probabilities = rng.dirichlet(np.ones(4), n).astype(np.float32)
    publish(made.audit, "embed", "seen", {"embedding": {"image_id": ids, "vector": vectors}}, d=8)
    publish(made.audit, "train", "seen", {"probability": {"image_id": ids, "probs": probabilities}}, k=4)
    about = {
        "name": ["suspicion"], "scorer": ["suspicion"], "parameters": ["{}"], "encoder_run": [""], "model_run": [""],
        "direction": [1], "fitted_on": [""], "reason": [""],
    }  # fmt: skip
    score = {"name": ["suspicion"] * n, "image_id": ids}
    value = np.linspace(0, 1, n).astype(np.float32)
    publish(made.audit, "score", "suspicion", {
        "score": {**score, "value": value, "suggested_label": suggested}, "score_column": about})  # fmt: skip
    export(made.audit, Heard(), "cleanlab", tmp_path / "issues.parquet")
    export(made.audit, Heard(), "arrays", tmp_path / "arrays.npz")
    files = (tmp_path / "issues.parquet", tmp_path / "arrays.npz", tmp_path / "found.parquet")
    said = program("cleanlab").ask("cleanlab_asks.py", *files)
    assert said["version"].startswith("2.9")
    assert said["issues"] == int((suggested != made.labels).sum())

    done = import_scores(made.audit, tmp_path / "found.parquet", Heard())
    hub = views.open_hub(made.audit)
    infos = {info.name: info for info in views.score_infos(hub) if info.run_id == done.run_id}
    found = pd.read_parquet(tmp_path / "found.parquet").set_index("id").loc[list(views.column(hub, "key"))]
    assert {"label_score", "outlier_score", "near_duplicate_score"} <= infos.keys()
    assert set(infos) == {name for name in found.columns if name.endswith("_score")}
    for name, info in infos.items():
        assert info.direction == HARDER_LOW
        np.testing.assert_array_equal(views.score(hub, info.address), found[name].to_numpy(np.float32))
    assert not import_scores(made.audit, tmp_path / "found.parquet", Heard()).new
