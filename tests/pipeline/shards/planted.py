"""Folders of shards whose vectors are given, so that what is to be found in them is known by construction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.pipeline.shards.begun import begin
from core.pipeline.shards.checked import ingest_spec
from core.pipeline.shards.divide import Divided, _write
from core.pipeline.shards.drive import Drive
from core.pipeline.shards.folder import ITEM, ShardFolder
from core.pipeline.shards.stage import StageSpec, write_part
from core.progress import Quiet
from core.store.writer import to_arrow
from core.types import UNLABELLED
from tests.pictures import Heard

Array = NDArray[Any]


def planted(
    place: Path, vectors: Array, labels: Array, *, rows: int, splits: Array | None = None, hashes: Array | None = None,
    classes: int | None = None,
) -> ShardFolder:  # fmt: skip
    """Shards of images that were opened and embedded: no file of an image is there. labels: -1 for none."""
    n = len(vectors)
    columns: dict[str, Any] = {name: pa.nulls(n, ITEM.field(name).type) for name in ITEM.names}
    columns |= {
        "key": [f"{row:06d}" for row in range(n)], "path": [f"{row}.png" for row in range(n)],
        "label": pa.array(labels, mask=labels < 0).cast(ITEM.field("label").type),
        "split": np.full(n, "train") if splits is None else splits,
        "width": np.full(n, 8, np.int32), "height": np.full(n, 8, np.int32),
        "content_hash": [f"hash {row}" for row in range(n)] if hashes is None else hashes,
    }  # fmt: skip
    n_classes = int(labels.max()) + 1 if classes is None else classes
    names = [f"class {label}" for label in range(n_classes)]
    place.mkdir(parents=True)
    _write(Divided("planted", "planted", {}, names, pa.table(columns, schema=ITEM), (), (), (), (), n), place, rows)
    folder = ShardFolder(place)
    with Drive(folder, Quiet(), 1) as drive:
        drive.ingest()
    spec = StageSpec("embed", {"ingest": ingest_spec(folder).name, "weights": "0"}, {"encoder": "given"})
    ledger = begin(folder, spec)
    for number in range(folder.count):
        part = vectors[number * rows : (number + 1) * rows].astype(np.float32)
        reasons = pa.nulls(len(part), pa.string())
        write_part(ledger.part(number), pa.table({"vector": to_arrow(part), "reason": reasons}))
    return folder


def mixed(n: int, n_held_out: int, n_copies: int, seed: int) -> tuple[Array, Array, Array]:
    """Vectors with copies within and across splits, labels of which some are none and one is alone in its class, and
    splits."""
    vectors, labels = mixture(n, 12, 4, seed)
    vectors[100 : 100 + n_copies] = vectors[:n_copies]
    vectors[n - 20 :] = vectors[:20]
    labels[np.random.default_rng(0).random(n) < 0.1] = UNLABELLED
    labels[labels == 3] = 2
    labels[7] = 3
    return vectors, labels, np.where(np.arange(n) < n - n_held_out, "train", "test")


def scored(folder: ShardFolder, *scorers: str, **how: Any) -> tuple[Drive, str]:
    """The command that gave these scores, and what it said."""
    heard = Heard()
    with Drive(folder, heard, **{"workers": 1, **how}) as drive:
        drive.score(scorers)
    return drive, heard.text


def mixture(
    n: int, d: int, n_classes: int, seed: int = 0, *, groups: int = 60, noise: float = 0.7
) -> tuple[Array, Array]:
    """(n, d) vectors in many groups, each of which is mostly of one class; and their labels."""
    generator = np.random.default_rng(seed)
    group = generator.integers(0, groups, n)
    vectors = generator.normal(size=(groups, d))[group] + noise * generator.normal(size=(n, d))
    labels = np.where(generator.random(n) < 0.9, group % n_classes, generator.integers(0, n_classes, n))
    return vectors.astype(np.float32), labels
