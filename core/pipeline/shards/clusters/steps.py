"""The stages of which neighbours come, one after the other, for every score that reads neighbours."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

from ....maths.neighbors import EXACT_UP_TO
from ....scorers.duplicates import NEIGHBORS as NEAR
from ....scorers.knn import NEIGHBORS
from ....wording import counted, percent
from ..chain import Ground, fitted
from ..stage import StageSpec
from .centres import Centres, ClusterRows
from .recall import ClusterRecall
from .search import NeighborSearch, Regroup

MOST_PROBED = 64  # clusters that are searched for a row at most
NEIGHBOR_STAGES = (Centres, ClusterRows, ClusterRecall, Regroup, NeighborSearch)


@dataclass(frozen=True)
class FoundNeighbors:
    """Neighbours that were searched for. inputs: what a stage that reads them is made of. recorded: of the search, as
    a score says it: whether it is exact, else what it finds of the nearest to learn from, as `recorded_recall` has it;
    and the same of near duplicates."""

    inputs: Mapping[str, str]
    recorded: Mapping[str, Any]
    recorded_pairs: Mapping[str, Any]


def neighbor_steps(ground: Ground) -> Generator[StageSpec, str, FoundNeighbors]:
    """centres, clusters, recall, regroup and neighbors."""
    chosen = {"fit": ground.fit, "one_cluster_up_to": EXACT_UP_TO}
    asked = {"near": NEAR, "k": NEIGHBORS}
    centres = StageSpec(Centres.kind, {"embed": ground.vectors}, chosen)
    clustered = yield centres
    of_centres = {"embed": ground.vectors, "sums": centres.name, "fitted": clustered}
    clusters = StageSpec(ClusterRows.kind, of_centres, {"fit": ground.fit})
    yield clusters
    of_clusters = {**of_centres, "clusters": clusters.name}
    recall = StageSpec(ClusterRecall.kind, of_clusters, {**asked, "most_probed": MOST_PROBED})
    told = yield recall
    of_recall = {"embed": ground.vectors, "sums": recall.name, "fitted": told}
    regroup = StageSpec(Regroup.kind, {**of_recall, "clusters": clusters.name}, {})
    yield regroup
    of_regroup = {**of_recall, "regroup": regroup.name, "centres": centres.name, "clustered": clustered}
    neighbors = StageSpec(NeighborSearch.kind, of_regroup, asked)
    yield neighbors
    facts = fitted(ground.folder, neighbors)
    exact = len(facts["sizes"]) == 1
    return FoundNeighbors(
        {**of_recall, "neighbors": neighbors.name},
        recorded_recall(exact, facts["neighbors"]), recorded_recall(exact, facts["pairs"]),
    )  # fmt: skip


def recorded_recall(exact: bool, recall: Any) -> dict[str, Any]:
    """What a score says of a search. recall: (4,) a share, the ends of its 95 % interval, and of how many images."""
    if exact:
        return {"exact": True, "recall": 1.0}
    value, low, high, n = (round(float(number), 4) for number in recall)
    return {"exact": False, "recall": value if n else None, "recall_from": low, "recall_to": high, "recall_of": int(n)}


def told_recall(of: str, said: Mapping[str, Any], which: str = "") -> str:
    """What share of something a search finds, and how that is known. said: as `recorded_recall` has it. which: of the
    sample's images it is the mean, if not of all."""
    if said["exact"]:
        return f"every image was compared with all others; of {of} none is missed"
    if not said["recall_of"]:
        return f"how many of the {of} are found could not be estimated: the sample has none"
    ends = f"{percent(said['recall_from'])} to {percent(said['recall_to'])}"
    return (
        f"{percent(said['recall'])} of the {of} are found (95 % interval {ends}), estimated by brute force on "
        f"{counted(said['recall_of'], 'image')}{which}"
    )
