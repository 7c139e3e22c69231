"""Which score finds wrong labels best: CIFAR-10N, every scorer of embeddings beside cleanlab, with intervals.

Run: OMP_NUM_THREADS=1 python tests/benchmarks/bench_label_errors.py [--embeddings FILE.npy] [--write FILE.md]

Needs the first 10,000 CIFAR-10 training images with the human labels of CIFAR-10N, which are not part of the project
(CC BY-NC 4.0): ../shared/data/cifar10n-train-10k.npz, or --data. The embedded encoder reads the images at 128 pixels;
with --embeddings they are read from the file if it exists and written there if it does not.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.stats import rankdata

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.metrics.intervals import bootstrap_counts
from core.metrics.labels import Found, found
from core.metrics.ranking import Counts, auroc_of, average_precision_of, rank
from core.scorers.inputs import Inputs
from core.scorers.registry import get_scorer
from core.types import HARDER_HIGH, Bools, Estimate, Floats, Ints, ScoreColumn

DATA = Path(__file__).resolve().parents[3] / "shared/data/cifar10n-train-10k.npz"
SCORERS = ("suspicion", "rmd", "md", "kmeans", "knn", "centroid", "probe", "cleanlab", "outlier")
AVERAGED = ("rmd", "probe_self_confidence", "knn")  # the plain way to combine scores, as a rival
DRIVER_PREFIX = "suspicion_from_"  # parts of suspicion, not rivals to it
CLASSES, SIZE, RESAMPLES, SEED = 10, 128, 1000, 0
AIMS = {"20 % symmetric": (0.990, 0.965), "worse_label": (0.965, 0.950), "aggre_label": (0.950, 0.770)}


def embed(pixels: Ints) -> Floats:
    """(n, 1280) float32 of the embedded encoder. pixels: (n, 32, 32, 3) uint8."""
    from core.encoders import load_encoder

    encoder = load_encoder("embedded", image_size=SIZE)
    vectors = []
    for start in range(0, len(pixels), 64):
        prepared = [encoder.prepare(Image.fromarray(image)) for image in pixels[start : start + 64]]
        vectors.append(encoder.encode(np.stack(prepared)))
    return np.concatenate(vectors).astype(np.float32)


def noises(data: dict[str, Ints]) -> Iterator[tuple[str, Ints]]:
    """Each kind of noise by name and the labels that carry it."""
    clean = data["clean_label"].astype(np.int64)
    rng = np.random.default_rng(0)
    rows = rng.permutation(len(clean))[: len(clean) // 5]
    symmetric = clean.copy()
    symmetric[rows] = (clean[rows] + rng.integers(1, CLASSES, len(rows))) % CLASSES
    yield "20 % symmetric", symmetric
    yield "worse_label", data["worse_label"].astype(np.int64)
    yield "aggre_label", data["aggre_label"].astype(np.int64)


def columns_of(features: Floats, labels: Ints) -> dict[str, tuple[ScoreColumn, float]]:
    """Every score of every scorer by name, with the CPU seconds its scorer took, and the usual rank average."""
    inputs = Inputs(labels=labels, n_classes=CLASSES, fit=np.ones(len(labels), bool), features=features)
    columns: dict[str, tuple[ScoreColumn, float]] = {}
    for name in SCORERS:
        started = time.process_time()
        scored = get_scorer(name).run(inputs)
        seconds = time.process_time() - started
        columns |= {column.name: (column, seconds) for column in scored if not column.name.startswith(DRIVER_PREFIX)}
    members = [columns[name][0].values for name in AVERAGED]
    average = np.mean([rankdata(values) for values in members], axis=0).astype(np.float32)
    seconds = sum(columns[name][1] for name in AVERAGED)
    columns["rank average"] = (
        ScoreColumn("rank average", average, HARDER_HIGH, "", fitted_on=", ".join(AVERAGED)),
        seconds,
    )
    return columns


def advantage(ours: Floats, theirs: Floats, wrong: Bools) -> tuple[Estimate, Estimate]:
    """Our AUROC and average precision less theirs, the same images drawn on both sides."""
    mine, other = rank(ours, wrong), rank(theirs, wrong)

    def differences(counts: Counts) -> Floats:
        here, there = mine.cumulative(counts), other.cumulative(counts)
        return np.stack(
            [auroc_of(*here) - auroc_of(*there), average_precision_of(*here) - average_precision_of(*there)]
        )

    first, second = bootstrap_counts(differences, len(wrong), n=RESAMPLES, seed=SEED)
    return first, second


def spelled(interval: Estimate, sign: str = "") -> str:
    """`.990 (.988–.992)`, or with a sign for differences."""
    return f"{interval.value:{sign}.3f} ({interval.low:{sign}.3f} to {interval.high:{sign}.3f})"


def section(noise: str, labels: Ints, clean: Ints, features: Floats) -> str:
    """One kind of noise: the table, the estimate of its rate, and what is reached of the aim."""
    wrong = labels != clean
    count = int(wrong.sum())
    columns = columns_of(features, labels)
    results: dict[str, Found] = {
        name: found(column.values, wrong, ks=(count,), n=RESAMPLES, seed=SEED) for name, (column, _) in columns.items()
    }
    ours, _ = columns["suspicion"]
    lines = [
        f"## {noise}: {count:,} of {len(labels):,} labels wrong ({count / len(labels):.1%})",
        "",
        f"| score | AUROC | AP | precision at {count:,} | suspicion ahead: AUROC | suspicion ahead: AP | CPU s |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in sorted(results, key=lambda name: -results[name].average_precision.value):
        column, seconds = columns[name]
        result = results[name]
        cells = [name, spelled(result.auroc), spelled(result.average_precision), spelled(result.precision[count])]
        ahead = (
            ("", "")
            if name == "suspicion"
            else (spelled(interval, "+") for interval in advantage(ours.values, column.values, wrong))
        )
        lines.append("| " + " | ".join([*cells, *ahead, f"{seconds:.0f}"]) + " |")
    aim = AIMS[noise]
    reached = results["suspicion"]
    missed = [
        f"{what} {value:.4f} against {wanted:.3f}"
        for what, value, wanted in zip(
            ("AUROC", "AP"), (reached.auroc.value, reached.average_precision.value), aim, strict=True
        )
        if value < wanted
    ]
    suggested = ours.suggested_label
    assert suggested is not None
    lines += [
        "",
        f"Suspicion's own estimate of the share of wrong labels: {ours.values.mean():.1%}. Its suggested label is the "
        f"true one for {np.mean(suggested[wrong] == clean[wrong]):.1%} of the wrong labels. "
        + (f"Aim missed: {', '.join(missed)}." if missed else f"Aim of {aim[0]:.3f} / {aim[1]:.3f} reached."),
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """Print the tables, and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--embeddings", type=Path)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    if not options.data.exists():
        print(f"{options.data} is not there. Name CIFAR-10N's images and labels with --data.", file=sys.stderr)
        return 1
    with np.load(options.data) as archive:
        data = {name: archive[name] for name in archive.files}
    if options.embeddings and options.embeddings.exists():
        features = np.load(options.embeddings)
    else:
        features = embed(data["x"])
        if options.embeddings:
            np.save(options.embeddings, features)
    head = (
        "# Which score finds wrong labels\n\n"
        "Made by `python tests/benchmarks/bench_label_errors.py --write docs/label-errors.md`.\n"
        f"10,000 CIFAR-10 images, embedded encoder at {SIZE} pixels; higher is better in every column. In brackets\n"
        f"the 95 % bootstrap interval over images ({RESAMPLES:,} resamples); differences are paired, image by image.\n"
        "cleanlab 2.9 scores the same out-of-fold probabilities as our probe, whose order it therefore shares.\n"
        f"Rank average: the mean rank of {', '.join(AVERAGED)}.\n"
        "How suspicion was made, on other data: [suspicion.md](suspicion.md).\n"
    )
    clean = data["clean_label"].astype(np.int64)
    parts = [head]
    for noise, labels in noises(data):
        parts.append(section(noise, labels, clean, features))
        print(parts[-1], flush=True)
    if options.write:
        options.write.write_text("\n".join(parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
