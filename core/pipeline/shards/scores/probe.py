"""The stages of the score probe: `probe-fit` (linear heads, of a sample) and `probe` (the score of every image).

They call what `core.scorers.probe` calls for images in memory. A head has some thousand numbers, which a hundred
thousand labels tell as well as a billion do; of all, its fit would be a pass over the vectors for each of its steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from ....maths.folds import folds_of_keys, row_keys
from ....maths.lone import lone_by_size
from ....scorers.inputs import Inputs
from ....scorers.probe import NOT_FITTED, LinearHead, fit_heads, judged_by, probe_columns
from ..chain import Chain, ChainSteps, Ground, fitted
from ..folder import ShardFolder
from ..stage import Arrays, Stage, StageSpec
from .columns import score_table
from .embedded import Embedded
from .sampled import SampledStage, names_of, of_sample

SAMPLE = 100_000
USUAL = {"inverse_penalty": 0.003, "folds": 5, "seed": 0}


class ProbeFit(SampledStage):
    """The labelled images of a shard that heads are fitted to."""

    kind, scorer = "probe-fit", "probe"

    def merge(self, numbers: Sequence[int]) -> Arrays:
        """The heads, as `as_arrays` has them; name, fold: (m,) of the sample, by name. counts, n: as sampled."""
        chosen, sample = self.spec.parameters, self.sample(numbers)
        vectors, labels = sample["vector"], sample["label"]
        keys = row_keys(vectors, chosen["seed"])
        fold = folds_of_keys(labels, keys, chosen["folds"])
        judges = [NOT_FITTED, *np.unique(fold).tolist()]
        heads = fit_heads(vectors, labels, fold, keys, chosen["inverse_penalty"], judges)
        names, first = np.unique(names_of(keys, labels), return_index=True)
        return as_arrays(heads) | {
            "name": names, "fold": fold[first].astype(np.int8), "counts": sample["counts"], "n": sample["n"],
        }  # fmt: skip


class ProbeScore(Stage):
    """The columns of probe of every item of a shard."""

    kind, needs = "probe", ("embed",)

    def ready(self) -> None:
        """Read the heads."""
        _ = self._heads

    def shard(self, number: int) -> pa.Table:
        """As `score_table` has them."""
        chosen, told = self.spec.parameters, self._told
        part = Embedded(self.folder, self.spec.inputs["embed"], number, chosen["fit"])
        names = names_of(row_keys(part.array, chosen["seed"]), part.labels)
        place = np.minimum(np.searchsorted(told["name"], names), len(told["name"]) - 1)
        fold = np.where(part.fit & (told["name"][place] == names), told["fold"][place], NOT_FITTED)
        n_classes = len(self.folder.classes)
        found = judged_by(self._heads, part.array, part.labels, fold, n_classes)
        inputs = Inputs(labels=part.labels, n_classes=n_classes, fit=part.fit)
        alone = lone_by_size(part.labels, part.fit, told["counts"])
        return score_table(probe_columns(found, inputs, alone, chosen, ""), part.rows, part.n_items)

    @cached_property
    def _told(self) -> Arrays:
        return fitted(self.folder, self.spec)

    @cached_property
    def _heads(self) -> dict[int, LinearHead]:
        return from_arrays(self._told)


class ProbeChain(Chain):
    """A linear classifier of a sample, which judges every image out of fold."""

    name, stages = "probe", (ProbeFit, ProbeScore)

    def steps(self, ground: Ground) -> ChainSteps:
        """probe-fit and probe."""
        fit = StageSpec(ProbeFit.kind, {"embed": ground.vectors}, {**USUAL, **ground.sampled(SAMPLE)})
        merged = yield fit
        yield StageSpec(ProbeScore.kind, {**fit.inputs, "sums": fit.name, "fitted": merged}, fit.parameters)

    def fitted_on(self, folder: ShardFolder, spec: StageSpec) -> str:
        """Of the sample."""
        return of_sample(fitted(folder, spec), folder, "out of fold")


def as_arrays(heads: Mapping[int, LinearHead]) -> dict[str, Any]:
    """FOLD.FIELD of each head, and `judges`, the folds."""
    return {"judges": np.array(list(heads))} | {
        f"{f}.{field.name}": np.asarray(getattr(head, field.name))
        for f, head in heads.items() for field in fields(LinearHead)
    }  # fmt: skip


def from_arrays(arrays: Arrays) -> dict[int, LinearHead]:
    """What `as_arrays` was given."""
    found = {}
    for f in arrays["judges"].tolist():
        values = {field.name: arrays[f"{f}.{field.name}"] for field in fields(LinearHead)}
        found[f] = LinearHead(**{**values, "stopped_early": bool(values["stopped_early"])})
    return found
