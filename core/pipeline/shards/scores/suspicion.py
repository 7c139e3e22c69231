"""The stages of the score suspicion: `suspicion-sample` (labels and vectors to learn from) and `suspicion` (the score).

The scorer itself is called, on the images of a shard beside those of the sample, which alone it learns from: its views,
its noise matrix and what is believed of the labels come of many passes over the images that are learned from.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa

from ....maths.kernel_ridge import BASIS_ENTRIES, LANDMARKS
from ....scorers.inputs import Inputs
from ....scorers.suspicion import PASSES, suspicion
from ....types import Floats, Ints, ScoreColumn
from ..chain import Chain, ChainSteps, Ground, fitted
from ..folder import ShardFolder
from ..stage import Arrays, Stage, StageSpec
from .columns import joined, score_table, taken
from .embedded import Embedded
from .sampled import SampledStage, of_sample, places_in

SAMPLE = 25_000
TOLD = ("doubts_above", "matrix_weight", "tells_labels", "estimated_wrong")
ENTRIES = 50_000_000
"""Of images by classes, the sample's among them, that are worked on at once: 0.4 GB for each of some ten arrays."""


def beside(sample: Arrays, vectors: Floats, labels: Ints, n_classes: int) -> Inputs:
    """What the scorer is given: the sample, which alone is learned from, and the vectors and labels of others."""
    given = np.concatenate([sample["label"], labels])
    return Inputs(
        labels=given, n_classes=n_classes, fit=np.arange(len(given)) < len(sample["label"]),
        features=np.concatenate([sample["vector"], vectors]),
    )  # fmt: skip


def rows_at_once(n_classes: int) -> int:
    """Images scored at once beside the sample: as many as leave the kernel all its landmarks, and fit memory."""
    return max(min(BASIS_ENTRIES // LANDMARKS, ENTRIES // max(n_classes, 1)) - SAMPLE, SAMPLE)


class SuspicionSample(SampledStage):
    """The labelled images of a shard that suspicion learns from."""

    kind, scorer = "suspicion-sample", "suspicion"

    def merge(self, numbers: Sequence[int]) -> Arrays:
        """label, vector, counts, n: of the sample; and what suspicion says of it as a whole, by the names of TOLD."""
        chosen, sample = self.spec.parameters, self.sample(numbers)
        of = beside(sample, sample["vector"][:0], sample["label"][:0], len(self.folder.classes))
        said = suspicion(of, passes=chosen["passes"], seed=chosen["seed"])[0].parameters
        return {**sample, **{name: np.array(said[name]) for name in TOLD}}


class Suspicion(Stage):
    """The columns of suspicion of every item of a shard."""

    kind, needs = "suspicion", ("embed",)

    def ready(self) -> None:
        """Read the sample."""
        _ = self._sample

    def shard(self, number: int) -> pa.Table:
        """As `score_table` has them. An image of the sample is judged as one that is learned from: by the others."""
        part = Embedded(self.folder, self.spec.inputs["embed"], number, self.spec.parameters["fit"])
        place = places_in(self._sample, part, self.spec.parameters["seed"])
        held, new = np.flatnonzero(place >= 0), np.flatnonzero(place < 0)
        rows, parts = [], []
        at_once = rows_at_once(len(self.folder.classes))
        for start in range(0, max(len(new), 1), at_once):
            now = new[start : start + at_once]
            ours = held[:0] if start else held  # those of the sample once, with the first
            rows.append(np.append(ours, now))
            at = np.append(place[ours], len(self._sample["label"]) + np.arange(len(now)))
            parts.append([taken(column, at) for column in self._beside_sample(part, now)])
        columns = [joined(of_one) for of_one in zip(*parts, strict=True)]
        return score_table(columns, part.rows[np.concatenate(rows)], part.n_items)

    def _beside_sample(self, part: Embedded, rows: Ints) -> list[ScoreColumn]:
        """What the scorer makes of the sample followed by some rows of a shard."""
        chosen, sample = self.spec.parameters, self._sample
        inputs = beside(sample, part.array[rows], part.labels[rows], len(self.folder.classes))
        return suspicion(inputs, passes=chosen["passes"], seed=chosen["seed"])

    @cached_property
    def _sample(self) -> Arrays:
        return fitted(self.folder, self.spec)


class SuspicionChain(Chain):
    """The chance that a label is wrong, by what a sample tells."""

    name, stages = "suspicion", (SuspicionSample, Suspicion)
    undirected = frozenset({"suspicion_from_noise"})

    def steps(self, ground: Ground) -> ChainSteps:
        """suspicion-sample and suspicion."""
        chosen = {"passes": PASSES, "seed": 0, **ground.sampled(SAMPLE)}
        sample = StageSpec(SuspicionSample.kind, {"embed": ground.vectors}, chosen)
        merged = yield sample
        of = {**sample.inputs, "sums": sample.name, "fitted": merged}
        told = fitted(ground.folder, StageSpec(Suspicion.kind, of, {}))
        said = {name: told[name].item() for name in TOLD}
        yield StageSpec(Suspicion.kind, of, {**sample.parameters, **said})

    def fitted_on(self, folder: ShardFolder, spec: StageSpec) -> str:
        """Of the sample."""
        return of_sample(fitted(folder, spec), folder, "each by the others")
