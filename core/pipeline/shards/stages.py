"""The stages there are, and a process's way into one of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from ...errors import BadInput
from ...remote.place import Place
from ...scorers.registry import get_scorer
from .chain import Chain
from .checked import Ingest
from .evaluation.sums import EvaluationChain
from .folder import HEADER, ShardFolder, is_sharded
from .predict import Predict
from .scores.centroid import CentroidChain
from .scores.duplicates import DuplicatesChain
from .scores.knn import KnnChain
from .scores.probe import ProbeChain
from .scores.rmd import RmdChain
from .scores.suspicion import SuspicionChain
from .scores.vog import VogChain
from .stage import Stage, StageSpec, SummedStage, merged_file, write_part
from .vectors import Embed

_SCORES: list[Chain] = [
    RmdChain(), CentroidChain(), DuplicatesChain(), KnnChain(), ProbeChain(), SuspicionChain(), VogChain(),
]  # fmt: skip
SCORES = {one.name: one for one in _SCORES}
"""Scores that are computed over shards, by their scorers; one that reads another's stages stands behind it."""
CHAINS: dict[str, Chain] = {**SCORES, EvaluationChain.name: EvaluationChain()}
"""All chains by name."""
_EACH: list[type[Stage]] = [Ingest, Embed, Predict, *(stage for chain in CHAINS.values() for stage in chain.stages)]
STAGES: dict[str, type[Stage]] = {one.kind: one for one in _EACH}
"""By kind, in the order in which they can be computed."""


@cache
def form_of(kind: str) -> int:
    """Which form of a stage is computed now; where it is a score, counted on from the scorer's own."""
    own = STAGES[kind].form if kind in STAGES else 1
    return own + (get_scorer(kind).form - 1 if kind in SCORES else 0)


def stage_at_work(path: Place, spec: StageSpec, numbers: tuple[int, ...]) -> Callable[[int | None], None]:
    """What a process does for a stage: write the file of a shard, or for None of what these shards add up to."""
    if not is_sharded(path):
        raise BadInput(f"{path} holds no {HEADER} there.", "Every machine needs the folder, on a disk that they share.")
    folder = ShardFolder(path)
    stage = STAGES[spec.kind](folder, spec)
    stage.ready()

    def work(job: int | None) -> None:
        if job is not None:
            write_part(stage.ledger.part(job), stage.shard(job))
            return
        assert isinstance(stage, SummedStage), spec.kind
        write_part(merged_file(folder, spec, numbers), stage.merge(numbers))

    return work
