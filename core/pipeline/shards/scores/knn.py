"""The stage of the score knn: the labels of the nearest training images of all shards.

It calls what `core.scorers.knn` calls for images in memory.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow as pa

from ....maths.lone import lone_by_size
from ....scorers.knn import NEIGHBORS, knn_column
from ....types import Ints
from ..chain import Chain, ChainSteps, Ground, fitted, labelled_images
from ..clusters.search import found_in
from ..clusters.steps import neighbor_steps, told_recall
from ..folder import ShardFolder, nothing_labelled
from ..stage import Arrays, Stage, StageSpec
from .columns import score_table
from .embedded import Embedded


class Knn(Stage):
    """The score knn of every item of a shard."""

    kind, needs = "knn", ("embed",)

    def ready(self) -> None:
        """Read how many rows each class has. Raises BadInput where no image is labelled."""
        if not self._counts.sum():
            raise nothing_labelled(self.folder)

    def shard(self, number: int) -> pa.Table:
        """The column of the scorer of that name, as `score_table` has it."""
        chosen, inputs = self.spec.parameters, self.spec.inputs
        part = Embedded(self.folder, inputs["embed"], number, chosen["fit"])
        found = found_in(self.folder, inputs["neighbors"], self._told["numbers"].tolist(), number)
        column = knn_column(
            found["fit_similarity"], found["fit_label"], part.labels, len(self.folder.classes),
            lone_by_size(part.labels, part.fit, self._counts), chosen, "",
        )  # fmt: skip
        return score_table([column], part.rows, part.n_items)

    @cached_property
    def _told(self) -> Arrays:
        return fitted(self.folder, self.spec)

    @property
    def _counts(self) -> Ints:
        return np.asarray(self._told["counts"])


class KnnChain(Chain):
    """Neighbours by clusters, and what share of them carries another label."""

    name, stages = "knn", (Knn,)

    def steps(self, ground: Ground) -> ChainSteps:
        """Those of neighbours, and knn."""
        found = yield from neighbor_steps(ground)
        said = {"k": NEIGHBORS, "similarity": "cosine", **found.recorded}
        yield StageSpec(Knn.kind, found.inputs, {"fit": ground.fit, **said})

    def told(self, folder: ShardFolder, spec: StageSpec, merged: Arrays) -> list[str]:
        """How many neighbours are missed."""
        return [f"knn: {told_recall('nearest training images', spec.parameters)}"]

    def fitted_on(self, folder: ShardFolder, spec: StageSpec) -> str:
        """Of all shards."""
        return labelled_images(int(fitted(folder, spec)["counts"].sum()), folder)
