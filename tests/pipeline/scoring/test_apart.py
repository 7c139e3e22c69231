"""Scores held against a model's errors: of data without a split, fitted to the model's own training images alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.kinds.evaluate import FITTED_ANEW
from core.maths.folds import drawn_to_hold_out, how_drawn
from core.pipeline.evaluation.evaluate import evaluate
from core.pipeline.import_embeddings import import_embeddings
from core.pipeline.scoring.score import score
from core.progress import Quiet
from core.scorers.kmeans import nearest_centroid_distance
from core.scorers.md import mahalanobis
from core.scorers.rmd import relative_mahalanobis
from core.store import views
from core.store.metrics import ERROR_AUROC, ERROR_AUROC_DIFFERENCE, read_metrics
from core.types import Bools, Floats
from tests.audits import Made, build_audit, publish
from tests.metrics.oracles import auroc
from tests.pipeline.training.test_left_out import splitless

N, CLASSES, DIMENSIONS = 300, 3, 100


def vectors_of(made: Made) -> Floats:
    """Vectors of whose directions few tell the classes, so many that a covariance fits what it is fitted to."""
    drawn = np.random.default_rng(0).normal(size=(N, DIMENSIONS))
    drawn[:, :CLASSES] += 2 * np.eye(CLASSES)[made.labels]
    return drawn.astype(np.float32)


def planted(folder: Path, *, split: bool, known: bool = True) -> tuple[Made, Bools, Floats]:
    """An audit with RMD, MD and K-means and a model that errs on the images far from their class; which it was trained
    on, and the vectors. known: whether the model says on which."""
    made = build_audit(folder, n=N, n_classes=CLASSES, runs=False)
    if not split:
        splitless(made.audit)
    vectors = vectors_of(made)
    np.save(folder / "vectors.npy", vectors)
    import_embeddings(made.audit, folder / "vectors.npy", Quiet(), by_order=True)
    for scorer in ("rmd", "md", "kmeans"):
        score(made.audit, scorer, Quiet())
    everything = np.ones(N, bool)
    learned = made.splits == "train" if split else ~drawn_to_hold_out(made.labels, everything, 0)
    learned = learned & known
    far = ((vectors[:, :CLASSES] - 2 * np.eye(CLASSES)[made.labels]) ** 2).sum(axis=1)
    wrong = far > np.quantile(far, 0.7)
    predicted = np.where(wrong, (made.labels + 1) % CLASSES, made.labels).astype(np.int32)
    probable = np.where(np.arange(CLASSES) == predicted[:, None], 0.8, 0.1).astype(np.float32)
    ids = np.arange(N, dtype=np.int32)
    publish(made.audit, "train", "net", {"prediction": {
        "image_id": ids, "predicted": predicted, "confidence": np.full(N, 0.8, np.float32),
        "entropy": np.full(N, 0.5, np.float32), "max_logit": np.full(N, 3.0, np.float32),
        "loss": np.full(N, 0.25, np.float32), "correct": ~wrong, "trained_on": learned,
        "top5": predicted[:, None].tolist(),
    }, "probability": {"image_id": ids, "probs": probable}}, k=CLASSES,
        held_out=("the splits" if split else how_drawn(0)) if known else "")  # fmt: skip
    return made, learned, vectors


@pytest.mark.parametrize("split", [True, False])
def test_errors_are_told_by_fits_that_have_none_of_the_images_they_are_counted_on(tmp_path: Path, split: bool) -> None:
    made, learned, vectors = planted(tmp_path, split=split)
    evaluation = evaluate(made.audit, Quiet()).run
    hub = views.open_hub(made.audit)
    rows = read_metrics(hub)
    measured = {row.subject.rpartition(":")[2]: row.estimate for row in rows if row.name == ERROR_AUROC}
    wrong, aside = views.predictions(hub, made.audit.latest("train").run_id)["predicted"] != made.labels, ~learned
    apart = {
        "rmd": relative_mahalanobis(vectors, made.labels, CLASSES, fit=learned),
        "md": mahalanobis(vectors, made.labels, CLASSES, fit=learned),
        "kmeans": nearest_centroid_distance(vectors, CLASSES, fit=learned),
    }
    told = {name: auroc(values[aside], wrong[aside]) for name, values in apart.items()}
    for name, expected in told.items():
        assert measured[name].value == pytest.approx(expected, abs=1e-3), name
        assert measured[name].n == aside.sum()
    less = {row.slice.rpartition(":")[2]: row.estimate for row in rows if row.name == ERROR_AUROC_DIFFERENCE}
    assert less["md"].value == pytest.approx(told["rmd"] - told["md"], abs=2e-3)
    if split:
        assert FITTED_ANEW not in evaluation.parameters
        return
    assert {one.rpartition(":")[2] for one in evaluation.parameters[FITTED_ANEW]} == {"rmd", "md", "kmeans"}
    in_sample = relative_mahalanobis(vectors, made.labels, CLASSES)
    assert measured["rmd"].value != pytest.approx(auroc(in_sample[aside], wrong[aside]), abs=0.01)


def test_of_a_model_whose_training_images_nobody_named_no_score_is_fitted_anew_and_none_is_said_to_be(
    tmp_path: Path,
) -> None:
    made, _, _ = planted(tmp_path, split=False, known=False)
    evaluation = evaluate(made.audit, Quiet()).run
    assert evaluation.parameters[FITTED_ANEW] == []
    rows = read_metrics(views.open_hub(made.audit))
    assert {row.subject.rpartition(":")[2] for row in rows if row.name == ERROR_AUROC} >= {"rmd", "md", "kmeans"}
