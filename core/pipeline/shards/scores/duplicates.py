"""The stages of the score duplicates: `copies` (images of equal content, of all shards) and `duplicates` (the score,
the pairs that are alike, and the groups that they make).

They call what `core.scorers.duplicates` and `core.maths.duplicates` call for images in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ....maths.duplicates import KEPT, THRESHOLD, duplicate_groups
from ....scorers.duplicates import duplicate_column, similar_pairs
from ....types import UNLABELLED, Floats, Ints, Neighbors
from ....wording import counted
from ..chain import Chain, ChainSteps, Ground, fitted
from ..checked import checked, usable_rows
from ..clusters.records import first_row, hash_numbers
from ..clusters.search import found_in
from ..clusters.steps import NEIGHBOR_STAGES, neighbor_steps, told_recall
from ..folder import ShardFolder
from ..stage import ARRAYS, Arrays, StageSpec, SummedStage, place_of_stage, read_part
from .columns import OTHERS, SIMILARITY, score_table, spread_lists
from .embedded import Embedded

AT_ONCE = 50_000_000  # rows whose hashes are compared at once: 2 GB


class Copies(SummedStage):
    """The content hashes of a shard's images, sorted."""

    kind, ending = "copies", ARRAYS

    def shard(self, number: int) -> Arrays:
        """hash: (n,) uint64, rising; row: (n,) in the whole."""
        _, facts = checked(self.folder, self.spec.inputs["ingest"], number)
        rows = np.flatnonzero(usable_rows(facts))
        hashes = hash_numbers(facts["content_hash"].take(rows))
        order = np.argsort(hashes, kind="stable")
        return {"hash": hashes[order], "row": first_row(self.folder, number) + rows[order]}

    def merge(self, numbers: Sequence[int]) -> Arrays:
        """hash, row: of every image that another has the content of; rising by row."""
        most = first_row(self.folder, 1) * len(numbers)
        turns = _ranges(max(-(-most // AT_ONCE), 1))
        found = [_more_than_once(map(self.read, numbers), *edges) for edges in turns]  # read each time: all are 16 GB
        hashes, rows = (np.concatenate(column) for column in zip(*found, strict=True))
        order = np.argsort(rows)
        return {"hash": hashes[order], "row": rows[order]}


def _ranges(count: int) -> Iterator[tuple[np.uint64, np.uint64]]:
    """The first and last hash of each of so many equal ranges."""
    for place in range(count):
        yield np.uint64(place * 2**64 // count), np.uint64((place + 1) * 2**64 // count - 1)


def _more_than_once(
    parts: Iterable[Arrays], first: np.uint64, last: np.uint64
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hash and row of those in a range that another row has as well."""
    slices = []
    for part in parts:
        where = slice(np.searchsorted(part["hash"], first), np.searchsorted(part["hash"], last, side="right"))
        slices.append([part[name][where].copy() for name in ("hash", "row")])  # a view would hold all of the part
    hashes, rows = (np.concatenate(column) for column in zip(*slices, strict=True))
    order = np.argsort(hashes, kind="stable")
    hashes, rows = hashes[order], rows[order]
    again = hashes[1:] == hashes[:-1]
    repeated = np.concatenate([[False], again]) | np.concatenate([again, [False]]) if len(hashes) else again
    return hashes[repeated], rows[repeated]


class Duplicates(SummedStage):
    """How alike the most similar other image is to every item of a shard, and which are alike."""

    kind, needs = "duplicates", ("embed",)

    def ready(self) -> None:
        """Read which images are copies."""
        _ = self._copies, self._told

    def shard(self, number: int) -> pa.Table:
        """The column of the scorer of that name, as `score_table` has it; duplicate.others, duplicate.similarity: the
        numbers of similar images in the whole."""
        inputs = self.spec.inputs
        part = Embedded(self.folder, inputs["embed"], number, [])
        found = found_in(self.folder, inputs["neighbors"], self._told["numbers"].tolist(), number)
        similarity = np.where(found["same"], np.float32(1), found["similarity"])
        copied = np.isin(found["row"], self._copies["row"])
        table = score_table([duplicate_column(similarity, copied, "")], part.rows, part.n_items)
        pairs = similar_pairs(similarity, found["others"], KEPT)
        at = part.rows[pairs.rows]
        table = table.append_column("duplicate" + OTHERS, spread_lists(at, pairs.others, part.n_items))
        return table.append_column("duplicate" + SIMILARITY, spread_lists(at, pairs.similarity, part.n_items))

    def merge(self, numbers: Sequence[int]) -> Arrays:
        """The groups, those that need a decision first: size, exact, crosses_splits, labels_differ: (g,). row: of the
        members of all, group after group."""
        pairs = self._pairs(numbers)
        rows = np.unique(np.concatenate([pairs.rows, pairs.others, self._copies["row"]]))
        labels, splits, hashes = self._about(rows)
        near = Neighbors(np.searchsorted(rows, pairs.rows), np.searchsorted(rows, pairs.others), pairs.similarity)
        groups = duplicate_groups(near, hashes, labels, splits, THRESHOLD)
        return {
            "size": np.array([len(one.rows) for one in groups], np.int64),
            **{
                name: np.array([getattr(one, name) for one in groups], bool)
                for name in ("exact", "crosses_splits", "labels_differ")
            },
            "row": rows[[row for one in groups for row in one.rows]] if groups else rows[:0],
        }

    def _pairs(self, numbers: Sequence[int]) -> Neighbors:
        """Those of all shards that count as near duplicates, by their numbers in the whole."""
        rows, others, similarity = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
        for number in numbers:
            table = self.read(number)
            lists, alike = (table["duplicate" + more].combine_chunks() for more in (OTHERS, SIMILARITY))
            of = first_row(self.folder, number) + np.repeat(np.arange(len(lists)), lists.value_lengths().to_numpy())
            values: Floats = alike.flatten().to_numpy()
            chosen = values >= THRESHOLD
            rows.append(of[chosen])
            others.append(lists.flatten().to_numpy()[chosen])
            similarity.append(values[chosen])
        return Neighbors(np.concatenate(rows), np.concatenate(others), np.concatenate(similarity))

    def _about(self, rows: Ints) -> tuple[Ints, list[str], NDArray[np.str_]]:
        """Labels, splits and content hashes of rows of the whole, rising."""
        labels, splits, hashes = [], [], []
        shards = rows // first_row(self.folder, 1)
        for number in np.unique(shards).tolist():
            items, facts = checked(self.folder, self.spec.inputs["ingest"], number)
            at = rows[shards == number] - first_row(self.folder, number)
            labels.append(items["label"].fill_null(UNLABELLED).to_numpy()[at])
            splits += items["split"].take(at).to_pylist()
            hashes += facts["content_hash"].take(at).to_pylist()
        return np.concatenate([np.zeros(0, np.int64), *labels]), splits, np.array(hashes, np.str_)

    @cached_property
    def _copies(self) -> Arrays:
        inputs = self.spec.inputs
        return dict(read_part(place_of_stage(self.folder, inputs["copies"]) / inputs["copied"]))

    @cached_property
    def _told(self) -> Arrays:
        return fitted(self.folder, self.spec)


@dataclass(frozen=True)
class DuplicateCounts:
    """Groups of images that are the same picture, as the audit in memory counts them."""

    exact: int
    near: int
    labels_differ: int
    crosses_splits: int


def duplicate_counts(merged: Arrays) -> DuplicateCounts:
    """Of what `duplicates` adds up to."""
    exact = int(merged["exact"].sum())
    return DuplicateCounts(
        exact, len(merged["size"]) - exact, int(merged["labels_differ"].sum()), int(merged["crosses_splits"].sum())
    )


class DuplicatesChain(Chain):
    """Images that are there more than once: copies by their content, near ones by the neighbours in clusters."""

    name, stages = "duplicates", (*NEIGHBOR_STAGES, Copies, Duplicates)
    of_labels, shown_by = False, "duplicate"

    def steps(self, ground: Ground) -> ChainSteps:
        """Those of neighbours, copies and duplicates."""
        found = yield from neighbor_steps(ground)
        copies = StageSpec(Copies.kind, {"ingest": ground.ingest.name}, {})
        copied = yield copies
        of = {**found.inputs, "ingest": ground.ingest.name, "copies": copies.name, "copied": copied}
        yield StageSpec(Duplicates.kind, of, {"similarity": "cosine", **found.recorded_pairs})

    def makes(self, score: str) -> bool:
        """Its one column."""
        return score == "duplicate"

    def fitted_on(self, folder: ShardFolder, spec: StageSpec) -> str:
        """Of all shards."""
        return f"all {int(fitted(folder, spec)['sizes'].sum())} images of the whole, {folder.name}, each without itself"

    def told(self, folder: ShardFolder, spec: StageSpec, merged: Arrays) -> list[str]:
        """How many groups there are, and how many pairs are missed."""
        n, said = duplicate_counts(merged), spec.parameters
        counts = (
            f"{counted(n.exact, 'group')} of identical images, {n.near:,} of near-identical ones (cosine {THRESHOLD} "
            f"or more); {n.labels_differ:,} with labels that disagree, {n.crosses_splits:,} across splits"
        )
        which = " with such a pair, as the mean of their shares"
        return [f"duplicates: {counts}", f"duplicates: {told_recall('near-identical pairs', said, which)}"]
