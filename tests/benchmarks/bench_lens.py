"""Twenty million images over shards: scored, and a lens of 200,000 made: python -m tests.benchmarks.bench_lens FOLDER.

Run: python -m tests.benchmarks.bench_lens FOLDER [--images 20000000] [--lens 200000] [--workers 2]

The vectors are drawn at random around a direction of each class, and 5,000 small pictures stand behind all images.
About 9 GB in FOLDER at that size, where it goes on if it was stopped. `bench_dashboard --folder FOLDER/audits --audit
lens` then measures the dashboard on it.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.dataset import IngestOptions
from core.engines.ledger import Ledger
from core.pipeline.shards.begun import begin
from core.pipeline.shards.checked import FACTS, ingest_spec
from core.pipeline.shards.divide import shard
from core.pipeline.shards.drive import Drive
from core.pipeline.shards.folder import HEADER, ITEM, ITEMS, ShardFolder, fingerprint_of
from core.pipeline.shards.lens import lens
from core.pipeline.shards.stage import StageSpec, read_part, write_part
from core.pipeline.shards.stored.header import header_of, header_text
from core.progress import Quiet
from core.store.writer import to_arrow
from tests.benchmarks.reporting import say, say_conditions

ROWS, CLASSES, DIMENSION, PICTURES, SIDE = 100_000, 1_000, 64, 5_000, 32
GIGABYTE = 1024**3


@dataclass(frozen=True)
class Drawn:
    """Shards of so many images. seconds: that it took to draw them; 0 where they were there."""

    folder: ShardFolder
    embed: StageSpec
    seconds: float


def drawn(folder: Path, images: int) -> Drawn:
    """The folder with its items, and its stages of opening and embedding as if they had been computed."""
    started = time.perf_counter()
    place = folder / "shards"
    if not (place / HEADER).exists():
        _divide(folder, place, images)
    shards = ShardFolder(place)
    ingest = ingest_spec(shards)
    embed = StageSpec("embed", {"ingest": ingest.name, "weights": "drawn"}, {
        "encoder": "drawn", "dimension": DIMENSION, "device": "cpu", "batch_size": ROWS, "image_size": SIDE,
        "feature": "projected", "l2norm": False, "layers": "last",
    })  # fmt: skip
    ledger = begin(shards, embed)
    left = sorted(set(range(shards.count)) - ledger.done())
    for number in left:
        _embed(shards, ledger, number)
    return Drawn(shards, embed, time.perf_counter() - started if left else 0.0)


def _divide(folder: Path, place: Path, images: int) -> None:
    """Items of which every 5,000 in turn show the same pictures, which were opened once."""
    rng = np.random.default_rng(0)
    pictures = folder / "pictures.npy"
    np.save(pictures, rng.integers(0, 255, (PICTURES, SIDE, SIDE, 3), dtype=np.uint8))
    few = shard(str(pictures), Quiet(), to=folder / "few", rows=PICTURES, options=IngestOptions())
    with Drive(few, Quiet(), 1) as drive:
        spec, _ = drive.ingest()
    opened = read_part(begin(few, spec).part(0))
    (place / ITEMS).mkdir(parents=True, exist_ok=True)
    prints = []
    for number, start in enumerate(range(0, images, ROWS)):
        ids = np.arange(start, min(start + ROWS, images))
        picture = ids % PICTURES
        facts = {name: opened[name].take(pa.array(picture)) for name in FACTS}
        label = rng.integers(0, CLASSES, len(ids)).astype(np.int32)
        columns = {
            "key": [f"{one:09d}" for one in ids], "path": [str(pictures)] * len(ids), "row": picture, "label": label,
            "true_label": pa.nulls(len(ids), pa.int32()),
            "split": np.where(rng.random(len(ids)) < 0.9, "train", "test").tolist(), **facts,
        }  # fmt: skip
        table = pa.table([pa.array(columns[field.name]) if not isinstance(columns[field.name], pa.ChunkedArray)
                          else columns[field.name] for field in ITEM], names=ITEM.names).cast(ITEM)  # fmt: skip
        file = place / ITEMS / f"part-{number:05d}.parquet"
        pq.write_table(table, file)
        prints.append(fingerprint_of(file.read_bytes()))
    header = json.loads((few.path / HEADER).read_text())
    header |= {"classes": [f"class {i:03d}" for i in range(CLASSES)], "items": prints, "images": images, "rows": ROWS}
    said = {name: value for name, value in header.items() if name not in ("format", "fingerprint", "digest")}
    (place / HEADER).write_text(header_text(header_of(said)))


def _embed(shards: ShardFolder, ledger: Ledger, number: int) -> None:
    rng = np.random.default_rng([1, number])
    centres = np.random.default_rng(1).standard_normal((CLASSES, DIMENSION), dtype=np.float32)
    labels = shards.items(number)["label"].to_numpy()
    vectors = rng.standard_normal((len(labels), DIMENSION), dtype=np.float32) * 1.5 + centres[labels]
    write_part(
        ledger.part(number), pa.table({"vector": to_arrow(vectors), "reason": pa.nulls(len(labels), pa.string())})
    )


def timed(what: str, images: int, work: object) -> None:
    """Say how long a stage took, and the largest memory of a process until now."""
    started = time.perf_counter()
    work()  # type: ignore[operator]
    seconds = time.perf_counter() - started
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    say(f"{what}, {images:,} images", f"{seconds:,.0f} s ({images / seconds:,.0f} images/s)", "", None)
    say("largest process until then", f"{peak / 1024**2:.2f} GB", "", None)


def main() -> None:
    """Print every measurement."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--images", type=int, default=20_000_000)
    asked.add_argument("--lens", type=int, default=200_000)
    asked.add_argument("--workers", type=int, default=2)
    chosen = asked.parse_args()
    say_conditions("a lens of many shards")
    chosen.folder.mkdir(parents=True, exist_ok=True)
    made = drawn(chosen.folder, chosen.images)

    def scored(name: str) -> None:
        with Drive(made.folder, Quiet(), chosen.workers) as drive:
            drive.score([name], made.embed.name)
            if drive.missing:
                raise drive.said()

    timed("ingest of facts that are known, rmd in all its forms", chosen.images, lambda: scored("rmd"))
    timed("centroid", chosen.images, lambda: scored("centroid"))
    audits = chosen.folder / "audits"
    shutil.rmtree(audits / "lens", ignore_errors=True)
    timed(
        f"a lens of {chosen.lens:,}", chosen.images,
        lambda: lens(made.folder, Quiet(), name="lens", images=chosen.lens, by=["rmd_oof", "centroid"], place=audits),
    )  # fmt: skip


if __name__ == "__main__":
    main()
