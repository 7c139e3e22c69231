"""The stage `recall`: the true neighbours of a sample, by brute force, say in how many clusters is to be searched."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ....maths.clusters.centres import nearest_centres
from ....maths.clusters.nearest import Members, NearestRows, search
from ....maths.clusters.recall import cluster_ranks, enough_probes, found_within
from ....maths.duplicates import THRESHOLD
from ....maths.neighbors import RECALL_WANTED
from ....maths.vectors import unit_rows
from ....metrics.intervals import share_estimate
from ....types import Bools, Estimate, Floats, Ints
from ..chain import fitted
from ..stage import ARRAYS, Arrays, SummedStage, ledger_named, read_part
from .records import HASH, Records

CLUSTER = 0  # where it is in what is kept of a neighbour here, beside HASH


class ClusterRecall(SummedStage):
    """The nearest rows of a shard to each image of the sample, and how many rows each cluster and class has."""

    kind, ending, form = "recall", ARRAYS, 2

    def ready(self) -> None:
        """Read the sample."""
        _ = self._centres

    def shard(self, number: int) -> Arrays:
        """sizes: (C,). counts: (K,) to learn from. fit.FIELD, other.FIELD of `NearestRows`, with cluster
        and hash of each."""
        ledger = ledger_named(self.folder, self.spec.inputs["clusters"])
        records: Records = np.asarray(read_part(ledger.part(number)))
        centres, queries = self._centres["centres"], self._centres["query_vector"]
        fit = np.asarray(records["fit"])
        found = {
            "sizes": np.bincount(records["cluster"], minlength=len(centres)),
            "counts": np.bincount(records["label"][fit], minlength=len(self.folder.classes)),
        }
        if len(centres) == 1:  # every row is in it
            return found
        ordered = records[np.argsort(records["row"])]
        rows = Members(
            np.ascontiguousarray(ordered["vector"]), ordered["row"], ordered["key"],
            np.column_stack([ordered["cluster"].astype(np.int64), ordered["hash"].view(np.int64)]),
        )  # fmt: skip
        for name, among, k in self._asked(ordered["fit"]):
            near = search(rows.where(among), queries, self._centres["query_row"], k)
            found |= {f"{name}.{field}": values for field, values in vars(near).items()}
        return found

    def merge(self, numbers: Sequence[int]) -> Arrays:
        """numbers: the shards. sizes, counts. probes: clusters to search for each row. neighbors, pairs: (4,) the mean
        share that an image finds of the nearest to learn from, and of its near duplicates, with its interval's ends and
        of how many images."""
        parts = [self.read(number) for number in numbers]
        told: dict[str, Any] = {"numbers": np.asarray(numbers)}
        told |= {name: np.sum([part[name] for part in parts], axis=0) for name in ("sizes", "counts")}
        if len(told["sizes"]) == 1:
            exact = np.array([1.0, 1.0, 1.0, 0])
            return told | {"probes": np.array(1), "neighbors": exact, "pairs": exact}
        joined = {}
        for name, _, k in self._asked(np.zeros(0, bool)):
            near = [NearestRows(**{f: part[f"{name}.{f}"] for f in ("similarity", "rows", "kept")}) for part in parts]
            joined[name] = near[0]
            for one in near[1:]:
                joined[name] = joined[name].join(one, k)
        nearest_of_all = joined["fit"].join(joined["other"], self.spec.parameters["near"])
        return told | dict(self._measured(joined["fit"], nearest_of_all))

    def _measured(self, fit: NearestRows, near: NearestRows) -> Arrays:
        centres, queries = self._centres["centres"], self._centres["query_vector"]
        order = nearest_centres(centres, unit_rows(queries), len(centres))
        fit_there, near_there = fit.rows >= 0, near.rows >= 0
        # Copies are found by their content. They lie in one cluster, so that they would raise the share of the others.
        others = near_there & (near.kept[:, :, HASH] != self._centres["query_hash"].view(np.int64)[:, None])
        alike = others & (np.nan_to_num(near.similarity, nan=-1) >= THRESHOLD)
        fit_ranks, ranks = (cluster_ranks(order, found.kept[:, :, CLUSTER]) for found in (fit, near))
        choosing = np.arange(len(queries)) % 2 == 0
        by = (fit_ranks, fit_there) if fit_there.any() else (ranks, others)
        most = min(self.spec.parameters["most_probed"], len(centres))
        probes = enough_probes(by[0][choosing], by[1][choosing], RECALL_WANTED, most)
        of_neighbors = _of_queries(by[0][~choosing], by[1][~choosing], probes)
        of_pairs = _of_queries(ranks[~choosing], alike[~choosing], probes)
        return {"probes": np.array(probes), "neighbors": _numbers(of_neighbors), "pairs": _numbers(of_pairs)}

    def _asked(self, fit: Bools) -> list[tuple[str, Bools, int]]:
        """What is searched: the rows to learn from and the others, and how many of each are wanted."""
        chosen = self.spec.parameters
        return [("fit", fit, max(chosen["near"], chosen["k"])), ("other", ~fit, chosen["near"])]

    @cached_property
    def _centres(self) -> Arrays:
        return fitted(self.folder, self.spec)


def _of_queries(ranks: Ints, there: Bools, probes: int) -> Estimate:
    """The mean share that queries find, of those that have any. Neighbours of one query are found together, so queries
    are counted and not neighbours, which makes the interval too wide rather than too narrow."""
    shares = found_within(ranks, there, probes)
    shares = shares[~np.isnan(shares)]
    return share_estimate(float(shares.sum()), len(shares))


def _numbers(estimate: Estimate) -> Floats:
    return np.array([*estimate.numbers, estimate.n])
