"""Scorers of an embedding at 10, 100 and 500 classes: python -m tests.benchmarks.bench_many_classes [--keep FOLDER].

Letters of K kinds, 60 images each, with 10 % wrong labels. Each scorer runs in a process of its own: CPU time, the
memory at its peak beyond what the vectors took, how both grow with n·K, how well it ranks the wrong labels, and how
often its suggestion is the true one. `--drawn` draws vectors in place of images, for cost alone.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

from core.encoders import load_encoder
from core.encoders.embed_rows import embed_rows
from core.metrics.auroc import auroc_interval
from core.metrics.labels import average_precision
from core.scorers.inputs import Inputs
from core.scorers.registry import get_scorer
from core.types import Floats, Ints
from tests.benchmarks.reporting import cpu_seconds, say_conditions
from tests.benchmarks.synthetic import vector_blocks
from tests.glyphs import PAIR, SYMMETRIC, images, with_noise

SCORERS = {
    "knn": "knn", "centroid": "centroid", "rmd": "rmd_margin", "md": "md", "probe": "probe_margin",
    "cleanlab": "cleanlab_self_confidence", "confident": "confident", "suspicion": "suspicion", "kmeans": "kmeans",
    "outlier": "outlier", "duplicates": "duplicate",
}  # fmt: skip
"""Every scorer that reads an embedding alone -> its column that ranks labels."""
SHARE = 0.1
DIMENSION = 384


@dataclass(frozen=True)
class Cost:
    """CPU seconds; bytes at the peak beyond those before; AUROC and AP of wrong labels; share of suggestions right."""

    seconds: float
    memory: int
    auroc: float
    precision: float
    right: float


class Letters:
    """Images by their index, as an encoder reads them."""

    def __init__(self, n_classes: int, per_class: int) -> None:
        self._images = [image for _, image in images(n_classes, per_class)]

    def rgb(self, index: int, /) -> Image.Image:
        """The letter of that index as RGB."""
        return self._images[index].convert("RGB")


def vectors(folder: Path, n_classes: int, per_class: int, drawn: bool) -> Path:
    """The file of vectors of these letters, (n, d) float32 in the order of their classes; made where it is missing."""
    path = folder / f"{'drawn' if drawn else 'letters'}-{n_classes}-{per_class}.npy"
    if not path.exists():
        true = np.repeat(np.arange(n_classes), per_class)
        found = np.empty((len(true), DIMENSION), np.float32)
        if drawn:
            for rows, block in vector_blocks(true, DIMENSION, n_classes):
                found[rows] = block
        else:
            encoder = load_encoder("embedded")

            def keep(_: str, ids: Ints, block: Floats) -> None:
                found[ids] = block

            embed_rows(encoder, Letters(n_classes, per_class), np.arange(len(true)), commit=keep)
        np.save(path, found)
    return path


def cost(path: Path, n_classes: int, scorer: str, kind: str) -> Cost:
    """What one scorer costs and is worth. Runs in a process of its own, whose peak is then the scorer's."""
    features = np.load(path)
    n = len(features)
    true = np.repeat(np.arange(n_classes), n // n_classes)
    given, wrong = with_noise(true, n_classes, SHARE, kind)
    hashes = np.array([f"{row:040x}" for row in range(n)]) if scorer == "duplicates" else None
    inputs = Inputs(given, n_classes, np.ones(n, bool), features=features, content_hashes=hashes)
    get_scorer(scorer).run(few(inputs))  # what it imports is not its own
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    columns = []
    seconds = cpu_seconds(lambda: columns.extend(get_scorer(scorer).run(inputs)))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    column = next(one for one in columns if one.name == SCORERS[scorer])
    right = np.nan
    if column.suggested_label is not None:
        right = float(np.mean(column.suggested_label[wrong] == true[wrong]))
    ranked = np.nan_to_num(column.values)
    return Cost(seconds, 1024 * memory, auroc_interval(ranked, wrong).value, average_precision(ranked, wrong), right)


def few(inputs: Inputs) -> Inputs:
    """Two classes of ten images each."""
    rows = np.r_[np.flatnonzero(inputs.labels == 0)[:10], np.flatnonzero(inputs.labels == 1)[:10]]
    hashes = None if inputs.content_hashes is None else inputs.content_hashes[rows]
    return Inputs(
        inputs.labels[rows], 2, np.ones(20, bool), features=np.asarray(inputs.features)[rows], content_hashes=hashes
    )


def exponent(costs: list[float], sizes: list[int]) -> float:
    """The power of n·K that costs grow with between the two largest: 1 in proportion, below 1 slower."""
    return float(np.log(costs[-1] / costs[-2]) / np.log(sizes[-1] / sizes[-2])) if min(costs[-2:]) > 0 else np.nan


def table(folder: Path, counts: list[int], per_class: int, kind: str, drawn: bool, scorers: list[str]) -> None:
    """A row for each scorer: its costs at each number of classes, their exponents, and what it is worth."""
    heads = "".join(f"{f'K={k}':>20}" for k in counts)
    print(f"   {kind}, {SHARE:.0%} wrong: CPU seconds and MB at the peak\n   {'scorer':<11}{heads}   exponents")
    sizes = [k * k * per_class for k in counts]
    worth = []
    for scorer in scorers:
        found = []
        for k in counts:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                found.append(pool.submit(cost, vectors(folder, k, per_class, drawn), k, scorer, kind).result())
        cells = "".join(f"{one.seconds:>10.1f} s {one.memory / 1e6:>5.0f} MB" for one in found)
        growth = [exponent([one.seconds for one in found], sizes), exponent([one.memory for one in found], sizes)]
        growing = "" if len(counts) < 2 else f"   time {growth[0]:.2f}, memory {growth[1]:.2f}"
        print(f"   {scorer:<11}{cells}{growing}", flush=True)
        worth.append((scorer, [f"{one.auroc:.3f} {one.precision:.3f} {one.right:.2f}" for one in found]))
    if not drawn:
        print(f"   {kind}: AUROC and AP of wrong labels, share of their suggestions that is right")
        for scorer, cells_of in worth:
            print(f"   {scorer:<11}{''.join(f'{cell:>20}' for cell in cells_of)}", flush=True)


def main() -> None:
    """Symmetric and pair noise, at each number of classes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=int, nargs="+", default=[10, 100, 500])
    parser.add_argument("--images", type=int, default=60, help="of each class")
    parser.add_argument("--kinds", nargs="+", default=[SYMMETRIC, PAIR])
    parser.add_argument("--scorers", nargs="+", default=list(SCORERS))
    parser.add_argument("--drawn", action="store_true", help="draw vectors in place of images")
    parser.add_argument("--keep", type=Path, help="a folder for the vectors, which take most of the time")
    args = parser.parse_args()
    say_conditions("scorers of many classes")
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for kind in args.kinds:
            table(folder, args.classes, args.images, kind, args.drawn, args.scorers)


if __name__ == "__main__":
    main()
