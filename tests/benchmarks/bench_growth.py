"""Does the time per image stay the same as the data grows?  python -m tests.benchmarks.bench_growth [--quick]

Each step is done on 10,000, 40,000 and 160,000 images, the sizes in turn; CPU time per image is compared with that at
the smallest size. Fixed costs make it fall; what must not happen is that it rises. Embedding goes through the real
engine, commits and file, with a stand-in for the network that costs next to nothing (the network's own cost per image
is the same by construction), so that whatever grows would show. VoG uses the smallest network on images of 8 pixels.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy reads it

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch
from PIL import Image

from core.encoders.embed_rows import embed_rows
from core.encoders.protocol import Pixels, Vectors
from core.errors import BadInput
from core.pipeline.embed import Commits
from core.pipeline.scoring.score import score
from core.pipeline.scoring.vog import UNIT, spread_rows
from core.progress import Quiet
from core.store.audit import Audit, create_audit
from core.store.writer import open_run
from core.training.batches import Batches
from core.training.fold import ready_for_gradients
from core.training.gradients import gradient_spread
from core.training.networks.models import build_model
from core.training.pixels import Normalisation
from core.types import RunSpec
from tests.benchmarks.reporting import cpu_seconds, say, say_conditions
from tests.benchmarks.synthetic import ITEMS, synthetic_audit

SIZES = (10_000, 40_000, 160_000)
REPEATS = 3
D, K = 128, 10


class StandIn:
    """An encoder whose vector is a fixed random map of the pixels."""

    name, dimension, image_size, fingerprint, precision = "stand-in", D, 4, "0", "float32"
    layers, has_text, batch_size, logit_scale = "last", False, 256, 1.0
    _map = np.random.default_rng(0).standard_normal((48, D), dtype=np.float32)

    def prepare(self, image: Image.Image) -> Pixels:
        return np.array(image.resize((4, 4), Image.Resampling.BOX))

    def encode(self, batch: Pixels) -> Vectors:
        vectors: Vectors = batch.reshape(len(batch), -1).astype(np.float32) @ self._map
        return vectors

    def encode_text(self, texts: list[str]) -> Vectors:
        raise BadInput("No text side.")


class Plain:
    """Pictures of one colour each."""

    def rgb(self, index: int, /) -> Image.Image:
        return Image.new("RGB", (8, 8), (index % 251, index % 241, index % 239))


def embedding(folder: Path, n: int) -> Callable[[], object]:
    """All images read, prepared, encoded, committed and published."""
    audit = create_audit(f"embedding {n}", folder)
    spec = RunSpec("embed", "stand-in", {"items": ITEMS}, {})

    def work() -> None:
        with open_run(audit, spec, d=D) as writer:
            audit.run_path(writer.run_id).unlink(missing_ok=True)
            commits = Commits(writer, np.empty(0, np.int32), np.empty((0, D), np.float32))
            embed_rows(StandIn(), Plain(), np.arange(n, dtype=np.int32), commit=commits.add)
            commits.finish()
            writer.publish()

    return work


def rmd(folder: Path, n: int) -> Callable[[], object]:
    """All four columns, from the store and back into it."""
    audit, _ = synthetic_audit(folder, f"rmd {n}", n, D, K)

    def work() -> None:
        done = score(audit, "rmd", Quiet())
        audit.run_path(done.run_id).unlink()

    return work


def vog(folder: Path, n: int) -> Callable[[], object]:
    """Three checkpoints' gradients of every image, committed a unit at a time as `hardlook score vog` does."""
    audit: Audit = create_audit(f"vog {n}", folder)
    pixels = np.random.default_rng(0).integers(0, 256, (n, 8, 8, 3), dtype=np.uint8)
    labels = np.arange(n) % K
    batches = Batches(pixels, Normalisation((0.5,) * 3, (0.25,) * 3), torch.device("cpu"))
    torch.manual_seed(0)
    models = [ready_for_gradients(build_model("resnet8", K, 8).eval()) for _ in range(3)]
    spec = RunSpec("score", "vog", {"items": ITEMS}, {})

    def work() -> None:
        with open_run(audit, spec) as writer:
            for start in range(0, n, UNIT):
                rows = np.arange(start, min(start + UNIT, n))
                spread = gradient_spread(models, batches, labels, rows, ("logit",))
                targets = dict.fromkeys(spread.values, labels[rows])
                writer.commit(str(start), {"score": spread_rows(rows, spread.values, targets)})
            audit.run_path(writer.run_id).unlink(missing_ok=True)
            writer.publish()

    return work


def main() -> None:
    """Print time per image at each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the images, once")
    quick = parser.parse_args().quick
    sizes = [n // 10 for n in SIZES] if quick else list(SIZES)
    torch.set_num_threads(1)
    say_conditions(f"Growth: {', '.join(f'{n:,}' for n in sizes)} images")
    for step in (embedding, rmd, vog):
        with tempfile.TemporaryDirectory() as folder:
            works = [step(Path(folder), n) for n in sizes]
            works[0]()  # warm-up
            rounds = [[cpu_seconds(work) / n for work, n in zip(works, sizes, strict=True)]
                      for _ in range(1 if quick else REPEATS)]  # fmt: skip
        each = [median(seconds) for seconds in zip(*rounds, strict=True)]
        growth = max(median(seconds[i] / seconds[0] for seconds in rounds) for i in (1, 2))
        figures = ", ".join(f"{seconds * 1e6:,.0f}" for seconds in each)
        say(f"{step.__name__}: {figures} µs an image", f"{growth:.2f}× the smallest", "at most 1.15×", growth <= 1.15)


if __name__ == "__main__":
    main()
