"""The stages of the score centroid: `centroid-sums` (the classes' directions) and `centroid` (the score).

Each calls what `core.scorers.centroid` calls for images in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import pyarrow as pa

from ....maths.lone import lone_by_size
from ....maths.vectors import unit_rows
from ....scorers.centroid import DirectionSums, centroid_column, direction_sums
from ..chain import Chain, ChainSteps, Ground, fitted, labelled_images
from ..folder import ShardFolder, nothing_labelled
from ..stage import ARRAYS, Arrays, Stage, StageSpec, SummedStage
from .columns import joined, score_table
from .embedded import Embedded

ROWS = 8192  # compared with all classes at once: 65 MB of float64 with 1,000 of them


class CentroidSums(SummedStage):
    """The sum of the unit vectors of each class in a shard."""

    kind, ending = "centroid-sums", ARRAYS

    def shard(self, number: int) -> Arrays:
        """totals and counts, as in `DirectionSums`."""
        part = Embedded(self.folder, self.spec.inputs["embed"], number, self.spec.parameters["fit"])
        return vars(direction_sums(unit_rows(part.array), part.labels, part.fit, len(self.folder.classes)))

    def merge(self, numbers: Sequence[int]) -> Arrays:
        """The same of all shards."""
        total = DirectionSums(**self.read(numbers[0]))
        for number in numbers[1:]:
            total = total + DirectionSums(**self.read(number))
        if not total.counts.sum():
            raise nothing_labelled(self.folder)
        return vars(total)


class Centroid(Stage):
    """The score centroid of every item of a shard."""

    kind, needs = "centroid", ("embed",)

    def ready(self) -> None:
        """Read the sums."""
        _ = self._sums

    def shard(self, number: int) -> pa.Table:
        """The column of the scorer of that name, as `score_table` has it."""
        part = Embedded(self.folder, self.spec.inputs["embed"], number, self.spec.parameters["fit"])
        alone, unit = lone_by_size(part.labels, part.fit, self._sums.counts), unit_rows(part.array)
        parts = [
            centroid_column(unit[rows], part.labels[rows], part.fit[rows], self._sums, alone[rows])
            for rows in (slice(start, start + ROWS) for start in range(0, max(len(unit), 1), ROWS))
        ]
        return score_table([joined(parts)], part.rows, part.n_items)

    @cached_property
    def _sums(self) -> DirectionSums:
        return DirectionSums(**fitted(self.folder, self.spec))


class CentroidChain(Chain):
    """Centroid: the classes' directions add up from the shards, and each image is compared with them."""

    name, stages = "centroid", (CentroidSums, Centroid)

    def steps(self, ground: Ground) -> ChainSteps:
        """centroid-sums and centroid."""
        sums = StageSpec(CentroidSums.kind, {"embed": ground.vectors}, {"fit": ground.fit})
        merged = yield sums
        yield StageSpec(Centroid.kind, {**sums.inputs, "sums": sums.name, "fitted": merged}, sums.parameters)

    def fitted_on(self, folder: ShardFolder, spec: StageSpec) -> str:
        """Of all classes' directions."""
        return labelled_images(int(fitted(folder, spec)["counts"].sum()), folder)
