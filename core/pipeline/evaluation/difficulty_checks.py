"""Does difficulty rise where it should: with the severity of a corruption, and with the share of labels altered?

Cui et al. 2023, figure 1b. Images that the Gaussians were not fitted on are corrupted and embedded again, or given
other labels. Rows of the `metric` table, subject the embedding's run:

    rmd_by_corruption     slice "<kind> <severity>", severity 1 to 5, and "none 0": mean RMD
    rmd_corruption_trend  slice "<kind>": rank correlation with severity within an image, averaged over images

and those of `altered_labels`. The table `corrupted_rmd` keeps the RMD of each image that was corrupted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...corruptions import SEVERITIES, all_corruptions, get_corruption
from ...device import set_threads
from ...encoders.embed_rows import Pictures
from ...encoders.protocol import Encoder
from ...errors import TooFewRows
from ...kinds.evaluate import CORRUPTED_RMD
from ...maths.gaussians import Gaussians, fit_gaussians, own_class_distance
from ...metrics.correlation import means_by_step, trend
from ...progress import Reporter
from ...scorers.rmd import resolve_pca
from ...store import views
from ...store.audit import Audit
from ...store.held_out import fit_rows
from ...store.metrics import LEVEL, Metric, metric_table
from ...store.writer import RunWriter, Stopwatch
from ...types import UNLABELLED, Bools, Floats, Ints, Run, RunSpec
from ..scoring.embeddings import can_embed_more, embedding_for
from ..scoring.encoded import encoder_of
from ..steps import Done, compute
from .altered_labels import ALTERED, RESAMPLES, altered_rows
from .choose_models import sample
from .shown_images import ShownCorrupted, source_of, vectors_of

NAME = "difficulty-checks"
FORM = 2
"""Raised when the rows change, so that older ones are not taken for them."""
IMAGES = 100
FEWEST = 10  # images, below which a mean's interval is not to be trusted
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
    """RMD of images corrupted, kind by kind, and of images with altered labels.

    images: how many are drawn, at most, from those outside the training split; where there is no other split, from all,
    and then they are kept out of the fit. kinds: of corruption, all by default, which embeds every image 81 times.
    A killed run goes on with the next kind.
    Raises BadInput on an unknown kind, MissingRun without an embedding, TooFewRows below 10 images or two classes.
    """
    set_threads()
    run = embedding_for(audit, encoder_run, can_embed_more)
    wanted = [get_corruption(kind) for kind in kinds] or all_corruptions()
    parameters = {
        "images": images, "levels": {kind.name: list(kind.levels) for kind in wanted}, "altered": list(ALTERED),
        "resamples": RESAMPLES, "level": LEVEL, "form": FORM,
    }  # fmt: skip
    inputs = {"items": audit.items_fingerprint, "embed": run.run_id}
    spec = RunSpec("evaluate", NAME, inputs, parameters, seed)

    def work(writer: RunWriter) -> None:
        fitted = fit_on(audit, run, images, seed)
        if LABELS not in writer.finished():
            outside = fitted.outside  # all of them: no vector has to be made
            rows = altered_rows(run, fitted.gaussians, fitted.vectors[outside], fitted.labels[outside], seed)
            writer.commit(LABELS, metric_table(rows))
        corrupt(writer, source_of(audit), run, fitted, [kind.name for kind in wanted], reporter, seed, device)

    return compute(audit, spec, work, reporter)


def corrupt(
    writer: RunWriter, source: Pictures, run: Run, fitted: FittedRmd, kinds: Sequence[str], reporter: Reporter,
    seed: int, device: str,
) -> None:  # fmt: skip
    """Show the encoder the drawn images in every kind that is left, and commit each."""
    todo = [kind for kind in kinds if kind not in writer.finished()]
    if not todo:
        return
    encoder = encoder_of(run, device)
    clean = ShownCorrupted(source, fitted.hashes, CLEAN, 0, encoder.image_size, seed)
    before, watch = rmd_of(encoder, clean, fitted), Stopwatch()
    with reporter.bar("difficulty", "kinds") as advance:
        for done, kind in enumerate(todo, len(kinds) - len(todo) + 1):
            # The clean images belong to every kind's trend, and are rows that the first kind brings.
            tables = kind_tables(run, encoder, clean, fitted, before, kind, kind == kinds[0])
            writer.commit(kind, tables, seconds=watch.lap())
            advance(done, len(kinds))
    rising = writer.read("SELECT slice FROM metric WHERE name = 'rmd_corruption_trend' AND low > 0").num_rows
    reporter.say(f"RMD of {len(before)} images rises with severity for {rising} of {len(kinds)} corruptions")


@dataclass(frozen=True, eq=False)
class FittedRmd:
    """RMD of an embedding, and which images it is looked at on.

    labels: (n,) int. vectors: (n, d). hashes: (n,) the images' identities. drawn: (m,) ids of those that are corrupted.
    outside: (k,) ids of all that it was not fitted on.
    """

    gaussians: Gaussians
    labels: Ints
    vectors: Floats
    hashes: Sequence[str]
    drawn: Ints
    outside: Ints


def fit_on(audit: Audit, run: Run, images: int, seed: int) -> FittedRmd:
    """Fit it, away from the images that are drawn. Raises TooFewRows."""
    hub = views.open_hub(audit, [run])
    labels, vectors = views.labels(hub), views.embedding(hub, run.run_id)
    usable = (labels != UNLABELLED) & np.isfinite(vectors).all(axis=1)
    drawn, fit = drawn_and_fitted(labels, usable, fit_rows(views.column(hub, "split")), images, seed)
    pca = resolve_pca("auto", int(fit.sum()), vectors.shape[1])
    gaussians = fit_gaussians(vectors[fit], labels[fit], len(views.classes(hub)), pca=pca)
    hashes = views.column(hub, "content_hash").tolist()
    return FittedRmd(gaussians, labels, vectors, hashes, drawn, np.flatnonzero(usable & ~fit))


def kind_tables(
    run: Run, encoder: Encoder, clean: ShownCorrupted, fitted: FittedRmd, before: Floats, kind: str, first: bool
) -> dict[str, Any]:
    """The tables that one kind of corruption brings. before: (m,) RMD of the clean images. first: with their rows."""
    after = [rmd_of(encoder, replace(clean, kind=kind, severity=severity), fitted) for severity in SEVERITIES]
    values = np.stack([before, *after], axis=1)
    rows = [row for row in severity_rows(run, kind, values, clean.seed) if first or not row.slice.startswith(CLEAN)]
    return {**metric_table(rows), CORRUPTED_RMD: image_rows(fitted.drawn, kind, values, clean=first)}


def drawn_and_fitted(
    labels: Ints, usable: Bools, training: Bools, images: int, seed: int
) -> tuple[Ints, Bools]:  # fmt: skip
    """Image ids that are corrupted, and (n,) bool of those fitted on, which have none in common. Raises TooFewRows."""
    outside = usable & ~training
    drawn = sample(outside if outside.any() else usable, images, seed)
    fit = usable & training
    fit[drawn] = False
    if len(np.unique(labels[fit])) == 1:
        raise TooFewRows(
            "Difficulty is checked by comparing classes, and the images to fit on are all of one.",
            "Label another class, or keep a split apart from the training split.",
        )
    if len(drawn) < FEWEST or not fit.any():
        raise TooFewRows(
            f"Difficulty is checked on {FEWEST} labelled images at least that are not fitted on: {len(drawn)} there, "
            f"and {fit.sum()} to fit on.",
            "Take more images, or keep a split apart from the training split.",
        )
    return drawn, fit


def rmd_of(encoder: Encoder, source: ShownCorrupted, fitted: FittedRmd) -> Floats:
    """(m,) RMD of the drawn images as a source shows them, to their own class."""
    vectors, labels = vectors_of(encoder, source, fitted.drawn), fitted.labels[fitted.drawn]
    return own_class_distance(fitted.gaussians, vectors, labels, relative=True)


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


def image_rows(ids: Ints, kind: str, values: Floats, *, clean: bool) -> dict[str, Any]:
    """Rows of the table `corrupted_rmd`. values: (m, 6) RMD at severities 0 to 5. clean: whether to keep severity 0."""
    severities = range(0 if clean else 1, values.shape[1])
    return {
        "image_id": np.tile(ids, len(severities)).astype(np.int32),
        "kind": [CLEAN if severity == 0 else kind for severity in severities for _ in ids],
        "severity": np.repeat(np.array(severities, np.int32), len(ids)),
        "rmd": values[:, severities[0]:].T.ravel().astype(np.float32),
    }  # fmt: skip
