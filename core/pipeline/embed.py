"""Embedding: one vector per image, reused by content hash when the data set has only grown."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..device import set_threads
from ..embedding import embed_rows
from ..encoders import list_encoders, load_encoder
from ..images import PixelSource
from ..progress import Reporter
from ..store import views
from ..store.audit import Audit
from ..store.writer import RunWriter, Stopwatch, fingerprint
from ..types import Ints, RunSpec
from .steps import Done, compute

PREFERRED = "open_clip:ViT-B-32/openai"
EMBEDDED = "embedded"
SMALL = 160  # pixels; up to here 128 a side shows the embedded encoder all there is, at a third of the cost of 224


def embed(
    audit: Audit,
    encoder_name: str,
    reporter: Reporter,
    *,
    image_size: int | None = None,
    feature: str = "projected",
    l2norm: bool = False,
    batch_size: int | None = None,
    device: str = "auto",
    download: bool = False,
) -> Done:
    """Embed every image of the audit. encoder_name "auto" leaves the choice to `choose_encoder`."""
    set_threads()
    encoder_name = choose_encoder(encoder_name, reporter)
    if image_size is None and encoder_name == EMBEDDED:
        image_size = embedded_image_size(views.typical_side(views.open_hub(audit)))
    encoder = load_encoder(
        encoder_name, device=device, image_size=image_size, feature=feature, l2norm=l2norm, download=download
    )
    parameters = {
        "encoder": encoder.name, "image_size": encoder.image_size, "feature": feature, "l2norm": l2norm,
        "dimension": encoder.dimension, "precision": encoder.precision,
    }  # fmt: skip
    inputs = {"items": audit.items_fingerprint}
    spec = RunSpec("embed", encoder.name, inputs, parameters, weights=encoder.fingerprint)

    def work(writer: RunWriter) -> None:
        # Batches are cut from the same list whatever was done before, so that a resumed run computes the same
        # batches as an uninterrupted one and its vectors are the same to the bit.
        ids, vectors = views.reusable_vectors(audit, spec)
        reused = f"reused {fingerprint(ids.tolist())}"
        if reused not in writer.finished():
            rows = {"image_id": ids, "vector": vectors.reshape(len(ids), encoder.dimension)}
            writer.commit(reused, {"embedding": rows}, clear=("embedding", "progress"))
        if len(ids):
            reporter.say(f"embed {encoder.name}: {len(ids):,} vectors reused from an earlier state of the data")
        rows = views.images(views.open_hub(audit), "key, path, row, content_hash")
        todo = np.setdiff1d(np.arange(rows.num_rows, dtype=np.int32), ids)
        source = PixelSource(rows["path"].to_pylist(), rows["row"].to_pylist(), rows["content_hash"].to_pylist())
        watch = Stopwatch()

        def commit(unit: str, ids: Ints, vectors: Any) -> None:
            writer.commit(unit, {"embedding": {"image_id": ids, "vector": vectors}}, seconds=watch.lap())

        with reporter.bar("embed") as advance:
            missing = embed_rows(
                encoder, source, todo, batch_size=batch_size, progress=advance, commit=commit,
                finished=writer.finished(),
            )  # fmt: skip
        for image_id, reason in missing.items():
            reporter.warn(f"{rows['key'][int(image_id)].as_py()!r} got no vector: {reason}")

    return compute(audit, spec, work, reporter, d=encoder.dimension)


def choose_encoder(name: str, reporter: Reporter) -> str:
    """The encoder that is meant: "auto" is CLIP where its weights are at hand, else the embedded one, and says so."""
    if name != "auto":
        return name
    known = {info.spec: info for info in list_encoders()}
    if known[PREFERRED].weights == "at hand":
        return PREFERRED
    reporter.say(
        f"encoder: {EMBEDDED} (needs no network). CLIP finds more; its weights are not on this machine: "
        f"--encoder {PREFERRED} --download fetches them, --encoder open_clip:ViT-B-32@FILE reads yours"
    )
    return EMBEDDED


def embedded_image_size(side: int) -> int:
    """Pixels a side for the embedded encoder, given the images' typical shorter side."""
    return 128 if side <= SMALL else 224
