"""Embedding: one vector per image, reused by content hash when the data set has only grown."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..device import pick_device
from ..embedding import embed_rows
from ..encoders import Encoder, load_encoder
from ..errors import WeightsUnavailable
from ..images import PixelSource
from ..progress import Reporter
from ..store import views
from ..store.audit import Audit
from ..store.writer import RunWriter, Stopwatch
from ..types import Ints, RunSpec
from .steps import Done, compute

PREFERRED = "open_clip:ViT-B-32/openai"
EMBEDDED = "embedded"
SMALL = 160  # pixels: below this the embedded encoder reads images at 128, above at its own 224


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
    """Embed every image of the audit. encoder_name "auto": CLIP where its weights are at hand, else the embedded one."""
    encoder = choose_encoder(
        audit, encoder_name, reporter, image_size=image_size, feature=feature, l2norm=l2norm, device=device,
        download=download,
    )  # fmt: skip
    parameters = {
        "encoder": encoder.name, "image_size": encoder.image_size, "feature": feature, "l2norm": l2norm,
        "dimension": encoder.dimension, "precision": "bfloat16" if pick_device(device) == "cuda" else "float32",
    }  # fmt: skip
    inputs = {"items": audit.items_fingerprint}
    spec = RunSpec("embed", encoder.name, inputs, parameters, weights=encoder.fingerprint)

    def work(writer: RunWriter) -> None:
        finished = writer.finished()
        if "reused" not in finished:
            ids, vectors = reusable(audit, spec, encoder.dimension)
            writer.commit("reused", {"embedding": {"image_id": ids, "vector": vectors}})
            if len(ids):
                reporter.say(f"embed {encoder.name}: {len(ids):,} vectors reused from an earlier state of the data")
        # Batches are cut from the same list whatever was done before, so that a resumed run computes the same
        # batches as an uninterrupted one and its vectors are the same to the bit.
        hub = views.open_hub(audit)
        rows = views.images(hub)
        reused = writer.read("SELECT unnest(ids) AS image_id FROM reused")["image_id"].to_numpy()
        todo = np.setdiff1d(np.arange(rows.num_rows, dtype=np.int32), reused)
        source = PixelSource(rows["path"].to_pylist(), rows["row"].to_pylist())
        watch = Stopwatch()

        def commit(unit: str, ids: Ints, vectors: Any) -> None:
            writer.commit(unit, {"embedding": {"image_id": ids, "vector": vectors}}, seconds=watch.lap())

        with reporter.bar("embed") as advance:
            missing = embed_rows(
                encoder, source, todo, batch_size=batch_size, progress=advance, commit=commit, finished=finished
            )
        for image_id, reason in missing.items():
            reporter.warn(f"{rows['key'][int(image_id)].as_py()!r} got no vector: {reason}")

    return compute(audit, spec, work, reporter, d=encoder.dimension)
