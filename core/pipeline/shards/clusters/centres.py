"""The stages `centres` (where clusters are) and `clusters` (the rows of a shard, sorted by theirs)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ....errors import BadInput, command
from ....maths.clusters.centres import ROWS_PER_CENTRE, clusters_for, find_centres, nearest_centres
from ....maths.vectors import unit_rows
from ....types import Floats
from ..chain import fitted
from ..choose import at_random
from ..scores.embedded import Embedded
from ..stage import ARRAYS, RECORDS, Arrays, Stage, SummedStage
from .records import Records, first_row, hashes_of, records_of

QUERIES = 1000
"""Images whose true neighbours are found by brute force: half of them choose in how many clusters is searched, and what
is missed is counted on the others. No centre is fitted to them: a centre lies nearer to what it was fitted to, which
would find more of its neighbours than an image of no sample does."""
STREAM = 1  # of the draw, apart from that of a lens


class Centres(SummedStage):
    """A sample of a shard; its rows are drawn by where they are, so the sample is the same whoever draws it."""

    kind, ending, form = "centres", ARRAYS, 2

    def shard(self, number: int) -> Arrays:
        """draw, row, hash: (m,) of the sample, as `Records` have them; vector: (m, d). n: rows that have a vector."""
        part = Embedded(self.folder, self.spec.inputs["embed"], number, self.spec.parameters["fit"])
        draw = at_random(number, part.n_items, 0, STREAM)[part.rows]
        drawn = draw < self._share
        rows = part.rows[drawn]
        return {
            "draw": draw[drawn], "row": first_row(self.folder, number) + rows,
            "hash": hashes_of(self.folder, self.spec.inputs["embed"], number, rows), "vector": part.array[drawn],
            "n": np.array(len(part.rows)),
        }  # fmt: skip

    def merge(self, numbers: Sequence[int]) -> Arrays:
        """centres: (C, d) unit vectors. query_row, query_hash: (q,), query_vector: (q, d), that part of the sample to
        which no centre is fitted, half of it at most. n: all rows."""
        parts = [self.read(number) for number in numbers]
        n = int(sum(part["n"] for part in parts))
        draw, row, hashes, vectors = (
            np.concatenate([part[name] for part in parts]) for name in ("draw", "row", "hash", "vector")
        )
        if not len(draw):
            raise BadInput(
                f"No image of {self.folder.name} has a vector.", "Embed them again",
                command(None, "embed", self.folder.name, "--retry"),
            )  # fmt: skip
        count = clusters_for(n, self.spec.parameters["one_cluster_up_to"])
        queries = np.sort(np.lexsort((row, draw))[: min(QUERIES, len(draw) // 2)])
        return {
            "centres": find_centres(unit_rows(np.delete(vectors, queries, axis=0)), count), "n": np.array(n),
            "query_row": row[queries], "query_hash": hashes[queries], "query_vector": vectors[queries],
        }  # fmt: skip

    @cached_property
    def _share(self) -> float:
        images = max(int(self.folder.header["images"]), 1)
        centres = clusters_for(images, self.spec.parameters["one_cluster_up_to"])
        return (max(centres * ROWS_PER_CENTRE, QUERIES) + QUERIES) / images


class ClusterRows(Stage):
    """The rows of a shard that have a vector, sorted by the cluster whose centre is nearest."""

    kind, ending = "clusters", RECORDS

    def ready(self) -> None:
        """Read the centres."""
        _ = self._centres

    def shard(self, number: int) -> Records:
        """As `record_type`; of one cluster in the order of the rows."""
        records = records_of(self.folder, self.spec.inputs["embed"], number, self.spec.parameters["fit"])
        records["cluster"] = nearest_centres(self._centres, unit_rows(records["vector"]), 1)[:, 0]
        return records[np.argsort(records["cluster"], kind="stable")]

    @cached_property
    def _centres(self) -> Floats:
        return np.asarray(fitted(self.folder, self.spec)["centres"])
