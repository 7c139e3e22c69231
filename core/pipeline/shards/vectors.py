"""The stage `embed`: a vector of every image of a shard that can be used, NaN for the others."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow as pa

from ...encoders import Encoder, load_encoder
from ...encoders.embed_rows import embed_rows
from ...encoders.protocol import Options
from ...encoders.registry import EMBEDDED
from ...encoders.usual import usual_sight
from ...errors import BadInput
from ...progress import Reporter
from ...store.writer import to_arrow
from ...types import Floats, Ints
from .checked import checked, median_side, usable_rows
from .reached import load_systems, readers, within_reach
from .stage import Arrays, Stage, StageSpec


class Embed(Stage):
    """A row an item: `vector`, and the `reason` where an image went bad since it was opened."""

    kind, needs = "embed", ("ingest", "weights", "encoder")

    def ready(self) -> None:
        """Load the encoder, and what opens the images where they lie at URLs."""
        load_systems(self.folder.roots)
        _ = self._encoder

    def shard(self, number: int) -> pa.Table:
        """An image that cannot be read any more gets NaN and the reason, and does not hold up the others. Raises
        Unreachable where it is not the image that is out of reach, but its place."""
        items, facts = checked(self.folder, self.spec.inputs["ingest"], number)
        encoder = self._encoder
        vectors = np.full((items.num_rows, encoder.dimension), np.nan, np.float32)

        def keep(_: str, rows: Ints, part: Floats) -> None:
            vectors[rows] = part

        with within_reach(items, facts["content_hash"], self.folder.roots) as images:
            missing = embed_rows(
                encoder, images, np.flatnonzero(usable_rows(facts)), commit=keep,
                workers=readers(items["path"].to_pylist()), batch_size=int(self.spec.parameters["batch_size"]),
                others=True,
            )  # fmt: skip
        reasons = [missing.get(row) for row in range(items.num_rows)]
        return pa.table({"vector": to_arrow(vectors), "reason": pa.array(reasons, pa.string())})

    @cached_property
    def _encoder(self) -> Encoder:
        from ...device import set_threads  # PyTorch, which the processes of other stages do without

        set_threads()
        chosen = self.spec.parameters
        encoder = load_encoder(chosen["encoder"], **vars(options_of(self.spec)))
        if encoder.fingerprint != self.spec.inputs["weights"]:
            raise BadInput(
                f"The weights of {chosen['encoder']} on this machine are not those that {self.spec.name} began with.",
                "Put the same weights on every machine.",
            )
        return encoder


def options_of(spec: StageSpec) -> Options:
    """How the encoder of a stage is loaded, on whatever machine."""
    chosen = spec.parameters
    return Options(
        chosen["device"], chosen["image_size"], chosen["feature"], chosen["l2norm"], chosen.get("layers", "last"), False
    )


def embed_spec(ingest: str, merged: Arrays, name: str, options: Options, reporter: Reporter) -> StageSpec:
    """The stage that embeds with an encoder, "auto" for the usual one. merged: what its `ingest` adds up to."""
    from ...device import pick_device
    from ..embed import choose_encoder, parameters_of

    name = choose_encoder(name, reporter)
    device = pick_device(options.device).type
    size, layers = options.image_size, options.layers
    if name == EMBEDDED and size is None:
        n_images = int(np.sum(merged["split_counts"]))
        sight = usual_sight(median_side(merged), n_images, gpu=device != "cpu")
        size, layers = sight.image_size, sight.layers if layers is None else layers
    encoder = load_encoder(
        name, device=device, image_size=size, feature=options.feature, l2norm=options.l2norm, layers=layers,
        download=options.download,
    )  # fmt: skip
    reporter.say(f"{encoder.name} sees the images at {encoder.image_size} pixels, layers {encoder.layers}")
    parameters = {**parameters_of(encoder, options), "device": device, "batch_size": encoder.batch_size}
    return StageSpec(Embed.kind, {"ingest": ingest, "weights": encoder.fingerprint}, parameters)
