"""b. Image size and layers: suspicion, every other score of the same vectors, and what it costs."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from core.encoders.usual import Sight
from core.metrics.labels import average_precision
from core.types import Bools, Floats
from tests.benchmarks.bench_label_errors import advantage
from tests.benchmarks.reporting import cpu_seconds

from .features import BEST, LARGE, MIDDLES, PLAIN, Seen
from .measures import mean_of_both, number, signed, table
from .sets import CIFAR, FASHION, TRASH, Case
from .work import SCORES, Job, Results, fit_job, rivals_job

SIGHTS = (PLAIN, MIDDLES, LARGE, BEST)
CHOICES = (
    PLAIN, MIDDLES, Seen(128, (3, 5)), Seen(128, (4, 5, 6)), Seen(128, (3, 4, 5, 6)), Seen(128, (4, 6), 0.35),
    Seen(128, (4, 6), 1.0),
)  # fmt: skip
CHOICE_CASES = (
    f"{CIFAR}, people, 1 of 3",
    f"{CIFAR}, people, 1 of 10",
    f"{TRASH}, pair 20 %",
    f"{FASHION}, instance 20 %",
)
RATE = 0.2


def some(cases: list[Case]) -> list[Case]:
    """The cases of 20 % and of people: the others cost as much and say the same."""
    return [case for case in cases if case.rate == RATE]


def jobs(folder: Path, cases: list[Case]) -> list[Job]:
    return (
        [fit_job(folder, case, seen) for case in some(cases) for seen in SIGHTS]
        + [rivals_job(folder, case, seen) for case in some(cases) for seen in SIGHTS]
        + [fit_job(folder, case, seen) for case in cases if case.name in CHOICE_CASES for seen in CHOICES]
    )


def cost(image: Image.Image) -> dict[str, float]:
    """CPU time of 16 images at each size and layers over that of 128 pixels and the last alone; medians of five."""
    from core.encoders import load_encoder

    works = {}
    for seen in SIGHTS:
        sight = Sight(seen.size, ",".join([*map(str, seen.blocks), "last"]))
        encoder = load_encoder("embedded", image_size=sight.image_size, layers=sight.layers)
        batch = np.stack([encoder.prepare(image)] * 16)
        works[str(seen)] = lambda encoder=encoder, batch=batch: encoder.encode(batch)
    times = {name: median(cpu_seconds(work) for _ in range(5)) for name, work in works.items()}
    return {name: seconds / times[str(PLAIN)] for name, seconds in times.items()}


def by_group(cases: list[Case]) -> dict[str, list[Case]]:
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.group].append(case)
    return groups


def suspicion_of(results: Results, case: Case, seen: Seen) -> tuple[Floats, Bools]:
    return results["fit", case.name, str(seen)].suspicion(), case.wrong


def score_of(results: Results, case: Case, seen: Seen, score: str) -> tuple[Floats, Bools]:
    return results["rivals", case.name, str(seen)][score].values, case.wrong


def section(results: Results, cases: list[Case], costs: dict[str, float]) -> str:
    measured = some(cases)
    groups = by_group(measured)
    head = ["size, layers", *groups, "all cases", "× forward"]
    rows = [
        [
            str(seen),
            *(mean_of_both([suspicion_of(results, case, seen) for case in of]) for of in groups.values()),
            mean_of_both([suspicion_of(results, case, seen) for case in measured]),
            f"{costs[str(seen)]:.1f}",
        ]
        for seen in SIGHTS
    ]
    gains = [
        [case.name, *(signed(one) for one in advantage(
            suspicion_of(results, case, BEST)[0], suspicion_of(results, case, PLAIN)[0], case.wrong))]
        for case in measured
    ]  # fmt: skip
    return f"""## Image size and layers

Suspicion, mean AUROC / AP of each set's cases (people's, and planted at 20 %). The cost is CPU time of the encoder's
forward pass over that at 128 pixels: layers come in the same pass and cost next to nothing, pixels cost their
number. It was measured with other programs running: differences of 0.2 mean nothing.

{table(head, rows)}

{BEST} less {PLAIN}, paired over images:

{table(["case", "AUROC", "AP"], gains)}

### Every other score of the same vectors

Mean AUROC / AP of the same cases.

{scores(results, groups)}

### Which blocks, and at what length

At 128 pixels, on four cases that differ. Length is that of a block's part beside the last vector's.

{choices(results, cases)}

{choice_words(results, cases)}

Tried on CIFAR-10N images outside the shared ones, and not made anew here: the mean over each image and its
mirror image (AP +.003 to +.007, at twice the cost), unit length of the vectors alone (−.001 to −.003), and a noise
matrix that depends on the image, by expectation maximisation (nothing)."""


def scores(results: Results, groups: dict[str, list[Case]]) -> str:
    parts = []
    for group, of in groups.items():
        rows = [["suspicion", *(mean_of_both([suspicion_of(results, case, seen) for case in of]) for seen in SIGHTS)]]
        rows += [
            [score, *(mean_of_both([score_of(results, case, seen, score) for case in of]) for seen in SIGHTS)]
            for score in SCORES
        ]
        parts.append(table([f"{group}: {len(of)} {'case' if len(of) == 1 else 'cases'}", *map(str, SIGHTS)], rows))
    return "\n\n".join(parts)


def choices(results: Results, cases: list[Case]) -> str:
    chosen = [case for case in cases if case.name in CHOICE_CASES]
    rows = [
        [str(seen), *(mean_of_both([suspicion_of(results, case, seen)]) for case in chosen),
         mean_of_both([suspicion_of(results, case, seen) for case in chosen])]
        for seen in CHOICES
    ]  # fmt: skip
    return table(["layers", *(case.name for case in chosen), "mean"], rows)


def choice_words(results: Results, cases: list[Case]) -> str:
    """How far the product's choice is from the best one here."""
    chosen = [case for case in cases if case.name in CHOICE_CASES]
    means = {
        seen: float(np.mean([average_precision(*suspicion_of(results, case, seen)) for case in chosen]))
        for seen in CHOICES
    }
    best = max(means, key=means.__getitem__)
    ahead = sum(value > means[MIDDLES] for value in means.values())
    return (
        f"The product has 4,6 at half length, chosen earlier on CIFAR-10N images outside the shared ones. It is "
        f"{number(means[MIDDLES] - means[PLAIN])} mean AP ahead of the last layer alone; {ahead} of the others are "
        f"ahead of it, {best} by {number(means[best] - means[MIDDLES])}, too little on four cases to choose anew by."
    )
