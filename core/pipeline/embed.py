"""Embedding: one vector per image, reused by content hash when the data set has only grown."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from ..device import pick_device, set_threads
from ..encoders import Encoder, list_encoders, load_encoder
from ..encoders.embed_rows import embed_rows
from ..encoders.layers import LAST
from ..encoders.protocol import Feature, Options
from ..encoders.registry import EMBEDDED, READS_TEXT
from ..encoders.usual import BEST, Sight, usual_sight
from ..files.names import checked_name
from ..images.pixels import PixelSource
from ..kinds.embed import layers_of
from ..maths.vectors import ROWS_STEP
from ..progress import Reporter
from ..store import views
from ..store.audit import Audit
from ..store.writer import RunWriter, Stopwatch, fingerprint, run_id
from ..types import Floats, Ints, RunSpec
from ..wording import duration
from .steps import Done, compute

MOST_SECONDS = 2.0  # of work that a killed process can lose
TRIAL = 32  # images encoded to learn the speed


def embed(
    audit: Audit,
    encoder_name: str,
    reporter: Reporter,
    *,
    image_size: int | None = None,
    feature: Feature = "projected",
    l2norm: bool = False,
    layers: str | None = None,
    batch_size: int | None = None,
    device: str = "auto",
    download: bool = False,
    grid: str = "",
) -> Done:
    """Embed every image of the audit. encoder_name "auto" leaves the choice to `choose_encoder`.

    grid: the grid that it is made for; see `for_grid`.
    """
    options = Options(device, image_size, feature, l2norm, layers, download)
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
    first = not audit.runs("embed", current=False)
    name = choose_encoder(encoder_name, reporter, download=options.download, offer=first)
    by_rule = options.image_size is None and name == EMBEDDED
    if by_rule:
        sight = sight_of(audit, options, reporter)
        layers = sight.layers if options.layers is None else options.layers
        options = replace(options, image_size=sight.image_size, layers=layers)
    encoder = load_encoder(name, **vars(options))
    inputs = {"items": audit.items_fingerprint}
    spec = RunSpec("embed", encoder.name, inputs, parameters_of(encoder, options), weights=encoder.fingerprint)
    if by_rule and not audit.run_path(run_id(spec)).exists():
        reporter.say(choice_in_words(encoder, len(views.labels(views.open_hub(audit, ())))))
    return encoder, spec


def parameters_of(encoder: Encoder, options: Options) -> dict[str, Any]:
    """What is kept of how an encoder was loaded."""
    parameters = {
        "encoder": encoder.name, "image_size": encoder.image_size, "feature": options.feature,
        "l2norm": options.l2norm, "dimension": encoder.dimension, "precision": encoder.precision,
    }  # fmt: skip
    if encoder.layers != LAST:  # left out where it says nothing, as embeddings of before there was a choice do
        parameters["layers"] = encoder.layers
    return parameters


def sight_of(audit: Audit, options: Options, reporter: Reporter) -> Sight:
    """What the embedded encoder sees where nobody says: as in the audit's newest such embedding, else by the rule.

    So vectors are reused when the data grows, and nothing is computed again because the rule would choose otherwise;
    where it would, that is said.
    """
    hub = views.open_hub(audit, ())
    usual = usual_sight(views.typical_side(hub), len(views.labels(hub)), gpu=pick_device(options.device).type != "cpu")
    for run in reversed(audit.runs("embed", current=False)):
        chosen = run.parameters
        made = (chosen.get("encoder"), chosen.get("feature"), chosen.get("l2norm"))
        if made == (EMBEDDED, options.feature, options.l2norm) and not run.grid:
            kept = Sight(int(chosen["image_size"]), layers_of(run))
            if kept != usual:
                reporter.say(
                    f"embedded goes on at {kept}, as the newest such embedding here, {run.run_id}; a first one would "
                    f"be at {usual}: audit and embed take {usual.options}"
                )
            return kept
    return usual


def choice_in_words(encoder: Encoder, n_images: int) -> str:
    """What was chosen, and what finds more at which cost."""
    sight = Sight(encoder.image_size, encoder.layers)
    said = f"{encoder.name} sees the images at {sight}"
    if sight == BEST:
        return said
    times = BEST.times(sight)
    seconds = n_images * seconds_per_image(encoder) * times
    cost = f"{times:.1f} times the work, about {duration(seconds)} to embed" if times > 1 else "as much work"
    more = f"at {BEST} it found more wrong labels on most data tried, for {cost}"
    return f"{said}; {more}: audit and embed take {BEST.options}"


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
                finished=writer.finished(), others=len(ids) > 0,
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


def choose_encoder(name: str, reporter: Reporter, *, download: bool = False, offer: bool = True) -> str:
    """The encoder that is meant: "auto" is CLIP where its weights are at hand or may be fetched, else the embedded one.

    What is to be fetched is said with its size; offer: so is what could be, where it may not.
    """
    if name != "auto":
        return name
    clip = next(info for info in list_encoders() if info.spec == READS_TEXT)
    if clip.weights == "at hand":
        return READS_TEXT
    if download:
        reporter.say(f"encoder: {READS_TEXT}; its weights, {clip.megabytes} MB, are fetched once, for all audits")
        return READS_TEXT
    if offer:
        reporter.say(
            f"encoder: {EMBEDDED} (needs no internet). CLIP finds more; its weights are not on this machine: "
            f"--download fetches them once, {clip.megabytes} MB; --encoder open_clip:ViT-B-32@FILE reads yours"
        )
    return EMBEDDED


def seconds_per_image(encoder: Encoder) -> float:
    """What encoding costs now, by a trial; decoding goes on beside it."""
    images = np.zeros((TRIAL, encoder.image_size, encoder.image_size, 3), np.uint8)
    encoder.encode(images)  # the first call also sets things up
    started = time.perf_counter()
    encoder.encode(images)
    return (time.perf_counter() - started) / TRIAL
