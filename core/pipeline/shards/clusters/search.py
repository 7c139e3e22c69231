"""The stages `regroup` (the rows of all shards, cluster after cluster) and `neighbors` (the nearest rows of each).

Their files are as many as there are shards, and of as many rows, whatever the clusters: one that is large lies in
several, and is searched block by block. So memory and the work of a process are bounded by a shard's rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....engines.ledger import Ledger
from ....maths.clusters.centres import nearest_centres
from ....maths.clusters.nearest import NearestRows, search
from ....maths.vectors import unit_rows
from ....types import Ints
from ..chain import fitted
from ..folder import ShardFolder
from ..stage import RECORDS, Arrays, Stage, ledger_named, place_of_stage, read_part
from ..stored.records import RecordFile
from .records import HASH, LABEL, Records, cut, first_row, in_blocks, members

AT_ONCE = 32_768  # rows of a cluster that are searched at once: 64 MB of 512 numbers
AT_HAND = 32  # files of regrouped rows that are kept open; those of a URL are fetched to the disk of the machine


class Regroup(Stage):
    """Some of the rows of all shards: of all in the order of clusters, an equal stretch for each shard."""

    kind, ending = "regroup", RECORDS

    def ready(self) -> None:
        """Read how many rows each cluster has."""
        _ = self._groups

    def shard(self, number: int) -> Records:
        """As `record_type`, sorted by cluster, and by row within one."""
        groups = self._groups
        ledger = ledger_named(self.folder, self.spec.inputs["clusters"])
        parts = [read_part(ledger.part(one)) for one in groups.numbers]
        start, stop = (groups.cuts(parts, int(position)) for position in groups.bounds_of(number))
        slices = [part[a:b] for part, a, b in zip(parts, start, stop, strict=True)]
        whole = np.concatenate(slices)
        return whole[np.argsort(whole["cluster"], kind="stable")]

    @cached_property
    def _groups(self) -> ClusterGroups:
        return ClusterGroups(fitted(self.folder, self.spec))


class ClusterGroups:
    """Which rows lie in which file of `regroup`. numbers: the shards. probes: clusters that are searched for a row."""

    def __init__(self, told: Arrays) -> None:
        self.numbers: list[int] = np.asarray(told["numbers"]).tolist()
        self.probes = int(told["probes"])
        self.starts: Ints = np.concatenate([[0], np.cumsum(told["sizes"])])
        n, parts = int(self.starts[-1]), len(self.numbers)
        self.bounds: Ints = np.array([n * part // parts for part in range(parts + 1)])

    def bounds_of(self, number: int) -> Ints:
        """The positions, in the order of clusters, at which the file of a shard's number begins and ends."""
        return self.bounds[self.numbers.index(number) :][:2]

    def cuts(self, parts: list[RecordFile], position: int) -> Ints:
        """Where each shard, sorted by cluster, is cut by a position."""
        cluster = int(np.searchsorted(self.starts, position, side="right")) - 1
        return cut(parts, "cluster", cluster, position - int(self.starts[cluster]))


class NeighborSearch(Stage):
    """The nearest of all rows to each, and the nearest of those to learn from, among the clusters that are near it."""

    kind, ending = "neighbors", RECORDS

    def ready(self) -> None:
        """Read the centres and how many rows each cluster has."""
        _ = self._groups, self._centres

    def shard(self, number: int) -> Records:
        """As `found_type`, sorted by row: of the rows that `regroup` has in the file of that number."""
        chosen, groups = self.spec.parameters, self._groups
        near, k = chosen["near"], max(chosen["near"], chosen["k"])
        ours: Records = np.asarray(self._regrouped(number))
        vectors, rows = np.ascontiguousarray(ours["vector"]), np.asarray(ours["row"])
        probed = nearest_centres(self._centres, unit_rows(vectors), groups.probes)
        fit, other = NearestRows.none(len(rows), k, 2), NearestRows.none(len(rows), near, 2)
        for probes in (probed[:, :1], probed[:, 1:]):  # first what is nearest: little of the rest is nearer
            for cluster in np.unique(probes):
                at = np.flatnonzero((probes == cluster).any(axis=1))
                for block in self._members(int(cluster)):
                    for among, so_far in ((block["fit"], fit), (~block["fit"], other)):
                        so_far.take_in(at, search(members(block[among]), vectors[at], rows[at], so_far.k))
        found = as_found(ours, fit.join(other, near), fit, chosen["k"])
        return found[np.argsort(found["row"])]

    def _members(self, cluster: int) -> Iterator[Records]:
        """The rows of a cluster, block by block."""
        groups = self._groups
        start, stop = groups.starts[cluster : cluster + 2].tolist()
        for place, where in in_blocks(start, stop, groups.bounds, AT_ONCE):
            yield self._regrouped(groups.numbers[place])[where]

    @cached_property
    def _regrouped(self) -> Callable[[int], RecordFile]:
        """A file of `regroup` by its number. Clusters that follow each other lie in the same."""
        return lru_cache(AT_HAND)(lambda number: read_part(self._ledger.part(number)))

    @cached_property
    def _ledger(self) -> Ledger:
        return ledger_named(self.folder, self.spec.inputs["regroup"])

    @cached_property
    def _groups(self) -> ClusterGroups:
        return ClusterGroups(fitted(self.folder, self.spec))

    @cached_property
    def _centres(self) -> NDArray[np.float32]:
        inputs = self.spec.inputs
        return np.asarray(read_part(place_of_stage(self.folder, inputs["centres"]) / inputs["clustered"])["centres"])


def found_type(near: int, k: int) -> np.dtype[Any]:
    """What is found of a row: of all others, and of those to learn from."""
    return np.dtype([
        ("row", np.int64), ("others", np.int64, (near,)), ("similarity", np.float32, (near,)),
        ("same", np.bool_, (near,)), ("fit_similarity", np.float32, (k,)), ("fit_label", np.int32, (k,)),
    ])  # fmt: skip


def as_found(ours: Records, near: NearestRows, fit: NearestRows, k: int) -> Records:
    """As records. same: whether the content hash of a neighbour is the row's own. fit_label: -1 where there is none."""
    records = np.empty(len(ours), found_type(near.rows.shape[1], k))
    records["row"], records["others"], records["similarity"] = ours["row"], near.rows, near.similarity
    records["same"] = (near.rows >= 0) & (near.kept[:, :, HASH].view(np.uint64) == ours["hash"][:, None])
    records["fit_similarity"] = fit.similarity[:, :k]
    records["fit_label"] = np.where(fit.rows >= 0, fit.kept[:, :, LABEL], -1)[:, :k]
    return records


def found_in(folder: ShardFolder, neighbors: str, numbers: list[int], number: int) -> Records:
    """What was found of the rows of a shard that have a vector, in their order. numbers: of the files."""
    ledger = ledger_named(folder, neighbors)
    parts = [read_part(ledger.part(one)) for one in numbers]
    start, stop = (cut(parts, "row", first_row(folder, at)) for at in (number, number + 1))
    found = np.concatenate([part[a:b] for part, a, b in zip(parts, start, stop, strict=True)])
    return found[np.argsort(found["row"])]
