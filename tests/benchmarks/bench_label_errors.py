"""Which score finds wrong labels best: CIFAR-10N, every scorer of embeddings beside cleanlab, with intervals.

Run: OMP_NUM_THREADS=1 python tests/benchmarks/bench_label_errors.py [--embeddings FOLDER] [--write FILE.md]

Needs the first 10,000 CIFAR-10 training images with the human labels of CIFAR-10N, which are not part of the project
(CC BY-NC 4.0): ../shared/data/cifar10n-train-10k.npz, or --data. The embedded encoder reads the images three times, at
the sizes and layers of SIGHTS; with --embeddings vectors are read from that folder and written there where missing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.stats import rankdata

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.metrics.calibration.binned import expected_calibration_error
from core.metrics.confident import confident_learning
from core.metrics.intervals import bootstrap_counts
from core.metrics.labels import Found, found
from core.metrics.ranking import Counts, auroc_of, average_precision_of, rank
from core.scorers.inputs import Inputs
from core.scorers.probe import probe_probabilities
from core.scorers.registry import get_scorer
from core.scorers.suspicion import believe, drivers
from core.types import HARDER_HIGH, Bools, Estimate, Floats, Ints, ScoreColumn

DATA = Path(__file__).resolve().parents[3] / "shared/data/cifar10n-train-10k.npz"
SCORERS = ("suspicion", "rmd", "md", "kmeans", "knn", "centroid", "probe", "confident", "cleanlab", "outlier")
AVERAGED = ("rmd", "probe_self_confidence", "knn")  # the plain way to combine scores, as a rival
BY_SIGHT = ("suspicion", "rmd_margin", "rmd_oof", "rmd", "knn", "centroid", "probe_self_confidence", "confident")
DRIVER_PREFIX = "suspicion_from_"  # parts of suspicion, not rivals to it
CLASSES, RESAMPLES, SEED, BINS = 10, 1000, 0, 10
LOOKED_THROUGH = (0.05, 0.10, 0.20)
SIGHTS = {"128 pixels": (128, "last"), "128 with layers": (128, "4,6,last"), "224 with layers": (224, "4,6,last")}
"""How the embedded encoder may see the images: pixels a side and layers."""
BEFORE, USUAL = "128 pixels", "128 with layers"
AIMS = {"20 % symmetric": ("AP", 0.965), "worse_label": ("AP", 0.955), "aggre_label": ("AP", 0.80)}
AIM_OF_ALL = {"calibration error": 0.035, "suggestion right": 0.80}


def embed(pixels: Ints, size: int, layers: str) -> Floats:
    """(n, d) float32 of the embedded encoder. pixels: (n, 32, 32, 3) uint8."""
    from core.encoders import load_encoder

    encoder = load_encoder("embedded", image_size=size, layers=layers)
    vectors = []
    for start in range(0, len(pixels), 64):
        prepared = [encoder.prepare(Image.fromarray(image)) for image in pixels[start : start + 64]]
        vectors.append(encoder.encode(np.stack(prepared)))
    return np.concatenate(vectors).astype(np.float32)


def embeddings(pixels: Ints, folder: Path | None) -> dict[str, Floats]:
    """The vectors of every sight, by its name, from the folder where they are there."""
    made: dict[str, Floats] = {}
    for name, (size, layers) in SIGHTS.items():
        file = folder / f"cifar10n-{size}-{layers.replace(',', '-')}.npy" if folder else None
        made[name] = np.load(file) if file and file.exists() else embed(pixels, size, layers)
        if file and not file.exists():
            np.save(file, made[name])
    return made


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


@dataclass(frozen=True)
class Form:
    """A form of suspicion: its values, the label it suggests for each image, and what its matrix counted for."""

    values: Floats
    suggested: Ints
    weight: float


def form_of(features: Floats, labels: Ints, weight: float | None) -> Form:
    """Suspicion with that weight of the noise matrix in its last step."""
    beliefs = believe(features, labels, np.ones(len(labels), bool), weight=weight)
    suggested, _ = drivers(beliefs, labels)
    return Form(1.0 - beliefs.belief[np.arange(len(labels)), labels], suggested, beliefs.matrix_weight)


def rivals(labels: Ints, clean: Ints, columns: dict[str, tuple[ScoreColumn, float]]) -> list[str]:
    """Every score beside suspicion, all on the same vectors."""
    wrong = labels != clean
    count = int(wrong.sum())
    results: dict[str, Found] = {
        name: found(column.values, wrong, ks=(count,), n=RESAMPLES, seed=SEED) for name, (column, _) in columns.items()
    }
    ours, _ = columns["suspicion"]
    lines = [
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
    return lines


def measures(values: Floats, suggested: Ints, labels: Ints, clean: Ints) -> dict[str, float]:
    """What is asked of a probability that suggests a label, without intervals."""
    wrong = labels != clean
    order = np.argsort(-values, kind="stable")
    shares = {
        f"first {share:.0%}": wrong[order[: round(len(order) * share)]].sum() / wrong.sum() for share in LOOKED_THROUGH
    }
    figures = found(values, wrong, ks=(), n=1, seed=SEED)
    return {
        "AUROC": figures.auroc.value,
        "AP": figures.average_precision.value,
        "calibration error": expected_calibration_error(values, wrong, BINS, "width"),
        "said to be wrong": float(np.mean(values)),
        "suggestion right": float(np.mean(suggested[wrong] == clean[wrong])),
        **shares,
    }


def forms(noise: str, labels: Ints, clean: Ints, vectors: dict[str, Floats]) -> list[str]:
    """Suspicion as it was, and each step from there to what it is."""
    made = {
        "as it was: 128 pixels, whole matrix": form_of(vectors[BEFORE], labels, 1.0),
        "128 pixels": form_of(vectors[BEFORE], labels, None),
        "128 pixels with layers": form_of(vectors[USUAL], labels, None),
        "224 pixels with layers": form_of(vectors["224 with layers"], labels, None),
        "the same with the whole matrix": form_of(vectors["224 with layers"], labels, 1.0),
        "the same with half of it": form_of(vectors["224 with layers"], labels, 0.5),
    }
    first = next(iter(made.values()))
    wrong = labels != clean
    lines: list[str] = []
    for name, form in made.items():
        figures = measures(form.values, form.suggested, labels, clean)
        if not lines:
            heads = ["matrix weight", *figures, "ahead of what it was: AUROC", "AP"]
            lines = ["| suspicion | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
        apart = () if (form.values == first.values).all() else advantage(form.values, first.values, wrong)
        cells = [name, f"{form.weight:.2f}", *(f"{value:.3f}" for value in figures.values())]
        lines.append("| " + " | ".join([*cells, *([spelled(one, "+") for one in apart] or ["", ""])]) + " |")
    for name in list(made)[2:4]:
        reached = measures(made[name].values, made[name].suggested, labels, clean)
        lines += ["", *missed(noise, name, reached)]
    return lines


def missed(noise: str, name: str, reached: dict[str, float]) -> list[str]:
    """A sentence on what was aimed at, and what of it was missed."""
    what, value = AIMS[noise]
    aims = {what: value, **AIM_OF_ALL}
    short = [
        f"{aim} {reached[aim]:.3f} for {wanted:.3f}"
        for aim, wanted in aims.items()
        if (reached[aim] > wanted if aim == "calibration error" else reached[aim] < wanted)
    ]
    return [f"Aims at {name}: " + (f"missed {', '.join(short)}." if short else "all reached.")]


def noise_rates(labels: Ints, clean: Ints, features: Floats) -> str:
    """Confident learning's label-noise rate beside the true one, and how far off it is by class."""
    probabilities = probe_probabilities(features, labels, np.ones(len(labels), bool), CLASSES).probabilities
    noise = confident_learning(probabilities, labels)
    true = np.array([np.mean(clean[labels == label] != label) for label in range(CLASSES)])
    return (
        f"Confident learning's label-noise rate: {noise.overall:.3f}; the true one: "
        f"{np.mean(labels != clean):.3f}. By class it is off by {np.abs(noise.error_rate - true).max():.3f} at most."
    )


def by_sight(labels: Ints, clean: Ints, scored: dict[str, dict[str, tuple[ScoreColumn, float]]]) -> list[str]:
    """Every scorer of the vectors at every sight: AUROC / AP."""
    wrong = labels != clean
    lines = [f"| score | {' | '.join(scored)} |", "|---" * (len(scored) + 1) + "|"]
    for name in BY_SIGHT:
        cells = []
        for columns in scored.values():
            figures = found(columns[name][0].values, wrong, ks=(), n=1, seed=SEED)
            cells.append(f"{figures.auroc.value:.3f} / {figures.average_precision.value:.3f}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def section(noise: str, labels: Ints, clean: Ints, vectors: dict[str, Floats]) -> str:
    """One kind of noise: suspicion old and new, what each sight brings each score, and the rivals."""
    count = int((labels != clean).sum())
    columns = {name: columns_of(features, labels) for name, features in vectors.items()}
    lines = [
        f"## {noise}: {count:,} of {len(labels):,} labels wrong ({count / len(labels):.1%})",
        "", *forms(noise, labels, clean, vectors),
        "", noise_rates(labels, clean, vectors[USUAL]),
        "", "AUROC / AP of every score of the vectors, by how the encoder saw the images:",
        "", *by_sight(labels, clean, columns),
        "", f"All scores at {USUAL}, with intervals:",
        "", *rivals(labels, clean, columns[USUAL]), "",
    ]  # fmt: skip
    return "\n".join(lines)


HEAD = f"""# Which score finds wrong labels

Made by `python tests/benchmarks/bench_label_errors.py --write docs/label-errors.md`.
10,000 CIFAR-10 images, embedded encoder. In brackets the 95 % bootstrap interval over images ({RESAMPLES:,}
resamples); differences are paired, image by image. Higher is better but for the calibration error, which is the mean
gap between the value and the label-noise rate over {BINS} bins of equal width. "First 5 %": how much of all wrong
labels that a reviewer meets in the first 5 % of the list. "Suggestion right": how often the suggested label, the
likeliest but the given one, is the true label of a wrong one. cleanlab 2.9 scores the same out-of-fold probabilities as
our probe, whose order it therefore shares. Rank average: the mean rank of {", ".join(AVERAGED)}.
How suspicion was made, on other data: [suspicion.md](suspicion.md). These images were looked at three times: twice for
its first form, and once for this page. Where nobody says, 10,000 such images are seen at 224 pixels, and more than
20,000 at 128 where there is no GPU.
"""


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
    vectors = embeddings(data["x"], options.embeddings)
    clean = data["clean_label"].astype(np.int64)
    parts = [HEAD]
    for noise, labels in noises(data):
        parts.append(section(noise, labels, clean, vectors))
        print(parts[-1], flush=True)
    if options.write:
        options.write.write_text("\n".join(parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
