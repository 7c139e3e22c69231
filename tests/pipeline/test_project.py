from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from core.cli.console import make_reporter
from core.errors import BadInput, ExtraMissing, TooFewRows
from core.maths.gaussians import fit_gaussians, own_class_distance
from core.maths.projection import discriminant_plane, principal_components, umap_plane
from core.maths.vectors import InMemory
from core.pipeline.project import first_maps, project
from core.store import views
from core.types import Floats, Ints
from tests.audits import Made, build_audit, publish

REPORTER = make_reporter(quiet=True)


def three_classes(n: int = 300, d: int = 7) -> tuple[Floats, Ints]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, n)
    return (3 * rng.normal(size=(3, d))[labels] + rng.normal(size=(n, d)) + 40).astype(np.float32), labels


def test_with_three_classes_the_plane_holds_all_of_rmd() -> None:
    vectors, labels = three_classes()
    everyone = np.ones(len(labels), bool)
    u = discriminant_plane(InMemory(vectors), labels, everyone, 3).astype(np.float64)
    gaussians = fit_gaussians(vectors, labels, 3)
    # RMD = |u - m_y|² - Σ u_r² / (1 + s_r²), and K - 1 = 2 directions are all there are.
    rmd = np.square(u - gaussians.centres[labels]).sum(axis=1) - np.square(u) @ (1 / (1 + gaussians.spread))
    np.testing.assert_allclose(rmd, own_class_distance(gaussians, vectors, labels, relative=True), atol=1e-3)


def test_classes_have_spread_one_on_the_plane() -> None:
    vectors, labels = three_classes(3000)
    u = discriminant_plane(InMemory(vectors), labels, np.ones(len(labels), bool), 3)
    within = np.mean([np.var(u[labels == k], axis=0) for k in range(3)], axis=0)
    np.testing.assert_allclose(within, 1, atol=0.02)


def test_rows_that_were_not_fitted_on_are_placed_too_and_gaps_stay() -> None:
    vectors, labels = three_classes()
    vectors[5] = np.nan
    fit = np.arange(len(labels)) >= 100
    u = discriminant_plane(InMemory(vectors), labels, fit, 3)
    assert np.flatnonzero(np.isnan(u).any(axis=1)).tolist() == [5]


def test_two_classes_have_no_plane() -> None:
    vectors, labels = three_classes()
    with pytest.raises(TooFewRows, match="hardlook project --method pca"):
        discriminant_plane(InMemory(vectors), labels, labels < 2, 3)


def test_principal_components_are_numpys() -> None:
    vectors, _ = three_classes()
    found = principal_components(InMemory(vectors))
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    expected = centred @ axes[:2].T
    np.testing.assert_allclose(found * np.sign((found * expected).sum(axis=0)), expected, atol=1e-4)


def test_one_dimension_is_a_line() -> None:
    found = principal_components(InMemory(np.array([[1.0], [3.0]], np.float32)))
    np.testing.assert_allclose(np.abs(found), [[1, 0], [1, 0]])


def test_nothing_to_project_says_so() -> None:
    with pytest.raises(BadInput, match="hardlook embed"):
        principal_components(InMemory(np.full((3, 2), np.nan, np.float32)))


def test_umap_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(ExtraMissing, match=r"pip install 'hardlook\[umap\]'"):
        umap_plane(InMemory(np.zeros((9, 2), np.float32)))


@pytest.fixture
def embedded(tmp_path: Path) -> Made:
    made = build_audit(tmp_path, n=60, n_classes=3, runs=False)
    vectors = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    publish(made.audit, "embed", "embedded", {"embedding": {"image_id": np.arange(60, dtype=np.int32),
                                                            "vector": vectors}})  # fmt: skip
    return made


def test_an_audit_gets_both_maps_once(embedded: Made) -> None:
    embedding = embedded.audit.runs("embed")[0]
    for method in first_maps(embedded.audit):
        project(embedded.audit, REPORTER, method=method, encoder_run=embedding.run_id)
    assert sorted(run.name for run in embedded.audit.runs("project")) == ["lda", "pca"]
    assert not project(embedded.audit, REPORTER, method="pca").new
    hub = views.open_hub(embedded.audit)
    x, y = views.points(hub, embedded.audit.latest("project", "pca").run_id)
    expected = principal_components(InMemory(views.embedding(hub, embedding.run_id)))
    np.testing.assert_array_equal(np.stack([x, y], axis=1), expected)


def test_without_classes_enough_pca_alone_is_made(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=20, n_classes=2)
    vectors = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    publish(made.audit, "embed", "other", {"embedding": {"image_id": np.arange(20, dtype=np.int32),
                                                         "vector": vectors}})  # fmt: skip
    other = made.audit.latest("embed", "other")
    for method in first_maps(made.audit):
        project(made.audit, REPORTER, method=method, encoder_run=other.run_id)
    assert [run.name for run in made.audit.runs("project")] == ["pca"]


def test_an_unknown_method_is_refused(embedded: Made) -> None:
    with pytest.raises(BadInput, match="lda, pca, umap"):
        project(embedded.audit, REPORTER, method="tsne")
