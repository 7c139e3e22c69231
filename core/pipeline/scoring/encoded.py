"""What the encoder of an embedding adds to it for some scores: vectors of class prompts, augmented passes."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...dataset.vectors.texts import class_vectors
from ...device import set_threads
from ...encoders import load_encoder
from ...encoders.embed_rows import Augmentation, embed_rows
from ...encoders.protocol import Encoder
from ...encoders.registry import why_no_text
from ...errors import BadInput, MissingRun, command
from ...images.pixels import PixelSource
from ...kinds.embed import has_texts, layers_of, made_elsewhere
from ...maths.moments import Running, Sums, pilot_shift
from ...progress import Advance, Reporter, part_of
from ...store import views
from ...store.audit import Audit
from ...store.cache import read_arrays, write_arrays
from ...store.held_out import fit_rows
from ...store.vectors import text_vectors
from ...store.writer import fingerprint
from ...types import UNLABELLED, Floats, Ints, Run
from ...wording import some_of
from ...words.word_list import prompt


def prompt_vectors(audit: Audit, run: Run, device: str) -> Floats:
    """(n_classes, d) vectors of the class prompts, by the encoder that made the images' vectors."""
    names = views.classes(views.open_hub(audit))
    if has_texts(run):
        return _imported_texts(audit, run, names)
    encoder = encoder_of(run, device)
    if not encoder.has_text:
        why, words = why_no_text(run.name, run.parameters)
        message = f"{why}, and class prompts are texts."
        raise MissingRun(message, "Embed with an encoder that reads text", command(audit.name, *words))
    return encoder.encode_text([prompt(name) for name in names])


def _imported_texts(audit: Audit, run: Run, names: list[str]) -> Floats:
    """Those that were imported with the images' vectors. Raises MissingRun on a class without one."""
    found = class_vectors(text_vectors(audit, run.run_id), names)
    if missing := [name for name in names if name not in found]:
        raise MissingRun(
            f"The texts that were imported with {run.name!r} have no vector for {some_of(missing)}.",
            "Import them again, with one for every class",
            command(audit.name, "import-embeddings", "--help"),
        )
    return np.stack([found[name] for name in names])


def encoder_of(run: Run, device: str) -> Encoder:
    """The encoder that made an embedding. Raises BadInput where its weights have changed since."""
    options = run.parameters
    if made_elsewhere(run):
        raise MissingRun(
            f"The vectors {run.name!r} were given as they are, and no encoder is known to make such ones.",
            "Embed with one, or import vectors of texts beside them with --text-features where texts are needed",
            command(None, "embed"),
        )
    encoder = load_encoder(
        options["encoder"], device=device, image_size=options["image_size"], feature=options["feature"],
        l2norm=options["l2norm"], layers=layers_of(run),
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
    arrays = read_arrays(path, [field.name for field in fields(Sums)])
    return None if arrays is None else Sums(**arrays)
