"""What a training leaves out beside the images it sets aside: no model is evaluated on it, at the end or on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from core.answers.models.predictions import model_predictions
from core.answers.view.reader import open_reader
from core.pipeline.evaluation.evaluate import evaluate
from core.pipeline.training.request import PruneRequest, TrainRequest
from core.pipeline.training.train import prepare, train
from core.progress import Quiet
from core.reviews import EXCLUDED, By, Decision, ReviewedImage, decide, open_journal
from core.store import views
from core.store.audit import Audit
from core.store.held_out import held_out, held_out_of_new_classes, left_out_beside
from core.store.metrics import ACCURACY, by_subject, read_metrics
from core.types import Bools, Run
from tests.audits import CLASS_NAMES, Made, build_audit, publish, score_columns

N, CLASSES = 120, 4
PLAIN = TrainRequest("lenet", 2, 16, 0.05, 12, checkpoints=1, seed=3, device="cpu")
HALF = PruneRequest("hardest", 50, "hard")
PARTIAL: dict[str, dict[str, Any]] = {
    "pruned": {"prune": HALF},
    "pruned, another seed holds out": {"prune": HALF, "held_out_seed": 9},
    "fewer images": {"train_images": 40},
    "pruned, without a class": {"prune": HALF, "held_out_classes": (CLASS_NAMES[1],)},
    "some excluded by review": {"labels": "reviewed"},
}


def with_scores(folder: Path) -> Made:
    """An audit with a score of each image alone, a fifth of whose images a review excluded."""
    made = build_audit(folder, n=N, n_classes=CLASSES, runs=False)
    hard = np.random.default_rng(5).normal(size=N).astype(np.float32)
    publish(made.audit, "score", "hard", score_columns("hard", hard, 1, "", "", None))
    hashes = views.column(views.open_hub(made.audit), "content_hash").tolist()
    journal = open_journal(made.audit)
    for row in range(0, N, 5):
        image = ReviewedImage(made.keys[row], hashes[row], CLASS_NAMES[made.labels[row]])
        decide(journal, Decision(image, EXCLUDED, None, seen=journal.last), By("ann"))
    journal.close()
    return made


def splitless(audit: Audit) -> None:
    """Every image is of the training split."""
    with duckdb.connect(str(audit.items_path)) as connection:
        connection.execute("UPDATE images SET split = 'train'")


def trained(made: Made, changes: dict[str, Any]) -> tuple[Run, Bools, Bools]:
    """A model, the images it was trained on, and those that the same training of all images sets aside."""
    run = train(made.audit, Quiet(), replace(PLAIN, **changes)).run
    whole = {name: value for name, value in changes.items() if name in ("held_out_seed", "held_out_classes")}
    aside = prepare(made.audit, Quiet(), replace(PLAIN, **whole)).split.held_out
    return run, views.predictions(views.open_hub(made.audit), run.run_id)["trained_on"], aside


@pytest.mark.parametrize("changes", PARTIAL.values(), ids=PARTIAL)
@pytest.mark.parametrize("split", [True, False])
def test_a_model_is_evaluated_on_what_was_held_out_and_on_nothing_that_was_left_out(
    tmp_path: Path, changes: dict[str, Any], split: bool
) -> None:
    made = with_scores(tmp_path)
    if not split:
        splitless(made.audit)
    run, learned, aside = trained(made, changes)
    hub = views.open_hub(made.audit)
    given = ~np.isin(made.labels, [1] if "held_out_classes" in changes else [])
    assert (given & ~learned & ~aside).sum() >= 10  # so many were left out beside
    np.testing.assert_array_equal(held_out(hub, run), aside)
    new = ~given & (made.splits != "train") if split else ~given
    np.testing.assert_array_equal(held_out_of_new_classes(hub, run), new)
    np.testing.assert_array_equal(model_predictions(open_reader(made.audit), run.run_id).held_out, aside)
    assert left_out_beside(hub, run) is not split
    evaluate(made.audit, Quiet(), model_run=run.run_id)
    right = views.predictions(hub, run.run_id)["predicted"] == made.labels
    accuracy = by_subject(read_metrics(views.open_hub(made.audit), ACCURACY))[run.run_id]
    assert accuracy.n == aside.sum()
    assert accuracy.value == pytest.approx(right[aside].mean())
    # An evaluation of before, which counted what was left out, is not taken for this one.
    said = "" if split else "without what its training left out"
    assert made.audit.runs("evaluate")[-1].parameters.get("held_out", "") == said


@pytest.mark.parametrize("split", [True, False])
def test_the_accuracy_after_each_epoch_is_of_the_held_out_images_alone(tmp_path: Path, split: bool) -> None:
    made = with_scores(tmp_path)
    if not split:
        splitless(made.audit)
    run, _, aside = trained(made, {"prune": HALF})
    hub = views.open_hub(made.audit)
    dynamics = views.dynamics(hub, run.run_id)
    assert dynamics is not None
    stored = hub.arrays(f"SELECT held_out_accuracy AS v FROM {hub.alias(run.run_id)}.epoch ORDER BY epoch")["v"]
    np.testing.assert_allclose(stored, dynamics.correct[aside].mean(axis=0))
