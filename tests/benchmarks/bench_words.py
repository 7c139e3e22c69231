"""Does a selection of one class that no label names have its word among the first five?

Run: python -m tests.benchmarks.bench_words

The images are CIFAR-10's and TrashNet's, labelled with their own 16 classes. A selection is the images in which an
ImageNet classifier sees one of its 1,000 classes, as chihuahua or container ship; it is told from all other images in
the words of Hardlook's list, by the stand-in text model of ../shared. Beside it: as many images by chance, and the
margin computed in other ways. --embeddings FOLDER keeps the vectors; without, the images are embedded for minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.encoders import load_encoder
from core.encoders.embedded import classifier
from core.maths.vectors import unit_rows
from core.maths.words import margins
from core.metrics.intervals import share_estimate
from core.types import Floats, Ints
from core.wording import percent_interval
from core.words.word_list import read_word_list
from tests.benchmarks.reporting import say, say_conditions

SHARED = Path(__file__).resolve().parents[3] / "shared"
MODEL = SHARED / "models/lite0-wordnet-256"
CIFAR, TRASH = SHARED / "data/cifar10n-train-10k.npz", SHARED / "data/trashnet-128"
SIZE, TRIALS, FIRST, SEED = 128, 50, 5, 0
PERMUTATIONS = 199  # of each trial: the least p is then 0.005
FEWEST, MOST = 15, 200  # images of a class: with fewer there is no class to speak of, with more it is half a data set
LISTED = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
          "cardboard", "glass", "metal", "paper", "plastic", "trash"}  # fmt: skip
FOUND_WANTED, PERMUTED_WANTED = 0.70, 0.10

Way = Callable[[Floats, Floats], Floats]
"""Mean difference (d,) of the vectors of selected and other images and word vectors (w, d) -> (w,) margins."""


def ways(vectors: Floats, words: Floats) -> dict[str, Way]:
    """The margin as Hardlook has it, and two others."""
    centred = vectors - vectors.mean(axis=0)
    root = np.linalg.cholesky(centred.T @ centred / len(vectors) + 1e-9 * np.eye(vectors.shape[1]))

    def standardised(difference: Floats, of: Floats) -> Floats:
        margin: Floats = (of @ difference) / np.linalg.norm(of @ root, axis=1)
        return margin

    return {
        "standardised": standardised,
        "a difference of means": lambda difference, of: of @ difference,
        "standardised, words less their mean": lambda difference, of: standardised(difference, of - of.mean(axis=0)),
    }


@dataclass(frozen=True)
class Pool:
    """vectors: (n, 256) unit length. seen: (n,) the ImageNet class of each image."""

    vectors: Floats
    seen: Ints


def images() -> list[Image.Image]:
    """CIFAR-10's, then TrashNet's."""
    with np.load(CIFAR) as data:
        cifar = [Image.fromarray(one) for one in data["x"]]
    return [*cifar, *(Image.open(path).convert("RGB") for path in sorted(TRASH.glob("*/*.jpg")))]


def embedded(folder: Path | None) -> Pool:
    """The vectors and classes of all images, from the folder where they are there."""
    kept = folder / f"words-{SIZE}.npz" if folder else None
    if kept and kept.exists():
        with np.load(kept) as read:
            return Pool(read["vectors"], read["seen"])
    # The stand-in is this very network with another last layer: one pass gives the features of both.
    encoder, sees = load_encoder("embedded", device="cpu", image_size=SIZE), classifier().classifier
    weights = load_file(MODEL / "open_clip_model.safetensors")
    projection, bias = (weights[f"visual.trunk.classifier.{name}"].numpy() for name in ("weight", "bias"))
    vectors, seen, pictures = [], [], images()
    for start in range(0, len(pictures), 64):
        part = pictures[start : start + 64]
        features = encoder.encode(np.stack([encoder.prepare(one) for one in part]))
        vectors.append(features @ projection.T + bias)
        with torch.inference_mode():
            seen.append(sees(torch.from_numpy(features)).argmax(dim=1).numpy())
    pool = Pool(unit_rows(np.concatenate(vectors)), np.concatenate(seen))
    if kept:
        np.savez(kept, vectors=pool.vectors, seen=pool.seen)
    return pool


def class_names() -> list[set[str]]:
    """The names of each ImageNet class, as WordNet has them (timm carries them)."""
    info = files("timm") / "data" / "_info"
    lines = (info / "imagenet_synset_to_lemma.txt").read_text(encoding="utf-8").splitlines()
    lemmas = dict(line.split("\t") for line in lines)
    return [
        {name.strip().lower() for name in lemmas[synset].split(",")}
        for synset in (info / "imagenet_synsets.txt").read_text(encoding="utf-8").split()
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--embeddings", type=Path, help="a folder that keeps the vectors")
    folder = parser.parse_args().embeddings
    if not (MODEL.exists() and CIFAR.exists() and TRASH.exists()):
        print(f"skipped: the stand-in text model and its images are not at {SHARED}")
        return
    say_conditions("Images in words")
    pool, listed = embedded(folder), read_word_list()
    encoder = load_encoder(f"open_clip:lite0@{MODEL}", device="cpu", image_size=SIZE)
    words = unit_rows(encoder.encode_text(list(listed.texts)))
    names, counts = class_names(), np.bincount(pool.seen, minlength=1000)
    known = [{place for place, word in enumerate(listed.words) if word.lower() in one} for one in names]
    able = [
        label for label in range(1000) if FEWEST <= counts[label] <= MOST and known[label] and not names[label] & LISTED
    ]
    generator = np.random.default_rng(SEED)
    chosen = generator.permutation(able)[:TRIALS]
    print(
        f"{len(pool.seen):,} images, {len(listed.words):,} words; {len(able)} classes can be tried, {len(chosen)} are"
    )
    report(pool, words, [(int(label), known[label]) for label in chosen], listed.words, generator)


def report(
    pool: Pool, words: Floats, trials: list[tuple[int, set[int]]], called: tuple[str, ...],
    generator: np.random.Generator,
) -> None:  # fmt: skip
    """How often the class's word is among the first, for the selection and for as many images by chance."""
    hits: dict[str, list[bool]] = {}
    by_way = ways(pool.vectors, words)
    for label, its_words in trials:
        selected = pool.seen == label
        for kind, images_of in (("selected", selected), ("by chance", generator.permutation(selected))):
            found = margins(pool.vectors, images_of, words, permutations=PERMUTATIONS, seed=SEED)
            first, telling = found.order()[:FIRST], found.telling()
            hits.setdefault(f"{kind}: its word told, among the first {FIRST}", []).append(
                bool(its_words & set(telling[:FIRST].tolist()))
            )
            hits.setdefault(f"{kind}: its word has one of the {FIRST} largest margins", []).append(
                bool(its_words & set(first.tolist()))
            )
            hits.setdefault(f"{kind}: any word told", []).append(len(telling) > 0)
            if kind == "selected":
                print(f"  {min(called[at] for at in its_words):28} {', '.join(called[at] for at in first)}", flush=True)
        difference = pool.vectors[selected].mean(axis=0) - pool.vectors[~selected].mean(axis=0)
        for name, way in by_way.items():
            largest = np.argsort(-way(difference, words))[:FIRST]
            hits.setdefault(f"margin {name}: among the first {FIRST}", []).append(
                bool(its_words & set(largest.tolist()))
            )
    wanted = {
        f"selected: its word told, among the first {FIRST}": (FOUND_WANTED, True),
        "by chance: any word told": (PERMUTED_WANTED, False),
    }
    for name, found_in in hits.items():
        share = float(np.mean(found_in))
        target, at_least = wanted.get(name, (None, True))
        figure = percent_interval(share_estimate(sum(found_in), len(found_in)))
        if target is None:
            print(f"  {name}: {figure}")
        else:
            sign, met = (">=", share >= target) if at_least else ("<=", share <= target)
            say(name, figure, f"{sign} {100 * target:.0f} %", met)


if __name__ == "__main__":
    main()
