"""Does difficulty rise where it should: with the severity of a corruption, and with the share of labels altered?

Cui et al. 2023, figure 1b. Images that the Gaussians were not fitted on are made worse and embedded again, or given
other labels. Rows of the `metric` table, subject the embedding's run:

    rmd_by_corruption        slice "<kind> <severity>", severity 1 to 5, and "none 0": mean RMD
    rmd_corruption_trend     slice "<kind>": rank correlation with severity within an image, averaged over images
    rmd_by_altered_labels    slice "altered <p> %": mean RMD when p % of the images have another label
    rmd_altered_labels_trend slice "all": likewise with the share
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...corruptions import SEVERITIES, all_corruptions, get_corruption
from ...device import set_threads
from ...encoders.protocol import Encoder
from ...errors import TooFewRows
from ...maths.gaussians import Gaussians, fit_gaussians, own_class_distance
from ...metrics.correlation import means_by_step, trend
from ...progress import Reporter
from ...scorers.rmd import resolve_pca
from ...store import views
from ...store.audit import Audit
from ...store.held_out import fit_rows
from ...store.metrics import LEVEL, WHOLE, Metric, metric_table
from ...store.writer import RunWriter, Stopwatch
from ...types import UNLABELLED, Bools, Floats, Ints, Run, RunSpec
from ..scoring.embeddings import can_embed_more, embedding_for
from ..scoring.encoded import encoder_of
from ..steps import Done, compute
from .choose_models import sample
from .shown_images import Worse, source_of, vectors_of

NAME = "difficulty-checks"
IMAGES, RESAMPLES = 100, 1000
FEWEST = 10  # images, below which a mean's interval is not to be trusted
ALTERED = (0, 20, 40, 60, 80, 100)  # per cent
CLEAN, LABELS = "none", "labels"


def difficulty_checks(
    audit: Audit,
    reporter: Reporter,
    *,
    encoder_run: str | None = None,
    images: int = IMAGES,
    kinds: Sequence[str] = (),
    seed: int = 0,
    device: str = "auto",
) -> Done:
    """RMD of images made worse, kind by kind, and of images with altered labels.

    images: how many are drawn, at most, from those outside the training split; where there is no other split, from all,
    and then they are kept out of the fit. kinds: of corruption, all by default, which embeds every image 81 times.
    A killed run goes on with the next kind.
    Raises BadInput on an unknown kind, MissingRun without an embedding, TooFewRows below 10 images.
    """
    set_threads()
    run = embedding_for(audit, encoder_run, can_embed_more)
    wanted = [get_corruption(kind) for kind in kinds] or all_corruptions()
    parameters = {
        "images": images, "levels": {kind.name: list(kind.levels) for kind in wanted}, "altered": list(ALTERED),
        "resamples": RESAMPLES, "level": LEVEL,
    }  # fmt: skip
    inputs = {"items": audit.items_fingerprint, "embed": run.run_id}
    spec = RunSpec("evaluate", NAME, inputs, parameters, seed)

    def work(writer: RunWriter) -> None:
        hub = views.open_hub(audit, [run])
        labels, vectors = views.labels(hub), views.embedding(hub, run.run_id)
        usable = (labels != UNLABELLED) & np.isfinite(vectors).all(axis=1)
        drawn, fit = drawn_and_fitted(usable, fit_rows(views.column(hub, "split")), images, seed)
        n_classes, pca = len(views.classes(hub)), resolve_pca("auto", int(fit.sum()), vectors.shape[1])
        gaussians = fit_gaussians(vectors[fit], labels[fit], n_classes, pca=pca)
        finished = writer.finished()
        if LABELS not in finished:
            outside = np.flatnonzero(usable & ~fit)  # all of them: no vector has to be made
            rows = altered_rows(run, gaussians, vectors[outside], labels[outside], seed)
            writer.commit(LABELS, metric_table(rows))
        todo = [kind.name for kind in wanted if kind.name not in finished]
        if not todo:
            return
        encoder, watch = encoder_of(run, device), Stopwatch()
        hashes = views.column(hub, "content_hash").tolist()
        clean = Worse(source_of(audit), hashes, CLEAN, 0, encoder.image_size, seed)
        before = rmd_of(encoder, clean, gaussians, drawn, labels)
        with reporter.bar("difficulty", "kinds") as advance:
            for kind in todo:
                after = [
                    rmd_of(encoder, replace(clean, kind=kind, severity=severity), gaussians, drawn, labels)
                    for severity in SEVERITIES
                ]
                rows = severity_rows(run, kind, np.stack([before, *after], axis=1), seed)
                # The clean images belong to every kind's trend, and are one row that the first kind brings.
                kept = rows if kind == wanted[0].name else [row for row in rows if not row.slice.startswith(CLEAN)]
                writer.commit(kind, metric_table(kept), seconds=watch.lap())
                advance(len(wanted) - len(todo) + todo.index(kind) + 1, len(wanted))
        told = writer.read("SELECT slice FROM metric WHERE name = 'rmd_corruption_trend' AND low > 0")
        reporter.say(f"RMD of {len(drawn)} images rises with severity for {told.num_rows} of {len(wanted)} corruptions")

    return compute(audit, spec, work, reporter)


def drawn_and_fitted(usable: Bools, training: Bools, images: int, seed: int) -> tuple[Ints, Bools]:
    """Image ids that are made worse, and (n,) bool of those fitted on, which have none in common. Raises TooFewRows."""
    outside = usable & ~training
    drawn = sample(outside if outside.any() else usable, images, seed)
    fit = usable & training
    fit[drawn] = False
    if len(drawn) < FEWEST or not fit.any():
        raise TooFewRows(
            f"Difficulty is checked on {FEWEST} labelled images at least that are not fitted on: {len(drawn)} there, "
            f"and {fit.sum()} to fit on.",
            "Take more images, or keep a split apart from the training split.",
        )
    return drawn, fit


def rmd_of(encoder: Encoder, source: Worse, gaussians: Gaussians, ids: Ints, labels: Ints) -> Floats:
    """(m,) RMD of some images of a source, to their own class."""
    return own_class_distance(gaussians, vectors_of(encoder, source, ids), labels[ids], relative=True)


def severity_rows(run: Run, kind: str, values: Floats, seed: int) -> list[Metric]:
    """Rows of one kind. values: (m, 6) RMD at severities 0 to 5; images of classes not fitted on are left out."""
    values = values[np.isfinite(values).all(axis=1)]
    slices = [f"{CLEAN} 0", *(f"{kind} {severity}" for severity in SEVERITIES)]
    means = means_by_step(values, n=RESAMPLES, seed=seed, level=LEVEL)
    rows = [
        Metric("rmd_by_corruption", run.run_id, part, estimate, "mean RMD, fitted to clean images")
        for part, estimate in zip(slices, means, strict=True)
    ]
    along = trend(values, np.arange(6.0), n=RESAMPLES, seed=seed, level=LEVEL)
    note = "Spearman correlation with severity within an image, mean over images"
    return [*rows, Metric("rmd_corruption_trend", run.run_id, kind, along, note)]


def altered_rows(run: Run, gaussians: Gaussians, vectors: Floats, labels: Ints, seed: int) -> list[Metric]:
    """Mean RMD of images under labels of which a growing share is altered. vectors: (m, d). labels: (m,)."""
    known = np.isin(labels, np.flatnonzero(gaussians.counts))
    vectors, labels = vectors[known], labels[known]
    versions = altered_labels(labels, np.flatnonzero(gaussians.counts), seed)
    values = np.stack(
        [own_class_distance(gaussians, vectors, version, relative=True) for version in versions], axis=1
    )  # fmt: skip
    means = means_by_step(values, n=RESAMPLES, seed=seed, level=LEVEL)
    note = "mean RMD, fitted to the given labels of other images"
    rows = [
        Metric("rmd_by_altered_labels", run.run_id, f"altered {share} %", estimate, note)
        for share, estimate in zip(ALTERED, means, strict=True)
    ]
    along = trend(values, np.array(ALTERED, float), n=RESAMPLES, seed=seed, level=LEVEL)
    note = "Spearman correlation with the share altered within an image, mean over images"
    return [*rows, Metric("rmd_altered_labels_trend", run.run_id, WHOLE, along, note)]


def altered_labels(labels: Ints, classes: Ints, seed: int) -> list[NDArray[np.int64]]:
    """Labels with 0, 20 … 100 % of them altered to another of the classes, each by chance the same.

    What is altered stays altered, to the same class, in every larger share. labels: (m,), all of them in `classes`,
    which are ascending and two or more.
    """
    generator = np.random.default_rng([seed, 0xA17E4])
    order = generator.permutation(len(labels))
    step = generator.integers(1, len(classes), len(labels))
    others = classes[(np.searchsorted(classes, labels) + step) % len(classes)]
    versions = []
    for share in ALTERED:
        version = np.array(labels, np.int64)
        changed = order[: round(len(labels) * share / 100)]
        version[changed] = others[changed]
        versions.append(version)
    return versions
