"""RMD of out-of-distribution images is fitted to what the model was trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.maths.gaussians import fit_gaussians, own_class_distance
from core.pipeline.evaluation.ood.scores import Nearest
from core.pipeline.evaluation.ood.sides import own_scores
from core.store import views
from core.store.audit import Audit
from core.store.writer import open_run
from core.types import Bools, Run, RunSpec
from tests.pipeline.test_reliability import audit_of


def test_a_class_that_a_network_was_not_given_is_far_from_those_it_was(tmp_path: Path) -> None:
    labels = np.repeat([0, 1, 2], 50)
    corners = np.array([[0.0, 0.0], [8.0, 0.0], [24.0, 0.0]])  # on the line that tells the first two apart
    audit = audit_of(tmp_path, corners[labels] + np.random.default_rng(0).normal(size=(150, 2)), labels)
    every = trained_on(audit, np.ones(150, bool))
    without = trained_on(audit, labels != 2, held_out_classes=[views.classes(views.open_hub(audit))[2]])
    nearest, third = Nearest(audit, audit.runs("embed")[0]), np.flatnonzero(labels == 2)
    known, unknown = (nearest.of_own(third, network) for network in (every, without))
    assert known.max() < unknown.min()
    gaps = np.isnan(nearest.of_vectors(np.array([[np.nan, 0.0], [0.0, 0.0]]), every))
    assert gaps.tolist() == [True, False]


def trained_on(audit: Audit, rows: Bools, **parameters: object) -> Run:
    """A network of which nothing is known but the images it was trained on. rows: (n,) bool."""
    n = len(rows)
    ids = np.arange(n, dtype=np.int32)
    tables = {"prediction": {"image_id": ids, "predicted": np.zeros(n, np.int32), "trained_on": rows}}
    spec = RunSpec("train", f"of {rows.sum()}", {"items": audit.items_fingerprint}, parameters)
    with open_run(audit, spec, d=4, k=3) as writer:
        writer.commit("all", tables, seconds=1.0)
        writer.publish()
    return next(run for run in audit.runs("train") if run.run_id == writer.run_id)


def test_without_a_split_rmd_is_fitted_to_the_network_s_own_training_images(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels, vectors = np.arange(60) % 3, rng.normal(size=(60, 4)).astype(np.float32)
    audit = audit_of(tmp_path, vectors, labels)
    learned = rng.random(60) < 0.7
    network = trained_on(audit, learned)
    nearest = Nearest(audit, audit.runs("embed")[0])
    np.testing.assert_array_equal(nearest.fitted_to(network), learned)
    assert not nearest.as_by_split(network)  # so its run is told apart from one that fitted to what it judged
    fitted = fit_gaussians(vectors[learned], labels[learned], 3)
    own = np.flatnonzero(~learned)
    expected = np.min(
        [own_class_distance(fitted, vectors[own], np.full(len(own), k), relative=True) for k in range(3)], 0
    )
    np.testing.assert_allclose(nearest.of_own(own, network), expected, rtol=1e-4, atol=1e-4)


def test_where_nobody_said_what_a_network_was_trained_on_rmd_is_not_fitted_to_what_it_judges(tmp_path: Path) -> None:
    labels = np.arange(60) % 3
    audit = audit_of(tmp_path, np.random.default_rng(0).normal(size=(60, 4)), labels)
    network, nearest = trained_on(audit, np.zeros(60, bool)), Nearest(audit, audit.runs("embed")[0])
    assert not nearest.fitted_to(network).any()
    assert "RMD-nearest" not in own_scores(audit, network, None, nearest, np.arange(60)).scores
