"""Embedding: one vector per image, reused by content hash when the data set has only grown."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from ..device import set_threads
from ..encoders import Encoder, list_encoders, load_encoder
from ..encoders.embed_rows import embed_rows
from ..encoders.protocol import Feature, Options
from ..encoders.registry import EMBEDDED
from ..files.names import checked_name
from ..images.pixels import PixelSource
from ..maths.vectors import ROWS_STEP
from ..progress import Reporter
from ..store import views
from ..store.audit import Audit
from ..store.writer import RunWriter, Stopwatch, fingerprint
from ..types import Floats, Ints, RunSpec
from .steps import Done, compute

PREFERRED = "open_clip:ViT-B-32/openai"
MOST_SECONDS = 2.0  # of work that a killed process can lose
SMALL = 160  # pixels; up to here 128 a side shows the embedded encoder all there is, at a third of the cost of 224


def embed(
    audit: Audit,
    encoder_name: str,
    reporter: Reporter,
    *,
    image_size: int | None = None,
    feature: Feature = "projected",
    l2norm: bool = False,
    batch_size: int | None = None,
    device: str = "auto",
    download: bool = False,
    grid: str = "",
) -> Done:
    """Embed every image of the audit. encoder_name "auto" leaves the choice to `choose_encoder`.

    grid: the grid that it is made for; see `for_grid`.
    """
    options = Options(device, image_size, feature, l2norm, download)
    encoder, spec = prepare(audit, encoder_name, options, reporter)
    spec = for_grid(audit, spec, checked_name(grid, "a grid")) if grid else spec
    return embed_with(audit, encoder, spec, reporter, batch_size=batch_size)


def for_grid(audit: Audit, spec: RunSpec, grid: str) -> RunSpec:
    """The specification of an embedding that a grid asks for, which is marked as the grid's.

    It is there to be compared with another, so nothing takes it by default. One with the same settings that is there
    already serves as it is, and the first embedding of an audit is its own, whoever made it.
    """
    there = audit.runs("embed")
    for run in there:
        settings = {name: value for name, value in run.parameters.items() if name != "grid"}
        if (run.name, run.weights, settings) == (spec.name, spec.weights, spec.parameters):
            return replace(spec, parameters=run.parameters)
    has_own = any(not run.grid for run in there)
    return replace(spec, parameters={**spec.parameters, "grid": grid}) if has_own else spec


def prepare(audit: Audit, encoder_name: str, options: Options, reporter: Reporter) -> tuple[Encoder, RunSpec]:
    """Load the encoder that is meant, at an image size that fits the images, and say what its run will be."""
    set_threads()
    name = choose_encoder(encoder_name, reporter)
    if options.image_size is None and name == EMBEDDED:
        options = replace(options, image_size=embedded_image_size(views.typical_side(views.open_hub(audit))))
    encoder = load_encoder(name, **vars(options))
    parameters = {
        "encoder": encoder.name, "image_size": encoder.image_size, "feature": options.feature,
        "l2norm": options.l2norm, "dimension": encoder.dimension, "precision": encoder.precision,
    }  # fmt: skip
    inputs = {"items": audit.items_fingerprint}
    return encoder, RunSpec("embed", encoder.name, inputs, parameters, weights=encoder.fingerprint)


def embed_with(
    audit: Audit, encoder: Encoder, spec: RunSpec, reporter: Reporter, *, batch_size: int | None = None
) -> Done:
    """Compute a prepared embedding run."""

    def work(writer: RunWriter) -> None:
        # Batches are cut from the same list whatever was done before, so that a resumed run computes the same
        # batches as an uninterrupted one and its vectors are the same to the bit.
        ids, vectors = views.reusable_vectors(audit, spec)
        reused = f"reused {fingerprint(ids.tolist())}"
        if reused not in writer.finished():
            writer.commit(reused, {}, clear=("embedding", "progress"))
        if len(ids):
            reporter.say(f"embed {encoder.name}: {len(ids):,} vectors reused from an earlier state of the data")
        rows = views.images(views.open_hub(audit), "key, path, row, content_hash")
        todo = np.setdiff1d(np.arange(rows.num_rows, dtype=np.int32), ids)
        source = PixelSource(rows["path"].to_pylist(), rows["row"].to_pylist(), rows["content_hash"].to_pylist())
        commits = Commits(writer, ids, vectors.reshape(len(ids), encoder.dimension))
        with reporter.bar("embed") as advance:
            missing = embed_rows(
                encoder, source, todo, batch_size=batch_size, progress=advance, commit=commits.add,
                finished=writer.finished(),
            )  # fmt: skip
        commits.finish()
        for image_id, reason in missing.items():
            reporter.warn(f"{rows['key'][int(image_id)].as_py()!r} got no vector: {reason}")

    return compute(audit, spec, work, reporter, d=encoder.dimension)


class Commits:
    """Batches gathered into commits of thousands of rows or a few seconds, in the order of the images' ids.

    A commit waits for the disk, which a fast device would feel after every batch; and rows in order are read in one
    scan. Reused vectors go in among the new ones.
    """

    def __init__(self, writer: RunWriter, reused_ids: Ints, reused_vectors: Floats) -> None:
        order = np.argsort(reused_ids)
        self._writer, self._reused_ids, self._reused_vectors = writer, reused_ids[order], reused_vectors[order]
        last = writer.read("SELECT max(image_id) AS last FROM embedding")["last"][0].as_py()
        self._reused_done = 0 if last is None else int(np.searchsorted(self._reused_ids, last, side="right"))
        self._units: list[str] = []
        self._ids: list[Ints] = []
        self._vectors: list[Floats] = []
        self._watch, self._committed = Stopwatch(), time.monotonic()

    def add(self, unit: str, ids: Ints, vectors: Floats) -> None:
        """Keep a batch, and commit what has gathered if that is enough. ids: (b,) rising, above all before them."""
        self._units.append(unit)
        self._ids.append(ids)
        self._vectors.append(vectors)
        self._take_reused(below=int(ids[-1]))
        if sum(map(len, self._ids)) >= ROWS_STEP or time.monotonic() - self._committed > MOST_SECONDS:
            self._commit()

    def finish(self) -> None:
        """Commit the rest."""
        self._take_reused(below=np.iinfo(np.int32).max)
        if self._ids:
            self._commit()

    def _take_reused(self, below: int) -> None:
        end = int(np.searchsorted(self._reused_ids, below))
        if end > self._reused_done:
            self._ids.append(self._reused_ids[self._reused_done : end])
            self._vectors.append(self._reused_vectors[self._reused_done : end])
            self._reused_done = end

    def _commit(self) -> None:
        ids = np.concatenate(self._ids)
        order = np.argsort(ids)
        rows = {"image_id": ids[order], "vector": np.concatenate(self._vectors)[order]}
        self._writer.commit(self._units, {"embedding": rows}, seconds=self._watch.lap())
        self._units, self._ids, self._vectors = [], [], []
        self._committed = time.monotonic()


def choose_encoder(name: str, reporter: Reporter) -> str:
    """The encoder that is meant: "auto" is CLIP where its weights are at hand, else the embedded one, and says so."""
    if name != "auto":
        return name
    known = {info.spec: info for info in list_encoders()}
    if known[PREFERRED].weights == "at hand":
        return PREFERRED
    reporter.say(
        f"encoder: {EMBEDDED} (needs no internet). CLIP finds more; its weights are not on this machine: "
        f"--encoder {PREFERRED} --download fetches them, --encoder open_clip:ViT-B-32@FILE reads yours"
    )
    return EMBEDDED


def embedded_image_size(side: int) -> int:
    """Pixels a side for the embedded encoder, given the images' typical shorter side."""
    return 128 if side <= SMALL else 224
