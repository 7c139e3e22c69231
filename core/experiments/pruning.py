"""What a share of the training images is worth, the hardest, the easiest or any, as `prove --prune` kept it.

Read from the metric rows of one run. Its id is their subject; the slice is "all images" or a share as "hardest 50 %",
of a difference "hardest 50 % - random 50 %" or "hardest 50 % - all images"; n: the held-out images.

    pruned_accuracy, pruned_nll                            means over seeds and held-out images
    pruned_accuracy_difference, pruned_nll_difference      paired by seed and image
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..store.metrics import (
    PRUNED_ACCURACY,
    PRUNED_ACCURACY_DIFFERENCE,
    PRUNED_NLL,
    PRUNED_NLL_DIFFERENCE,
    Metric,
)
from ..types import Estimate, Run
from .forms import of_form

ALL = "all images"
RANDOM: Literal["random"] = "random"
OF_PRUNING = "pruning"
"""The parameter of a run that says which models were trained on what."""
FORM = 1
"""Of such a run's rows and of what it says of itself: raised when they change. One of another form is not read."""


@dataclass(frozen=True)
class Worth:
    """Accuracy (a share) and NLL (nats) of models that differ by their seed, or their differences from others."""

    accuracy: Estimate
    nll: Estimate


@dataclass(frozen=True)
class KeptShare:
    """A share of the training images. images, epochs: that the models were trained on. less_random: None at random."""

    which: str
    per_cent: float
    images: int
    epochs: int
    worth: Worth
    less_random: Worth | None
    less_all: Worth | None


@dataclass(frozen=True)
class Pruning:
    """Everything that `hardlook prove --prune` found. whole: the models trained on all images.

    score: its name and run. fitted_on: which images it is computed on, in words. equal: "steps" or "epochs", which all
    models have as many of. kept: by way of choosing, then share. held_out: images that all of them are evaluated on.
    """

    run_id: str
    score: str
    fitted_on: str
    equal: str
    model: str
    seeds: tuple[int, ...]
    held_out: int
    whole: KeptShare
    kept: tuple[KeptShare, ...]

    def of(self, which: str) -> list[KeptShare]:
        """The shares chosen in one way, the largest first."""
        return sorted((one for one in self.kept if one.which == which), key=lambda one: -one.per_cent)

    @property
    def ways(self) -> list[str]:
        """Of choosing, those by difficulty first."""
        return sorted({one.which for one in self.kept}, key=lambda which: (which == RANDOM, WAYS.index(which)))

    @property
    def models(self) -> int:
        """How many were trained."""
        return (1 + len(self.kept)) * len(self.seeds)


WAYS = ("hardest", "easiest", "middle", RANDOM)


def label_of(which: str, per_cent: float) -> str:
    """How a share is called."""
    return f"{which} {per_cent:g} %"


def less(one: str, other: str) -> str:
    """The slice of a difference."""
    return f"{one} - {other}"


def stored_pruning(
    runs: Sequence[Run], rows: Iterable[Metric], having: Callable[[KeptShare], bool] = lambda _: True
) -> Pruning | None:
    """The one with the most models, of several the newest; None before `hardlook prove --prune`.

    So a first look does not take the place of a full run. Those of another form count for nothing: another Hardlook
    reads them. runs: oldest first. having: what one of its shares must be.
    """
    made = list(rows)
    found = [read_pruning(run, made) for run in runs if of_form(run, OF_PRUNING, FORM)]
    fitting = [one for one in reversed(found) if any(map(having, one.kept))]
    return max(fitting, key=lambda one: one.models, default=None)


def read_pruning(run: Run, rows: Iterable[Metric]) -> Pruning:
    """What one run found. rows: its metric rows, which may stand among others."""
    said: Mapping[str, Any] = run.parameters[OF_PRUNING]
    found = {(row.name, row.slice): row.estimate for row in rows if row.subject == run.run_id}
    whole, *kept = (_share(label, arm, found) for label, arm in said["arms"].items())
    seeds = tuple(map(int, said["arms"][ALL]["runs"]))
    return Pruning(
        run.run_id, said["score"], said["fitted_on"], said["equal"], said["model"], seeds, whole.worth.accuracy.n,
        whole, tuple(kept),
    )  # fmt: skip


def _share(label: str, arm: Mapping[str, Any], found: Mapping[tuple[str, str], Estimate]) -> KeptShare:
    def difference(other: str) -> Worth | None:
        part = less(label, other)
        if (PRUNED_ACCURACY_DIFFERENCE, part) not in found:
            return None
        return Worth(found[PRUNED_ACCURACY_DIFFERENCE, part], found[PRUNED_NLL_DIFFERENCE, part])

    worth = Worth(found[PRUNED_ACCURACY, label], found[PRUNED_NLL, label])
    at_random = label_of(RANDOM, arm["per_cent"])
    return KeptShare(
        arm["which"], arm["per_cent"], arm["images"], arm["epochs"], worth, difference(at_random), difference(ALL)
    )
