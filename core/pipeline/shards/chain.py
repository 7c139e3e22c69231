"""What a score or an evaluation over shards is: a chain of stages, declared in one file and registered in stages.py.

A chain says which stage follows which, by yielding what each is made of; whoever drives has the shards of that stage
done, by whatever engine or share, and what they add up to, and says where that lies. So a chain knows no processes, no
shares and no quarantine, and whoever drives knows no score by name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar

from .folder import ShardFolder
from .stage import Arrays, Stage, StageSpec, place_of_stage, read_part

ChainSteps = Generator[StageSpec, str, None]
"""Yields each stage once everything it is made of is there. A `SummedStage` is answered with the name of the file that
its shards add up to, which belongs into what the next stages are made of; any other with ""."""


@dataclass(frozen=True)
class Ground:
    """What a chain begins with.

    ingest: the stage that opened the images. embed: that of the vectors, None where the chain reads none. fit: the
    splits whose labels are learned from. model: the stage `predict` of a model, None where the chain reads none.
    """

    folder: ShardFolder
    ingest: StageSpec
    embed: StageSpec | None
    fit: list[str]
    model: StageSpec | None = None

    def sampled(self, sample: int) -> dict[str, Any]:
        """The parameters of a stage that learns from a sample of the labelled images, or from all where fewer are."""
        return {"sample": sample, "of": sum(self.folder.labelled.get(split, 0) for split in self.fit), "fit": self.fit}

    @property
    def vectors(self) -> str:
        """The name of the embedding, for a chain that reads one."""
        assert self.embed is not None
        return self.embed.name

    @property
    def predictions(self) -> StageSpec:
        """The stage of a model, for a chain that reads one."""
        assert self.model is not None
        return self.model


class Chain(ABC):
    """A score or an evaluation over shards. One instance of each stands in stages.py.

    name: as the command line knows it; of a score, the scorer's. stages: its own, in the order in which they can be
    computed; the last makes what it is for. of_labels: whether it learns from labels. of_vectors: whether it is of an
    embedding; one that is, and needs nothing else to be given, is computed where no score is named. of_model: whether
    it is of a model that was imported. undirected: its columns that order no images by difficulty, though the scorer's
    others do. shown_by: the score by which a lens shows it; its name where nothing is said.
    """

    name: ClassVar[str]
    stages: ClassVar[tuple[type[Stage], ...]]
    of_vectors: ClassVar[bool] = True
    of_labels: ClassVar[bool] = True
    undirected: ClassVar[frozenset[str]] = frozenset()
    of_model: ClassVar[bool] = False
    shown_by: ClassVar[str] = ""

    @abstractmethod
    def steps(self, ground: Ground) -> ChainSteps:
        """Its stages one after the other; those of a chain that it reads by `yield from` of that chain's."""

    @abstractmethod
    def fitted_on(self, folder: ShardFolder, spec: StageSpec) -> str:
        """What the values of its last stage were learned from, in words: as `ScoreColumn` has it."""

    def told(self, folder: ShardFolder, spec: StageSpec, merged: Arrays) -> list[str]:
        """What its last stage has to say to who waited for it, in lines. merged: what that adds up to, if it does."""
        return []

    def makes(self, score: str) -> bool:
        """Whether a score is one of its own: rmd_oof is of rmd."""
        return f"{score}_".startswith(f"{self.name}_")


def fitted(folder: ShardFolder, spec: StageSpec) -> Arrays:
    """What a stage with the inputs `sums` and `fitted` is computed with. Raises BadInput, Unreadable."""
    return dict(read_part(place_of_stage(folder, spec.inputs["sums"]) / spec.inputs["fitted"]))


def labelled_images(n: int, folder: ShardFolder) -> str:
    """What a score that learned from so many labels was fitted on."""
    return f"{n} labelled training images of the whole, {folder.name}"
