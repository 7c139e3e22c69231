"""The three development sets, and the labels that are tried on them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

from core.maths.planted_noise import by_instance, paired, symmetric
from core.scorers.probe import probe_probabilities
from core.types import Bools, Floats, Ints

from . import noise
from .measures import percent

FASHION, TRASH, CIFAR = "Fashion-MNIST", "TrashNet", "CIFAR-10 test"
BUNDLED = Path(__file__).parents[3] / "data/fashion-mnist-5k.parquet"
FASHION_IMAGES, CIFAR_IMAGES = 4_000, 5_000
RATES = (0.2, 0.4)
ASKED = (1, 3, 10)  # people, of whom the first wrong answer is taken
SIDE = 12  # pixels a side of what the plain model of pixels sees
COUNTERPARTS = {FASHION: (6, 3, 4, 1, 2, 7, 0, 9, 5, 7), TRASH: (5, 3, 4, 1, 0, 2)}


@dataclass(frozen=True)
class DevelopmentSet:
    """Images with true labels. truth: (n,) in 0..K-1. counts: (n, K), what people said, where they were asked."""

    name: str
    images: list[Image.Image]
    truth: Ints
    counts: Ints | None = None

    @property
    def n_classes(self) -> int:
        return int(self.truth.max()) + 1


@dataclass(frozen=True)
class Case:
    """Labels that some images of a set are given. rows: (n,) which images. labels, truth: (n,). rate: planted."""

    data: str
    noise: str
    rows: Ints
    labels: Ints
    truth: Ints
    rate: float = 0.2

    @property
    def name(self) -> str:
        return f"{self.data}, {self.noise}"

    @property
    def wrong(self) -> Bools:
        return np.asarray(self.labels != self.truth)

    @property
    def kind(self) -> str:
        """What got labels wrong: "people", "symmetric", "pair" or "instance"."""
        return self.noise.split()[0].rstrip(",")

    @property
    def group(self) -> str:
        """The set and, where people were asked, whether the mistakes are theirs."""
        if self.data != CIFAR:
            return self.data
        return f"{self.data}, {'people' if self.kind == 'people' else 'symmetric'}"


def fashion() -> DevelopmentSet:
    table = pq.read_table(BUNDLED).slice(0, FASHION_IMAGES)
    images = [Image.open(io.BytesIO(image["bytes"])).convert("RGB") for image in table["image"].to_pylist()]
    return DevelopmentSet(FASHION, images, np.array(table["label"].to_pylist(), np.int64))


def trash(folder: Path) -> DevelopmentSet:
    """folder: one folder of photographs for each class."""
    files = sorted(path for path in folder.glob("*/*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    classes = sorted({path.parent.name for path in files})
    if len(classes) != len(COUNTERPARTS[TRASH]):
        raise SystemExit(f"{folder} has photographs of {len(classes)} classes, not TrashNet's six.")
    images = []
    for path in files:
        with Image.open(path) as image:
            images.append(image.convert("RGB"))
    return DevelopmentSet(TRASH, images, np.array([classes.index(path.parent.name) for path in files]))


def cifar(file: Path) -> DevelopmentSet:
    """file: an .npz of x (n, 32, 32, 3) uint8, label (n,) and CIFAR-10H's counts (n, 10)."""
    with np.load(file) as archive:
        missing = {"x", "label", "counts"} - set(archive.files)
        if missing:
            raise SystemExit(f"{file} lacks the arrays {', '.join(sorted(missing))}.")
        images = [Image.fromarray(pixels) for pixels in archive["x"]]
        return DevelopmentSet(CIFAR, images, archive["label"].astype(np.int64), archive["counts"])


def of_pixels(data: DevelopmentSet, labels: Ints) -> Floats:
    """(n, K) out-of-fold probabilities of a linear model of small copies of the images: a weak model."""
    small = [np.asarray(image.resize((SIDE, SIDE)), np.float32).ravel() / 255 for image in data.images]
    return probe_probabilities(np.stack(small), labels, np.ones(len(labels), bool), data.n_classes).probabilities


def half(data: DevelopmentSet) -> Ints:
    """The images that cases are made of: all, of CIFAR-10 5,000 in the order of a seed."""
    order = np.random.default_rng(0).permutation(len(data.truth))
    return np.sort(order[:CIFAR_IMAGES]) if data.counts is not None else np.arange(len(data.truth))


def cases_of(data: DevelopmentSet) -> list[Case]:
    """Every kind of noise that is tried on a set."""
    rows, k = half(data), data.n_classes
    truth = data.truth[rows]
    if data.counts is not None:
        counts = data.counts[rows]
        made = [(f"people, 1 of {asked}", noise.of_people(counts, truth, asked), 0.2) for asked in ASKED]
        made.append(("symmetric 20 %", symmetric(truth, 0.2, k), 0.2))
    else:
        seen, counterpart = of_pixels(data, data.truth)[rows], np.array(COUNTERPARTS[data.name])
        made = []
        for rate in RATES:
            made += [
                (f"symmetric {percent(rate)}", symmetric(truth, rate, k), rate),
                (f"pair {percent(rate)}", paired(truth, rate, counterpart), rate),
                (f"instance {percent(rate)}", by_instance(truth, rate, seen), rate),
            ]
    return [Case(data.name, name, rows, labels, truth, rate) for name, labels, rate in made]
