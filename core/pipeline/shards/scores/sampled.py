"""A fair sample of the labelled images to learn from, of all shards, for scores whose fit is no sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ....maths.folds import row_keys
from ....scorers.inputs import Inputs
from ....scorers.inputs.asks import refuse_too_little
from ....scorers.registry import get_scorer
from ....types import Ints
from ..choose import at_random
from ..folder import ShardFolder, nothing_labelled
from ..stage import ARRAYS, Arrays, SummedStage
from .embedded import Embedded

STREAM = 2  # of the draw, apart from those of a lens and of clusters
MARGIN = 1.2  # drawn over and above, because how many of the labelled images can be opened is not known before


class SampledStage(SummedStage):
    """The rows of a shard that are drawn; at most `sample` of all shards together, every one where there are fewer.

    scorer: the one that learns from them. Its parameters: sample, of (the images that are labelled to learn from, as
    they were divided), fit.
    """

    ending = ARRAYS
    scorer: ClassVar[str]

    def shard(self, number: int) -> Arrays:
        """draw, label: (m,); vector: (m, d), in their order. counts: (K,) rows to learn from of each class."""
        chosen = self.spec.parameters
        part = Embedded(self.folder, self.spec.inputs["embed"], number, chosen["fit"])
        share = MARGIN * chosen["sample"] / max(chosen["of"], 1)
        draw = at_random(number, part.n_items, 0, STREAM)[part.rows]
        drawn = part.fit & (draw < share)
        return {
            "draw": draw[drawn], "label": part.labels[drawn].astype(np.int64), "vector": part.array[drawn],
            "counts": np.bincount(part.labels[part.fit], minlength=len(self.folder.classes)),
        }  # fmt: skip

    def sample(self, numbers: Sequence[int]) -> Arrays:
        """label: (m,), vector: (m, d) of the sample, shard after shard; counts: (K,) of all. Raises BadInput where no
        image is labelled, TooFewRows where the scorer could give none a value."""
        parts = [self.read(number) for number in numbers]
        draw, label, vector = (np.concatenate([part[name] for part in parts]) for name in ("draw", "label", "vector"))
        if not len(label):
            raise nothing_labelled(self.folder)
        kept = np.sort(np.argsort(draw, kind="stable")[: self.spec.parameters["sample"]])
        scorer, label = get_scorer(self.scorer), label[kept]
        of = Inputs(labels=label, n_classes=len(self.folder.classes), fit=np.ones(len(label), bool))
        refuse_too_little(scorer.name, {"labels", "fit"}, scorer.asks, of)
        return {
            "label": label, "vector": vector[kept], "counts": np.sum([part["counts"] for part in parts], axis=0),
            "n": np.array(len(label)),
        }  # fmt: skip


def names_of(keys: NDArray[np.uint64], labels: Ints) -> NDArray[np.uint64]:
    """(n,) a number for each vector with its label, by which a row is known again in a sample."""
    return keys + labels.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def of_sample(told: Arrays, folder: ShardFolder, how: str) -> str:
    """What a score that learned from a sample was fitted on. told: n of the sample, counts of all."""
    n, of = int(told["n"]), int(told["counts"].sum())
    drawn = f"{n}" if n == of else f"{n} drawn at random of {of}"
    return f"{drawn} labelled training images of the whole, {folder.name}, {how}"


def places_in(sample: Arrays, part: Embedded, seed: int) -> Ints:
    """(m,) where each row of a shard stands in a sample, -1 where it is not in it. Of equal rows one place is said."""
    names = names_of(row_keys(sample["vector"], seed), sample["label"])
    order = np.argsort(names, kind="stable")
    ours = names_of(row_keys(part.array, seed), part.labels)
    place = np.minimum(np.searchsorted(names[order], ours), len(names) - 1)
    return np.where(part.fit & (names[order][place] == ours), order[place], -1)
