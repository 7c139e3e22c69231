from __future__ import annotations

from pathlib import Path

import numpy as np

from core.answers.models.predictions import model_predictions
from core.answers.overview.dataset import class_table
from core.answers.view.reader import Reader, open_reader
from core.pipeline.evaluation.held_out import held_out_predictions
from tests.audits import Made, build_audit, publish


def told_otherwise(made: Made) -> str:
    """A network whose stored `correct` goes by other labels than the given ones: its run id."""
    n = len(made.labels)
    prediction = {
        "image_id": np.arange(n, dtype=np.int32), "predicted": made.labels, "confidence": np.full(n, 0.8, np.float32),
        "entropy": np.full(n, 0.5, np.float32), "max_logit": np.full(n, 3.0, np.float32),
        "loss": np.full(n, 0.25, np.float32), "correct": np.zeros(n, bool), "trained_on": made.splits == "train",
    }  # fmt: skip
    probability = {"image_id": prediction["image_id"], "probs": np.full((n, 5), 0.2, np.float32)}
    return publish(made.audit, "train", "other", {"prediction": prediction, "probability": probability}, k=5)


def test_a_network_trained_on_other_labels_is_judged_by_the_given_ones(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=60)
    run_id = told_otherwise(made)
    reader: Reader = open_reader(made.audit)
    found = model_predictions(reader, run_id)
    assert found.correct[found.held_out].all()
    assert {row.error for row in class_table(reader, None, run_id, None).rows} == {0.0}
    run = reader.run(run_id)
    assert run is not None
    evaluated = held_out_predictions(reader.hub, run)
    assert evaluated is not None
    assert evaluated.said.correct.all()
