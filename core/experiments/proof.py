"""What reviewing was worth: networks trained on original, reviewed and randomly altered labels, as `prove` kept them.

Everything is read from the metric rows of one run (core/pipeline/proof/prove.py says which), so that the command, the
pages and the report show the same figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..kinds.proof import PROOF
from ..store import views
from ..store.metrics import Metric, read_metrics
from ..types import Estimate
from .comparing import Comparison, Figure, cell, compare
from .forms import of_form
from .grids import Method, Setting, TrainedGrid

ORIGINAL, REVIEWED = "original labels", "reviewed labels"
REMOVALS: Literal["random removals"] = "random removals"
CHANGES: Literal["random changes"] = "random changes"
GIVEN_LABELS, REVIEWED_LABELS, TRUE_LABELS = "given labels", "reviewed labels", "true labels"
PARTS = ("training", "held-out")
FORM = 1
"""Of a proof's rows and of what it says of itself: raised when they change. One of another form is not read."""


@dataclass(frozen=True)
class Reviewed:
    """What the reviews did to one part of the data. images: labelled ones in it, of which so many changed their class,
    were left out, or got a label that had none. wrong_before, wrong_after: labels that are not the true ones, -1 where
    those are not known."""

    images: int
    relabelled: int
    excluded: int
    added: int
    wrong_before: int
    wrong_after: int

    @property
    def altered(self) -> int:
        """Labelled images whose label was changed or taken away."""
        return self.relabelled + self.excluded


@dataclass(frozen=True)
class RankedModel:
    """A model's accuracy and its place (1 is best) by the labels as given, as reviewed and, where known, as they truly
    are. change: reviewed - given, paired over images. networks: over whose seeds the accuracy is a mean."""

    label: str
    networks: int
    accuracy: Mapping[str, Estimate]
    place: Mapping[str, int]
    change: Estimate


@dataclass(frozen=True)
class ModelRanking:
    """Models, best by the reviewed labels first. tau: Kendall's, by (one, other) version of the labels.

    images: held-out ones that all of them are judged on. left_out: models that cannot be, and why.
    """

    models: tuple[RankedModel, ...]
    tau: Mapping[tuple[str, str], Estimate]
    images: int
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Proof:
    """Everything that `hardlook prove` found. grid: its methods are the labels trained on, None if nothing was trained.

    parts: by PARTS. judged_by: versions of the held-out labels, the one nearest to the truth first.
    """

    run_id: str
    grid: TrainedGrid | None
    parts: Mapping[str, Reviewed]
    judged_by: tuple[str, ...]
    ranking: ModelRanking | None

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds that every method was trained with."""
        return tuple(self.grid.methods[0].runs) if self.grid else ()

    def figures(self, labels: str) -> tuple[Figure, ...]:
        """What is compared, judged by one version of the labels."""
        part = f"by {labels}"
        return (
            Figure("accuracy", "accuracy", part),
            Figure("ECE", "ece", part),
            Figure("NLL", "nll", part, share=False),
        )

    def cells(self, method: Method, labels: str) -> tuple[Estimate, ...]:
        """A method's figures over its seeds."""
        return tuple(cell(self.grid, method, figure) for figure in self.figures(labels)) if self.grid else ()

    def comparisons(self, labels: str) -> tuple[tuple[Comparison, ...], ...]:
        """Reviewed less original, reviewed less each control, each control less original: a row of figures each."""
        if self.grid is None:
            return ()
        original, reviewed, *controls = self.grid.methods
        pairs = [(reviewed, original), *((reviewed, one) for one in controls), *((one, original) for one in controls)]
        return tuple(tuple(compare(self.grid, *pair, figure) for figure in self.figures(labels)) for pair in pairs)


def stored_proof(hub: views.Hub) -> Proof | None:
    """The newest proof of an audit, None before `hardlook prove`; none of a form that is another Hardlook's."""
    runs = [run for run in hub.runs if of_form(run, "proof", FORM)]
    return read_proof(runs[-1].run_id, runs[-1].parameters["proof"], read_metrics(hub)) if runs else None


def read_proof(run_id: str, said: Mapping[str, Any], rows: Iterable[Metric]) -> Proof:
    """A proof from what its run says of itself and that run's metric rows, which may stand among older ones."""
    found = {(row.name, row.subject, row.slice): row.estimate for row in rows}
    parts = {part: Reviewed(*(int(found["proof_labels", part, name].value) for name in COUNTED)) for part in PARTS}
    return Proof(
        run_id, _grid(said, found) if said["arms"] else None, parts, tuple(said["judged_by"]),
        _ranking(said, found) if said["models"] else None,
    )  # fmt: skip


COUNTED = ("images", "relabelled", "excluded", "added", "wrong before", "wrong after")
"""Slices of the metric `proof_labels`, in the order of `Reviewed`."""


def _grid(said: Mapping[str, Any], found: Mapping[tuple[str, str, str], Estimate]) -> TrainedGrid:
    setting = Setting(said["model"], (), None)
    methods = [
        Method(name, name, setting, "cross_entropy", None, {}, "", {int(seed): run for seed, run in runs.items()})
        for name, runs in said["arms"].items()
    ]
    networks = {run for method in methods for run in method.runs.values()}
    values: dict[tuple[str, str], dict[str, float]] = {}
    for (name, subject, part), estimate in found.items():
        if subject in networks and part.startswith("by "):
            values.setdefault((name, part), {})[subject] = estimate.value
    return TrainedGrid(PROOF, tuple(methods), setting, values)


def _ranking(said: Mapping[str, Any], found: Mapping[tuple[str, str, str], Estimate]) -> ModelRanking:
    versions = said["ranked_by"]
    models = [
        RankedModel(
            label, networks,
            {version: found["model_accuracy", label, f"by {version}"] for version in versions},
            {version: int(found["model_place", label, f"by {version}"].value) for version in versions},
            found["model_accuracy_change", label, "reviewed - given"],
        )
        for label, networks in said["models"].items()
    ]  # fmt: skip
    models.sort(key=lambda model: (model.place[REVIEWED_LABELS], model.label))
    pairs = [(one, other) for i, one in enumerate(versions) for other in versions[i + 1 :]]
    tau = {(one, other): found["ranking_tau", "models", f"{one} - {other}"] for one, other in pairs}
    images = found["ranking_tau", "models", f"{pairs[0][0]} - {pairs[0][1]}"].n
    return ModelRanking(tuple(models), tau, images, tuple(said["left_out"]))
