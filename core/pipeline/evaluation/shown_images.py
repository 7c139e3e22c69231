"""Images beside the audit's own: those of another audit, or its own corrupted, for its models and encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ...corruptions.scaled import worsened
from ...dataset import IngestOptions
from ...encoders.embed_rows import Pictures, embed_rows
from ...encoders.protocol import Encoder
from ...errors import BadInput
from ...images.pixels import PixelSource
from ...progress import Advance, Reporter
from ...store import views
from ...store.audit import Audit, audits_folder, list_audits
from ...store.writer import fingerprint
from ...training.pixels import Pixels, to_square
from ...types import Floats, Ints
from ..ingest import ingest
from .choose_models import ModelInput


def other_audit(audit: Audit, named: str, reporter: Reporter) -> Audit:
    """The audit of that name, or one made of the data at that path.

    What is made lies in the audit's own cache, so that no command takes it for one of the user's.
    Raises BadInput where there is neither, and on the audit itself.
    """
    known = {one.name: one for one in list_audits()}
    if named == audit.name:
        raise BadInput(
            f"{named!r} is the audit itself: its images are the in-distribution ones.",
            "Give another audit, or --ood held-out for the classes that were held out of training.",
        )
    if named in known:
        return known[named]
    if not Path(named).exists():
        there = ", ".join(name for name in known if name != audit.name) or "none"
        raise BadInput(
            f"There is no audit {named!r} in {audits_folder()} (others there: {there}), nor data at that path.",
            "Give an audit's name, the path of a folder or manifest, or held-out.",
        )
    folder = audit.cache / "others" / fingerprint(str(Path(named).resolve()))  # two folders may have one name
    return ingest(named, reporter, options=IngestOptions(), folder=folder)


def source_of(audit: Audit) -> PixelSource:
    """All images of an audit, by image id."""
    rows = views.images(views.open_hub(audit, []), "path, row, content_hash")
    return PixelSource(*(rows[name].to_pylist() for name in ("path", "row", "content_hash")))


def pixels_of(source: Pictures, ids: Ints, shown: ModelInput) -> Pixels:
    """(m, S, S, 3) uint8 of some images, as a model is shown them. Raises Refusal on one that cannot be read."""
    return np.stack([np.asarray(to_square(source.rgb(i), shown.size, shown.transform)) for i in ids.tolist()])


def vectors_of(encoder: Encoder, source: Pictures, ids: Ints, advance: Advance | None = None) -> Floats:
    """(m, d) float32 of some images. Raises BadInput on one that cannot be read."""
    parts: list[Floats] = []
    unread = embed_rows(encoder, source, ids, commit=lambda _, __, vectors: parts.append(vectors), progress=advance)
    if unread:
        raise BadInput(f"{len(unread)} of {len(ids)} images got no vector: {next(iter(unread.values()))}")
    return np.concatenate(parts)


@dataclass(frozen=True)
class ShownCorrupted:
    """The images of a source corrupted by one corruption; severity 0 leaves them as they are.

    hashes: (n,) the images' identities. side: that to which larger images are scaled down, as in `worsened`.
    """

    source: Pictures
    hashes: Sequence[str]
    kind: str
    severity: int
    side: int
    seed: int = 0

    def rgb(self, index: int, /) -> Image.Image:
        """One image, RGB."""
        return worsened(
            self.source.rgb(index), self.kind, self.severity, side=self.side, seed=self.seed,
            identity=self.hashes[index],
        )  # fmt: skip
