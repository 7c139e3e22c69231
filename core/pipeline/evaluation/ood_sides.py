"""The two sides of near-OOD detection, familiar images and others, and each score of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import BadInput
from ...store import views
from ...store.audit import Audit
from ...store.held_out import classes_not_given, held_out, held_out_of_new_classes
from ...training.batches import Batches
from ...training.predict import predict, predictions_from_logits
from ...types import UNLABELLED, Floats, Ints, Run
from ..scoring.encoded import encoder_of
from .choose_models import finished_model, sample, shown_to
from .ood_scores import WINDOW, Nearest, stored_vog, vog_of
from .shown_images import pixels_of, source_of, vectors_of

Scores = dict[str, Floats]
"""Of m images by name, (m,) each, turned so that higher is more familiar."""

HELD_OUT_SET = "held-out classes"
NEAREST, VOG, VOG_REVERSED = "RMD-nearest", "VoG", "VoG reversed"
READ_AS = {
    "MSP": "a high maximum probability", "entropy": "low entropy", "MaxLogit": "a high maximum logit",
    NEAREST: "a small RMD to the nearest class", VOG: f"low VoG ({WINDOW})", VOG_REVERSED: f"high VoG ({WINDOW})",
}  # fmt: skip
"""Which end of a score is read as familiar."""


@dataclass(frozen=True)
class Sides:
    """familiar: image ids of the audit. others: image ids where `Others` has them. name: the set's, in its slice."""

    familiar: Ints
    others: Ints
    name: str
    described: str


class Others(Protocol):
    """Where unfamiliar images come from. inputs, parameters: what a run's identity has to say of it."""

    @property
    def inputs(self) -> dict[str, str]: ...
    @property
    def parameters(self) -> dict[str, int | str]: ...

    def sides(self, network: Run) -> Sides:
        """The images of both sides. Raises BadInput where there are no others."""

    def scores(self, network: Run, vog: Run | None, ids: Ints) -> Scores:
        """Scores of the others. vog: the network's run of VoG, if it has one."""


@dataclass(frozen=True)
class HeldOut:
    """Held-out images of the classes that were held out of a network's training."""

    audit: Audit
    nearest: Nearest | None

    @property
    def inputs(self) -> dict[str, str]:
        """Nothing beside the audit."""
        return {}

    @property
    def parameters(self) -> dict[str, int | str]:
        """Nothing is drawn."""
        return {}

    def sides(self, network: Run) -> Sides:
        """All held-out images. Raises BadInput where the network was given every class."""
        hub = views.open_hub(self.audit, [network])
        if not np.isin(views.labels(hub), classes_not_given(views.classes(hub), network)).any():
            raise BadInput(
                f"{network.run_id} was given every class: none was held out of its training.",
                "Give out-of-distribution images, --ood AUDIT or --ood PATH, or train with --hold-out-classes.",
            )
        described = "classes " + ", ".join(network.parameters["held_out_classes"])
        familiar, others = (np.flatnonzero(rule(hub, network)) for rule in (held_out, held_out_of_new_classes))
        return Sides(familiar, others, HELD_OUT_SET, described)

    def scores(self, network: Run, vog: Run | None, ids: Ints) -> Scores:
        """They are the audit's own images."""
        return own_scores(self.audit, network, vog, self.nearest, ids)


@dataclass(frozen=True)
class OtherImages:
    """Images of another audit, drawn by the seed and shown to each network."""

    audit: Audit
    nearest: Nearest | None
    other: Audit
    images: int
    seed: int
    device: torch.device

    @property
    def inputs(self) -> dict[str, str]:
        """The other audit's images."""
        return {"others": self.other.items_fingerprint}

    @property
    def parameters(self) -> dict[str, int | str]:
        """How many are drawn, and where they are shown."""
        return {"images": self.images, "device": self.device.type}

    def sides(self, network: Run) -> Sides:
        """As many familiar images are drawn as others, where there are as many."""
        hub = views.open_hub(self.audit, [network])
        familiar = sample(held_out(hub, network), self.images, self.seed)
        return Sides(familiar, self._ids, self.other.name, repr(self.other.name))

    def scores(self, network: Run, vog: Run | None, ids: Ints) -> Scores:
        """By showing the images to the network and to the encoder of the audit's embedding."""
        loaded = finished_model(self.audit, network, self.device)
        pixels = pixels_of(source_of(self.other), ids, shown_to(network))
        logits = predict(loaded.model, Batches(pixels, loaded.normalisation, self.device))
        found = by_prediction(predictions_from_logits(logits, np.full(len(ids), UNLABELLED)))
        if vog:
            found[VOG] = -vog_of(self.audit, network, pixels, self.device)
        if self.nearest and self.nearest.fitted_to(network).any():
            found[NEAREST] = -self.nearest.of_vectors(self._vectors(self.nearest.embed_run), network)
        return found

    @cached_property
    def _ids(self) -> Ints:
        return sample(np.ones(len(source_of(self.other)), bool), self.images, self.seed)

    def _vectors(self, embed_run: Run) -> Floats:
        """(m, d), computed once for all networks."""
        if embed_run.run_id not in self._embedded:
            encoder = encoder_of(embed_run, str(self.device))
            self._embedded[embed_run.run_id] = vectors_of(encoder, source_of(self.other), self._ids)
        return self._embedded[embed_run.run_id]

    @cached_property
    def _embedded(self) -> dict[str, Floats]:
        return {}


def own_scores(audit: Audit, network: Run, vog: Run | None, nearest: Nearest | None, ids: Ints) -> Scores:
    """Scores of the audit's own images, from the store."""
    hub = views.open_hub(audit, [network])
    found = by_prediction({name: column[ids] for name, column in views.predictions(hub, network.run_id).items()})
    if vog:
        found[VOG] = -stored_vog(audit, vog, ids)
    if nearest and nearest.fitted_to(network).any():
        found[NEAREST] = -nearest.of_own(ids, network)
    return found


def by_prediction(prediction: Mapping[str, NDArray[Any]]) -> Scores:
    """Scores of what a network says of m images; MaxLogit only where its logits are known."""
    found = {"MSP": prediction["confidence"], "entropy": -prediction["entropy"], "MaxLogit": prediction["max_logit"]}
    return {name: values for name, values in found.items() if np.isfinite(values).all()}
