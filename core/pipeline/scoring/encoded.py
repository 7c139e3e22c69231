"""What the encoder of an embedding adds to it for some scores: vectors of class prompts, augmented passes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...device import set_threads
from ...encoders import load_encoder
from ...encoders.embed_rows import Augmentation, embed_rows
from ...encoders.protocol import Encoder
from ...errors import BadInput, MissingRun, command
from ...images.pixels import PixelSource
from ...maths.moments import Running, Sums, pilot_shift
from ...progress import Advance, Reporter, part_of
from ...store import views
from ...store.audit import Audit
from ...store.cache import read_arrays, write_arrays
from ...store.held_out import fit_rows
from ...store.writer import fingerprint
from ...types import UNLABELLED, Floats, Ints, Run


def prompt_vectors(audit: Audit, run: Run, device: str) -> Floats:
    """(n_classes, d) vectors of the class prompts, by the encoder that made the images' vectors."""
    encoder = encoder_of(run, device)
    if not encoder.has_text:
        raise MissingRun(
            f"{run.name} reads no text, which class prompts need.",
            "Embed with an encoder that does",
            command(audit.name, "embed", "--encoder", "open_clip:ViT-B-32/openai"),
        )
    names = views.classes(views.open_hub(audit))
    return encoder.encode_text([f"a photo of a {name.replace('_', ' ')}" for name in names])


def encoder_of(run: Run, device: str) -> Encoder:
    """The encoder that made an embedding. Raises BadInput where its weights have changed since."""
    options = run.parameters
    encoder = load_encoder(
        options["encoder"], device=device, image_size=options["image_size"], feature=options["feature"],
        l2norm=options["l2norm"],
    )  # fmt: skip
    if encoder.fingerprint != run.weights:
        raise BadInput(
            f"The weights of {run.name} are others than when the images were embedded.",
            "Run",
            command(None, "embed", "--encoder", run.name),
        )
    return encoder


def augmented_sums(audit: Audit, run: Run, passes: int, seed: int, device: str, reporter: Reporter) -> list[Sums]:
    """Moments of the labelled training images under each augmented pass.

    No vector is kept: a batch is added to the pass's sums. A finished pass is kept in the audit's cache, so that a
    stopped run goes on with the next one and a run with more passes makes only those it lacks.
    """
    set_threads()
    hub = views.open_hub(audit)
    labels, n_classes = views.labels(hub), len(views.classes(hub))
    rows = np.flatnonzero(fit_rows(views.column(hub, "split")) & (labels != UNLABELLED))
    paths = [
        audit.cache / f"augmented-{fingerprint(run.run_id, audit.items_fingerprint, seed, number)}.npz"
        for number in range(passes)
    ]
    sums = [load_sums(path) for path in paths]
    if None in sums:
        encoder = encoder_of(run, device)
        files = views.images(hub, "path, row, content_hash")
        source = PixelSource(*(files[name].to_pylist() for name in ("path", "row", "content_hash")))
        with reporter.bar("augment") as advance:
            for number, path in enumerate(paths):
                if sums[number] is None:
                    part = part_of(advance, number * len(rows), passes * len(rows))
                    shift = sums[0].shift if sums[0] else None  # the first pass's, so that all of them add
                    made = sums_of_pass(
                        encoder, source, rows, labels, n_classes, Augmentation(seed, number), shift, part
                    )  # fmt: skip
                    write_arrays(path, vars(made))
                    sums[number] = made
    return [each for each in sums if each is not None]


def sums_of_pass(
    encoder: Encoder, source: PixelSource, rows: Ints, labels: Ints, n_classes: int, augment: Augmentation,
    shift: NDArray[np.float64] | None, advance: Advance,
) -> Sums:  # fmt: skip
    """Moments of these images under one augmented pass; images that cannot be read take no part."""
    running: Running | None = None if shift is None else Running(n_classes, shift)

    def add(_: str, ids: Ints, vectors: Floats) -> None:
        nonlocal running
        running = running or Running(n_classes, pilot_shift(vectors))
        readable = np.isfinite(vectors).all(axis=1)
        running.add(vectors[readable], labels[ids[readable]])

    embed_rows(encoder, source, rows, commit=add, augment=augment, progress=advance)
    return (running or Running(n_classes, np.zeros(encoder.dimension))).sums()


def load_sums(path: Path) -> Sums | None:
    """The moments of one pass, None where they are not kept."""
    arrays = read_arrays(path)
    return None if arrays is None else Sums(**arrays)
