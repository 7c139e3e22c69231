"""RMD of augmented views of the images that are scored, by the fit to augmented passes: each pass is a view of each."""

from __future__ import annotations

import numpy as np

from ...encoders.embed_rows import Augmentation, embed_rows
from ...encoders.protocol import Encoder
from ...images.pixels import PixelSource
from ...maths.gaussians import Gaussians, own_class_distance
from ...maths.moments import Sums
from ...progress import Advance, Reporter, part_of
from ...scorers.rmd import Reduction
from ...scorers.rmd_variants import augmented_gaussians
from ...store import views
from ...store.audit import Audit
from ...store.cache import read_arrays, write_arrays
from ...store.held_out import fit_rows
from ...store.writer import fingerprint
from ...types import UNLABELLED, Floats, Ints, Run
from .encoded import encoder_of


def view_distances(
    audit: Audit, run: Run, sums: list[Sums], pca: Reduction, ridge: float, seed: int, device: str, reporter: Reporter
) -> Floats:
    """(n, passes) float32 RMD of every labelled image under each pass, to its own class; NaN for the others.

    The fit is the scorer's own, to all passes. A finished pass is kept in the audit's cache, so that a stopped run goes
    on with the next one. sums: of each pass over the training images, whose crops and flips these are too.
    """
    hub = views.open_hub(audit)
    labels, usable = views.labels(hub), views.vectors(hub, run.run_id).finite
    fitted = int((fit_rows(views.column(hub, "split")) & (labels != UNLABELLED) & usable).sum())
    gaussians = augmented_gaussians(sums, fitted, pca, ridge)
    rows = np.flatnonzero((labels != UNLABELLED) & usable)
    files = views.images(hub, "path, row, content_hash")
    source = PixelSource(*(files[name].to_pylist() for name in ("path", "row", "content_hash")))
    found, encoder = np.full((len(labels), len(sums)), np.nan, np.float32), None
    said = fingerprint(run.run_id, audit.items_fingerprint, seed, len(sums), str(pca), ridge)
    with reporter.bar("augmented views") as advance:
        for number in range(len(sums)):
            path = audit.cache / f"augmented-views-{said}-{number}.npz"
            kept = read_arrays(path, ["distance"])
            if kept is None:
                encoder = encoder or encoder_of(run, device)
                part = part_of(advance, number * len(rows), len(sums) * len(rows))
                of_pass = distances_of_pass(encoder, source, rows, labels, gaussians, Augmentation(seed, number), part)
                kept = {"distance": of_pass}
                write_arrays(path, kept)
            found[rows, number] = kept["distance"]
    return found


def distances_of_pass(
    encoder: Encoder, source: PixelSource, rows: Ints, labels: Ints, gaussians: Gaussians, augment: Augmentation,
    advance: Advance,
) -> Floats:  # fmt: skip
    """(m,) RMD of these images under one pass; NaN for one that cannot be read."""
    parts: list[Floats] = []

    def add(_: str, ids: Ints, vectors: Floats) -> None:
        parts.append(own_class_distance(gaussians, vectors, labels[ids], relative=True))

    embed_rows(encoder, source, rows, commit=add, augment=augment, progress=advance)
    return np.concatenate(parts)
