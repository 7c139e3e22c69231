"""The two sides of near-OOD detection, in-distribution images and others, and each score of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from ....errors import BadInput
from ....kinds.evaluate import HELD_OUT_SET
from ....maths.ood.energy import negative_energy
from ....progress import Reporter
from ....store import views
from ....store.audit import Audit
from ....store.held_out import classes_not_given, held_out, held_out_of_new_classes
from ....training.batches import Batches
from ....training.pixels import Pixels
from ....training.predict import predict
from ....training.readouts.logits import predictions_from_logits
from ....types import UNLABELLED, Floats, Ints, Run
from ...scoring.encoded import encoder_of
from ...training.train import training_pixels
from ..choose_models import finished_model, shown_to
from ..shown_images import vectors_of
from .origins import Origin, Sides, TwoSides
from .scores import Nearest, stored_vog, vog_of

Scores = dict[str, Floats]
"""Of m images by name, (m,) each, turned so that higher is more in-distribution."""

NEAREST, VOG, VOG_REVERSED = "RMD-nearest", "VoG", "VoG reversed"


@dataclass(frozen=True)
class SideScores:
    """What m images look like to a model. predicted: (m,) int, the classes it takes them for."""

    scores: Scores
    predicted: Ints


@dataclass(frozen=True)
class SideImages:
    """Images as a model is shown them. pixels: (n, S, S, 3) uint8. rows: (m,) which of them are meant."""

    pixels: Pixels
    rows: Ints


class Others(TwoSides, Protocol):
    """Where out-of-distribution images come from."""

    def scored(self, model: Run, vog: Run | None, ids: Ints) -> SideScores:
        """Scores of the others. vog: the model's run of VoG, if it has one."""

    def shown(self, model: Run, ids: Ints) -> SideImages:
        """The others as the model is shown them, for scores that are not stored."""


@dataclass(frozen=True)
class HeldOut:
    """Held-out images of the classes that were held out of a model's training."""

    audit: Audit
    nearest: Nearest | None
    reporter: Reporter

    @property
    def inputs(self) -> dict[str, str]:
        """Nothing beside the audit."""
        return {}

    @property
    def parameters(self) -> dict[str, Any]:
        """Nothing is drawn."""
        return {}

    def sides(self, model: Run) -> Sides:
        """All held-out images. Raises BadInput where the model was given every class."""
        hub = views.open_hub(self.audit, [model])
        if not np.isin(views.labels(hub), classes_not_given(views.classes(hub), model)).any():
            raise BadInput(
                f"{model.run_id} was given every class: none was held out of its training.",
                "Give out-of-distribution images, --ood AUDIT or --ood PATH, or train with --hold-out-classes.",
            )
        described = "classes " + ", ".join(model.parameters["held_out_classes"])
        in_distribution, others = (np.flatnonzero(rule(hub, model)) for rule in (held_out, held_out_of_new_classes))
        return Sides(in_distribution, others, HELD_OUT_SET, described)

    def scored(self, model: Run, vog: Run | None, ids: Ints) -> SideScores:
        """They are the audit's own images."""
        return own_scores(self.audit, model, vog, self.nearest, ids)

    def shown(self, model: Run, ids: Ints) -> SideImages:
        """As it was shown them in training."""
        return own_shown(self.audit, model, ids, self.reporter)


@dataclass(frozen=True)
class OtherImages:
    """Images that are not stored as the audit's own, shown to each model and to the encoder of the embedding."""

    audit: Audit
    nearest: Nearest | None
    origin: Origin
    device: torch.device

    @property
    def inputs(self) -> dict[str, str]:
        """The images' own."""
        return self.origin.inputs

    @property
    def parameters(self) -> dict[str, Any]:
        """Which images are taken, and where they are shown."""
        return {**self.origin.parameters, "device": self.device.type}

    def sides(self, model: Run) -> Sides:
        """As the origin has them."""
        return self.origin.sides(model)

    def scored(self, model: Run, vog: Run | None, ids: Ints) -> SideScores:
        """By showing the images to the model and to the encoder of the audit's embedding."""
        loaded, pixels = finished_model(self.audit, model, self.device), self.shown(model, ids).pixels
        logits = predict(loaded.model, Batches(pixels, loaded.normalisation, self.device))
        prediction = predictions_from_logits(logits, np.full(len(ids), UNLABELLED))
        found = by_prediction(prediction)
        if vog:
            found[VOG] = -vog_of(self.audit, model, pixels, self.device)
        if self.nearest and self.nearest.fitted_to(model).any():
            found[NEAREST] = -self.nearest.of_vectors(self._vectors(self.nearest.embed_run, ids), model)
        return SideScores(found, prediction["predicted"])

    def shown(self, model: Run, ids: Ints) -> SideImages:
        """Made once for as many models in a row as take the same pictures."""
        key = (shown_to(model), ids.tobytes())
        if key not in self._made:
            self._made.clear()
            self._made[key] = self.origin.pixels(model, ids)
        return SideImages(self._made[key], np.arange(len(ids)))

    def _vectors(self, embed_run: Run, ids: Ints) -> Floats:
        """(m, d), computed once for all models that are shown the same images."""
        key = (embed_run.run_id, ids.tobytes())
        if key not in self._embedded:
            encoder = encoder_of(embed_run, str(self.device))
            self._embedded[key] = vectors_of(encoder, self.origin.pictures(ids, encoder.image_size), ids)
        return self._embedded[key]

    @cached_property
    def _made(self) -> dict[tuple[object, bytes], Pixels]:
        return {}

    @cached_property
    def _embedded(self) -> dict[tuple[str, bytes], Floats]:
        return {}


def own_scores(audit: Audit, model: Run, vog: Run | None, nearest: Nearest | None, ids: Ints) -> SideScores:
    """Scores of the audit's own images, from the store."""
    hub = views.open_hub(audit, [model])
    prediction = {name: column[ids] for name, column in views.predictions(hub, model.run_id).items()}
    found = by_prediction(prediction)
    if vog:
        found[VOG] = -stored_vog(audit, vog, ids)
    if nearest and nearest.fitted_to(model).any():
        found[NEAREST] = -nearest.of_own(ids, model)
    return SideScores(found, prediction["predicted"])


def own_shown(audit: Audit, model: Run, ids: Ints, reporter: Reporter) -> SideImages:
    """The audit's own images as a model was shown them."""
    shown = shown_to(model)
    return SideImages(training_pixels(audit, shown.size, reporter, shown.transform), ids)


def by_prediction(prediction: Mapping[str, NDArray[Any]]) -> Scores:
    """Scores of what a model says of m images; those of logits only where its logits are known."""
    largest = prediction["max_logit"]
    found = {
        "MSP": prediction["confidence"], "entropy": -prediction["entropy"], "MaxLogit": largest,
        "energy": negative_energy(largest, prediction["confidence"]),
    }  # fmt: skip
    return {name: values for name, values in found.items() if np.isfinite(values).all()}
