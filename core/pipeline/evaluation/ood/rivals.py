"""Detectors that need a model to be shown images: by its features, and by the gradient at its input.

The features are those before the last layer. Those that are fitted are fitted to images the model was trained on, at
most FITTED of them, drawn by the seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ....errors import BadInput, Degenerate
from ....maths.gaussians import fit_gaussians
from ....maths.ood.density import log_density
from ....maths.ood.mahalanobis import nearest_class_distance
from ....maths.ood.neighbor_distance import neighbor_distance
from ....maths.ood.reconstruction import reconstruction_error
from ....progress import Reporter, part_of
from ....store import views
from ....store.audit import Audit
from ....training.batches import Batches
from ....training.checkpoints import TrainedNetwork, saved_epochs
from ....training.fold import ready_for_gradients
from ....training.readouts.odin import EPS, TEMPERATURE, odin
from ....training.readouts.penultimate import penultimate_features
from ....types import Floats, Ints, Run
from ...scoring.score import only_predictions
from ..choose_models import finished_model, sample
from .scores import images_to_fit
from .sides import Scores, SideImages, own_shown

MAHALANOBIS, KNN, KDE, PCA, ODIN = "Mahalanobis", "kNN", "KDE", "PCA", "ODIN"
FITTED = 5000
NEIGHBORS = 50
PCA_SHARE = 0.95


@dataclass(frozen=True)
class RivalDetectors:
    """The detectors of one model. fitted: (n,) image ids they are fitted to, in order; labels: (n,) theirs.

    k: the neighbour whose distance counts: the 50th (Sun et al. 2022 for CIFAR-10), or of fewer images than 50 a class
    as many as a class has on average, so that it can be of the image's own class.
    """

    audit: Audit
    model: Run
    fitted: Ints
    labels: Ints
    n_classes: int
    eps: float
    device: torch.device

    @property
    def k(self) -> int:
        """Which neighbour."""
        return int(min(NEIGHBORS, max(1, len(self.fitted) // max(1, len(np.unique(self.labels))))))

    @property
    def parameters(self) -> dict[str, Any]:
        """What a run's identity has to say of them."""
        fitted = {"fitted": FITTED, "neighbors": self.k, "pca_share": PCA_SHARE} if len(self.fitted) else {}
        return {"odin_eps": self.eps, "odin_temperature": TEMPERATURE, **fitted, "device": self.device.type}

    @property
    def read_as(self) -> dict[str, str]:
        """Which end of each is read as in-distribution, and of what it is."""
        to = f"{len(self.fitted):,} training images, features before the last layer"
        return {
            MAHALANOBIS: f"a small Mahalanobis distance to the nearest class of {to}",
            KNN: f"a small distance to neighbour {self.k} of {to}, unit length",
            KDE: f"a high kernel density of {to}, standardised",
            PCA: f"a small error of the components with {PCA_SHARE:.0%} of the variance of {to}",
            ODIN: f"a high probability at temperature {TEMPERATURE:g} after a step of {self.eps:g} towards the class",
        }

    def scores(self, sides: Sequence[SideImages], reporter: Reporter) -> Scores:
        """Of the images of both sides, one after the other, higher is more in-distribution.

        What a model is not made for (no linear layer, batch statistics) is left out, and it is said.
        """
        loaded, found = finished_model(self.audit, self.model, self.device), Scores()
        try:
            found |= self._by_features(loaded, sides, reporter)
        except BadInput as error:
            self._say_left_out(reporter, f"{MAHALANOBIS}, {KNN}, {KDE} and {PCA} are", error)
        try:
            found[ODIN] = self._by_gradient(loaded, sides, reporter)
        except BadInput as error:
            self._say_left_out(reporter, f"{ODIN} is", error)
        return found

    def _by_features(self, loaded: TrainedNetwork, sides: Sequence[SideImages], reporter: Reporter) -> Scores:
        if not len(self.fitted):
            raise BadInput("They are fitted to images the model was trained on, and nobody said which those are.")
        fit = own_shown(self.audit, self.model, self.fitted, reporter)
        with reporter.bar("features") as advance:
            parts = [
                penultimate_features(loaded.model, self._batches(loaded, shown), shown.rows, advance=told)
                for shown, told in _told([fit, *sides], advance)
            ]
        return feature_scores(parts[0], self.labels, self.n_classes, np.concatenate(parts[1:]), self.k)

    def _by_gradient(self, loaded: TrainedNetwork, sides: Sequence[SideImages], reporter: Reporter) -> Floats:
        model = ready_for_gradients(loaded.model)
        with reporter.bar("ODIN") as advance:
            parts = [
                odin(model, self._batches(loaded, shown), shown.rows, eps=self.eps, advance=told)
                for shown, told in _told(sides, advance)
            ]
        return np.concatenate(parts)

    def _batches(self, loaded: TrainedNetwork, shown: SideImages) -> Batches:
        return Batches(shown.pixels, loaded.normalisation, self.device)

    def _say_left_out(self, reporter: Reporter, what: str, error: BadInput) -> None:
        reporter.say(f"near-OOD of {self.model.run_id}: {what} left out. {error.message}")


def _told(sides: Sequence[SideImages], advance: Any) -> list[tuple[SideImages, Any]]:
    """Each side with the way to tell how far all of them are."""
    sizes = [len(shown.rows) for shown in sides]
    before = np.cumsum([0, *sizes]).tolist()
    return [(shown, part_of(advance, before[i], before[-1])) for i, shown in enumerate(sides)]


def feature_scores(fitted: Floats, labels: Ints, n_classes: int, features: Floats, k: int) -> Scores:
    """Of (m, d) features, higher is more in-distribution; NaN for a row that is not finite.

    fitted: (n, d), labels: (n,) theirs; rows that are not finite take no part. Raises Degenerate where the fitted rows
    do not vary within any class.
    """
    usable, finite = (np.isfinite(rows).all(axis=1) for rows in (fitted, features))
    if usable.sum() < 2:
        raise Degenerate(f"{usable.sum()} of {len(fitted)} training images have finite features.")
    points, queries = fitted[usable], features[finite]
    gaussians = fit_gaussians(points, labels[usable], n_classes)
    found = {
        MAHALANOBIS: -nearest_class_distance(gaussians, queries),
        KNN: -neighbor_distance(points, queries, min(k, len(points))),
        KDE: log_density(points, queries),
        PCA: -reconstruction_error(points, queries, PCA_SHARE),
    }
    scores = Scores()
    for name, values in found.items():
        scores[name] = np.full(len(features), np.nan)
        scores[name][finite] = values
    return scores


def rivals_of(audit: Audit, model: Run, eps: float, seed: int, device: torch.device) -> RivalDetectors | None:
    """The detectors of a model; None where its weights are not there, so that it can be shown nothing."""
    if only_predictions(model) or not saved_epochs(audit.checkpoints(model.run_id)):
        return None
    hub = views.open_hub(audit, [model])
    fitted = sample(images_to_fit(hub, model), FITTED, seed)
    return RivalDetectors(audit, model, fitted, views.labels(hub)[fitted], len(views.classes(hub)), eps, device)


__all__ = ["EPS", "FITTED", "RivalDetectors", "feature_scores", "rivals_of"]
