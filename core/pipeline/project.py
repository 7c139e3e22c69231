"""Projecting: every image's vector as a point of a plane, for the Map."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import BadInput
from ..maths.gaussians import DEFAULT_RIDGE
from ..maths.projection import CLASSES_FOR_LDA, UMAP_ROWS, discriminant_plane, principal_components, umap_plane
from ..progress import Reporter
from ..scorers.rmd import resolve_pca
from ..store import views
from ..store.audit import Audit
from ..store.held_out import fit_rows
from ..store.writer import RunWriter, Stopwatch
from ..types import UNLABELLED, Bools, Floats, Ints, Run, RunSpec
from .steps import Done, compute

LDA, PCA, UMAP = "lda", "pca", "umap"
METHODS = (LDA, PCA, UMAP)


def project(
    audit: Audit, reporter: Reporter, *, method: str = LDA, encoder_run: str | None = None, seed: int = 0
) -> Done:
    """Compute and store two coordinates per image. encoder_run: of which embedding, by name or id; the newest."""
    if method not in METHODS:
        raise BadInput(f"There is no projection {method!r}.", f"Choose one of: {', '.join(METHODS)}.")
    embedding = audit.latest("embed", encoder_run)

    def work(writer: RunWriter) -> None:
        watch = Stopwatch()
        with reporter.bar(f"project {method}") as advance:
            points = coordinates(audit, embedding, method, seed)
            advance(len(points), len(points))
        ids = np.arange(len(points), dtype=np.int32)
        writer.commit("points", {"point": {"image_id": ids, "x": points[:, 0], "y": points[:, 1]}}, seconds=watch.lap())

    return compute(audit, projection_spec(audit, embedding, method, seed), work, reporter)


def first_maps(audit: Audit) -> tuple[str, ...]:
    """The projections that cost little beside an embedding: PCA, and LDA where there are classes enough for it."""
    labels, fit = labelled_rows(audit)
    return (LDA, PCA) if len(np.unique(labels[fit])) >= CLASSES_FOR_LDA else (PCA,)


def projection_spec(audit: Audit, embedding: Run, method: str, seed: int) -> RunSpec:
    """What identifies a projection."""
    inputs = {"items": audit.items_fingerprint, "embed": embedding.run_id}
    parameters: dict[str, dict[str, Any]] = {
        LDA: {"labels": "given", "pca": "auto", "ridge": DEFAULT_RIDGE},
        PCA: {},
        UMAP: {"neighbors": 15, "min_dist": 0.1, "fitted_on": UMAP_ROWS},
    }
    return RunSpec("project", method, inputs, parameters[method], seed if method == UMAP else 0)


def coordinates(audit: Audit, embedding: Run, method: str, seed: int) -> Floats:
    """(n, 2) float32; NaN for images without a vector."""
    hub = views.open_hub(audit, [embedding])
    vectors = views.vectors(hub, embedding.run_id)
    if method == PCA:
        return principal_components(vectors)
    if method == UMAP:
        return umap_plane(vectors, seed=seed)
    labels, fit = labelled_rows(audit)
    components = resolve_pca("auto", int(fit.sum()), vectors.shape[1])
    return discriminant_plane(vectors, labels, fit, len(views.classes(hub)), pca=components)


def labelled_rows(audit: Audit) -> tuple[Ints, Bools]:
    """(n,) given labels, and (n,) bool which rows may be fitted on: labelled images of the training split."""
    hub = views.open_hub(audit, [])
    labels = views.labels(hub)
    return labels, fit_rows(views.column(hub, "split")) & (labels != UNLABELLED)
