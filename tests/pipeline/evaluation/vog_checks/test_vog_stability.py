"""Models that differ by their seed are found, their VoG is compared, and a kill changes nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import MissingRun
from core.pipeline.evaluation.vog_checks.checks import vog_checks
from core.pipeline.evaluation.vog_checks.same_training import trained_alike
from core.pipeline.evaluation.vog_checks.stability import (
    checkpoint_windows,
    compare_seeds,
    prepare_stability,
    stability_rows,
    worded,
)
from core.pipeline.training.request import TrainRequest
from core.pipeline.training.train import train
from core.store import views
from core.store.audit import Audit
from core.store.metrics import CHECKPOINTS_SPEARMAN, SEED_OVERLAP, SEED_SPEARMAN, SEED_SPREAD, Metric, read_metrics
from tests.metrics.gradients.test_stability import planted
from tests.pictures import Heard
from tests.pipeline.evaluation.vog_checks.test_memorisation import StoppedAt


def test_models_are_alike_that_differ_by_their_seed_alone(seeded: Audit) -> None:
    found = trained_alike(seeded, None)
    assert found is not None
    assert [run.seed for run in found.models] == [0, 1, 2]
    assert found.subject == "lenet, seeds 0, 1 and 2"
    other = train(seeded, Heard(), TrainRequest("lenet", epochs=3, image_size=16, seed=3, device="cpu")).run
    assert trained_alike(seeded, other) is None
    found = trained_alike(seeded, None)
    assert found is not None
    assert other not in found.models
    with pytest.raises(MissingRun, match="No two models like"):
        vog_checks(seeded, Heard(), "stability", model_run=other.run_id, device="cpu")


def test_windows_are_of_the_last_checkpoints_and_evenly_spread_ones() -> None:
    assert checkpoint_windows(8) == {
        "last2": (6, 7), "spread2": (0, 7), "last3": (5, 6, 7), "spread3": (0, 4, 7),
        "last5": (3, 4, 5, 6, 7), "spread5": (0, 2, 4, 5, 7),
    }  # fmt: skip
    assert checkpoint_windows(2) == {}
    assert [worded(name) for name in ("logit_late", "probability_last2")] == ["logit late", "probability last 2"]


def test_stored_vog_is_compared_of_all_images_and_a_killed_run_goes_on_to_the_same(
    seeded: Audit, tmp_path: Path
) -> None:
    shutil.copytree(seeded.path, tmp_path / "whole")
    whole = Audit(tmp_path / "whole")

    def compared(audit: Audit, heard: Heard) -> dict[tuple[str, str], Metric]:
        alike = trained_alike(audit, None)
        assert alike is not None
        done = compare_seeds(audit, prepare_stability(audit, alike, images=60, device="cpu"), heard)
        rows = read_metrics(views.open_hub(audit, [done.run]))
        return {(row.name, row.slice): row for row in rows}

    rows = compared(whole, Heard())
    late, last = rows[SEED_SPEARMAN, "logit late"], rows[SEED_SPEARMAN, "logit last 2"]
    assert (late.estimate.n, last.estimate.n) == (180, 60)
    hub = views.open_hub(whole)
    scores = [views.score(hub, f"{run.run_id}:vog_logit_late") for run in whole.runs("score")]
    pairs = [np.corrcoef(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))[0, 1]
             for i, a in enumerate(scores) for b in scores[:i]]  # fmt: skip
    assert late.estimate.value == pytest.approx(np.mean(pairs), abs=1e-3)
    assert rows[CHECKPOINTS_SPEARMAN, "logit spread 3, over seeds"].estimate.n == 3
    with pytest.raises(KeyboardInterrupt):
        compared(seeded, StoppedAt("follow gradients", 3))
    assert repr(compared(seeded, Heard())) == repr(rows)  # where there is no interval, its ends equal nothing


@pytest.mark.parametrize(("common", "stable"), [(0.9, True), (0.0, False)])
def test_planted_orders_are_stable_or_not(seeded: Audit, common: float, stable: bool) -> None:
    alike = trained_alike(seeded, None)
    assert alike is not None
    asked = replace(prepare_stability(seeded, alike, device="cpu"), scored=())
    scores = {name: planted(3, 400, common, 0) for name in ("logit_late", "logit_all", "logit_last2")}
    rows = {(row.name, row.slice): row.estimate for row in stability_rows(asked, scores, {})}
    assert (rows[SEED_SPEARMAN, "logit late"].low > 0.5) is stable
    assert (rows[SEED_OVERLAP, "logit late"].low > 0.3) is stable
    assert (rows[SEED_SPREAD, "logit late"].value < 10) is stable
    assert rows[CHECKPOINTS_SPEARMAN, "logit last 2"].value == pytest.approx(1)
