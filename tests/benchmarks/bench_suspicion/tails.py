"""d. Long tails: how well wrong labels are told from right ones within the smallest classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

from core.maths import noise_channel
from core.maths.evidence import all_evidence, prepare
from core.maths.planted_noise import symmetric
from core.scorers.inputs import Inputs
from core.scorers.registry import get_scorer
from core.types import Bools, Floats, Ints

from . import noise
from .features import BEST, features
from .measures import auroc, number, table
from .sets import CIFAR, FASHION, Case, DevelopmentSet
from .work import Job, Results, fit

LARGEST_AND_SMALLEST = {CIFAR: (1000, 14), FASHION: (390, 10)}
KINDS = ("symmetric 10 %", "symmetric 20 %", "20 %, sizes kept")
SEEDS = (0, 1)
NO_CLASS_BELOW, FIVE_AT_LEAST = 0.85, 0.9
NOW = f"suspicion, least prior {noise_channel.LEAST_PRIOR:g}"
BEFORE = "suspicion, least prior 0"
EARLIER = f"{BEFORE}, matrix at 1"
ORACLE = "true labels as targets: "


@dataclass(frozen=True)
class Tail:
    """name -> (K,) AUROC within each given class, the largest class first; NaN where all of its labels are alike."""

    by_class: dict[str, Floats]
    overall: dict[str, float]
    smallest: tuple[int, int]
    """Images and wrong labels of the smallest class."""


def kept(truth: Ints, largest: int, smallest: int, seed: int) -> tuple[Ints, Ints]:
    """Rows of a set whose class sizes fall by one factor from class to class, and the classes in that order."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(int(truth.max()) + 1)
    sizes = np.geomspace(largest, smallest, len(order)).round().astype(int)
    parts = [rng.permutation(np.flatnonzero(truth == label))[:size] for label, size in zip(order, sizes, strict=True)]
    return np.sort(np.concatenate(parts)), order


def long_tail(data: DevelopmentSet, kind: str, seed: int) -> tuple[Case, Ints]:
    rows, order = kept(data.truth, *LARGEST_AND_SMALLEST[data.name], seed)
    truth = data.truth[rows]
    labels = {
        "symmetric 10 %": lambda: symmetric(truth, 0.1, data.n_classes, seed),
        "symmetric 20 %": lambda: symmetric(truth, 0.2, data.n_classes, seed),
        "20 %, sizes kept": lambda: noise.keeping_sizes(truth, 0.2, seed),
    }[kind]()
    return Case(data.name, f"long tail, {kind}, seed {seed}", rows, labels, truth), order


def by_class(values: Floats, labels: Ints, wrong: Bools, order: Ints) -> Floats:
    """(K,) AUROC of wrong labels within each given class."""
    found = []
    for label in order:
        inside = labels == label
        some = 0 < wrong[inside].sum() < inside.sum()
        found.append(auroc(values[inside], wrong[inside]) if some else np.nan)
    return np.array(found)


def oracle(vectors: Floats, case: Case) -> dict[str, Floats]:
    """Each view's margin, (n,), where every other image counts with its true label."""
    views = prepare(vectors, case.labels, np.ones(len(case.labels), bool))
    every, targets = np.arange(len(case.labels)), np.eye(int(case.truth.max()) + 1)[case.truth]
    margins = {}
    for name, evidence in all_evidence(views, targets).items():
        given = evidence[every, case.labels]
        others = evidence.copy()
        others[every, case.labels] = -np.inf
        margins[ORACLE + name] = others.max(axis=1) - given
    return margins


def tail(folder: Path, case: Case, order: Ints) -> Tail:
    vectors = features(folder, case.data, case.rows, BEST)
    with patch.object(noise_channel, "LEAST_PRIOR", 0.0):
        before = fit(folder, case, BEST)
    inputs = Inputs(case.labels, len(order), np.ones(len(case.labels), bool), vectors)
    values = {
        "knn": get_scorer("knn").run(inputs)[0].values,
        EARLIER: before.suspicion(1.0),
        BEFORE: before.suspicion(),
        NOW: fit(folder, case, BEST).suspicion(),
    } | oracle(vectors, case)
    inside = case.labels == order[-1]
    return Tail(
        {name: by_class(score, case.labels, case.wrong, order) for name, score in values.items()},
        {name: auroc(score, case.wrong) for name, score in values.items()},
        (int(inside.sum()), int(case.wrong[inside].sum())),
    )


def key(data: str, kind: str, seed: int) -> tuple[str, ...]:
    return ("tail", data, kind, f"seed {seed}")


def jobs(folder: Path, sets: list[DevelopmentSet]) -> list[Job]:
    return [
        Job(key(data.name, kind, seed), tail, (folder, *long_tail(data, kind, seed)))
        for data in sets
        if data.name in LARGEST_AND_SMALLEST
        for kind in KINDS
        for seed in SEEDS
    ]


def section(results: Results) -> str:
    tables, verdicts = [], []
    for data, (largest, smallest) in LARGEST_AND_SMALLEST.items():
        rows: list[list[str]] = []
        for kind in KINDS:
            tails = [results[one] for seed in SEEDS if (one := key(data, kind, seed)) in results]
            if tails:
                rows += rows_of(kind, tails)
                verdicts.append(f"{data}, {kind}: {verdict(tails)}")
        if rows:
            head = [
                f"{data}, {largest} to {smallest} images",
                "order",
                "all",
                "lowest class",
                "five smallest",
                "smallest",
            ]
            tables.append(table(head, rows))
    both_sets = "\n\n".join(tables)
    return f"""## Long tails

AUROC of wrong labels within the images given one class, at {BEST}; {len(SEEDS)} draws, by which classes change places.
*Least prior*: the number of images that the prior of evenly spread mistakes counts for at least, in each row of the
matrix. *Lowest class* is the lowest of all classes and draws, *five smallest* a mean, *smallest* the last class of each
draw, which with a few wrong labels jumps.

{both_sets}

The aim, no class below {number(NO_CLASS_BELOW, 2)} and a mean of the five smallest of {number(FIVE_AT_LEAST, 1)}:
{"; ".join(verdicts)}. {prior_words(results)}

The last rows of each are the margins of the views where every other image counts with its true label: a ceiling of
what the vectors of so few images show. Where the lowest class stays far below it, most of the labels in it are wrong,
because symmetric mistakes carry a share of every large class into each small one: what such a class looks like is
learned from images that are not of it."""


def prior_words(results: Results) -> str:
    """What the least prior does to the five smallest classes."""
    tails = [value for name, value in results.items() if name[0] == "tail"]
    by_name = {name: [float(np.nanmean(one.by_class[name][-5:])) for one in tails] for name in (EARLIER, BEFORE, NOW)}
    worse = sum(now < before for now, before in zip(by_name[NOW], by_name[BEFORE], strict=True))
    means = [number(float(np.mean(values))) for values in by_name.values()]
    return (
        f"Over all draws the five smallest have a mean of {means[0]} with the whole matrix and no least prior, "
        f"{means[1]} with the matrix as it is set, {means[2]} with the least prior too, which is worse in "
        f"{worse} of {len(tails)}."
    )


def rows_of(kind: str, tails: list[Tail]) -> list[list[str]]:
    rows = []
    for name in tails[0].by_class:
        lowest, five = lowest_and_five(tails, name)
        every = float(np.mean([one.overall[name] for one in tails]))
        last = " · ".join(number(one.by_class[name][-1], 2) for one in tails)
        rows.append(["", name, number(every), number(lowest, 2), number(five), last])
    sizes = " · ".join(f"{n} images, {wrong} wrong" for n, wrong in (one.smallest for one in tails))
    return [[f"{kind}; in the smallest class {sizes}", "", "", "", "", ""], *rows]


def lowest_and_five(tails: list[Tail], name: str) -> tuple[float, float]:
    classes = np.array([one.by_class[name] for one in tails])
    return float(np.nanmin(classes)), float(np.nanmean(classes[:, -5:]))


def verdict(tails: list[Tail]) -> str:
    lowest, five = lowest_and_five(tails, NOW)
    reached = ("not met", "met")
    low, mean = reached[lowest >= NO_CLASS_BELOW], reached[five >= FIVE_AT_LEAST]
    return f"lowest {number(lowest, 2)}, {low}, five {number(five)}, {mean}"
