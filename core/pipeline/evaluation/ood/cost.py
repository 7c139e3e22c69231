"""How long near-OOD detection will take, said before it begins: by a trial of each model's own passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ....store.audit import Audit
from ....training.batches import Batches
from ....training.checkpoints import TrainedNetwork, saved_epochs
from ....training.predict import predict
from ....training.readouts.odin import odin
from ....types import Run
from ....wording import counted, duration
from ...training.plan import GRADIENT_COST, best_of
from ..choose_models import finished_model
from .origins import Sides
from .rivals import RivalDetectors

TRIAL = 8  # images


@dataclass(frozen=True)
class DetectionPlan:
    """One model's detection that is not there yet. vog: whether VoG of the others has to be computed.

    predicted: whether the others have to be shown to the model for its predictions.
    """

    model: Run
    sides: Sides
    rivals: RivalDetectors | None
    vog: bool
    predicted: bool


def said_beforehand(audit: Audit, planned: Sequence[DetectionPlan]) -> str:
    """What is going to be done and about how long that takes; "" where no model is shown anything."""
    shown = [one for one in planned if one.rivals]
    if not shown:
        return ""
    seconds = sum(_seconds(audit, one, one.rivals) for one in shown if one.rivals)
    first = shown[0]
    images = len(first.sides.in_distribution) + len(first.sides.others)
    fitted = len(first.rivals.fitted) if first.rivals else 0
    gradients = "ODIN and VoG go" if any(one.vog for one in shown) else "ODIN goes"
    return (
        f"near-OOD of {counted(len(shown), 'model')}: each is shown {images:,} images, and {fitted:,} of its training "
        f"images to fit detectors to; {gradients} back through it. About {duration(max(seconds, 1))} for what "
        "models do, on this machine as busy as it is now; the encoder and intervals come on top"
    )


def _seconds(audit: Audit, one: DetectionPlan, rivals: RivalDetectors) -> float:
    loaded = finished_model(audit, one.model, rivals.device)
    once, moved = _trial(loaded, rivals)
    n, n_others = len(one.sides.in_distribution), len(one.sides.others)
    seconds = once * (len(rivals.fitted) + n + n_others * (1 + one.predicted)) + moved * (n + n_others)
    checkpoints = len(saved_epochs(audit.checkpoints(one.model.run_id)))
    return seconds + (once * GRADIENT_COST * checkpoints * n_others if one.vog else 0.0)


def _trial(loaded: TrainedNetwork, rivals: RivalDetectors) -> tuple[float, float]:
    """Seconds an image of a prediction, and of ODIN."""
    pixels = np.zeros((TRIAL, loaded.image_size, loaded.image_size, 3), np.uint8)
    batches, rows = Batches(pixels, loaded.normalisation, rivals.device), np.arange(TRIAL)
    once = best_of(lambda: predict(loaded.model, batches), rivals.device) / TRIAL
    return once, best_of(lambda: odin(loaded.model, batches, rows, eps=rivals.eps), rivals.device) / TRIAL
