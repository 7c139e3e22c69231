"""The images a model is evaluated on, with what it said of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...metrics.calibration.forecasts import Forecasts, forecasts
from ...store import views
from ...store.held_out import held_out
from ...types import Bools, Floats, Ints, Run


@dataclass(frozen=True)
class HeldOutPredictions:
    """A model and the m images it is evaluated on.

    rows: (n,) bool over all images of the audit, m of them set; everything else is (m,) or (m, K). labels: given ones.
    forecasts: what each prediction was and cost. entropy: in nats.
    """

    model: Run
    rows: Bools
    labels: Ints
    probabilities: Floats
    entropy: Floats
    forecasts: Forecasts

    def along(self, values: Floats) -> Floats:
        """(m,) of a score over all images."""
        return values[self.rows]


def held_out_predictions(hub: views.Hub, model: Run) -> HeldOutPredictions | None:
    """What a model says of the images it is evaluated on (`store.held_out`); None if there is none."""
    labels, rows = views.labels(hub), held_out(hub, model)
    if not rows.any():
        return None
    prediction, probabilities = views.predictions(hub, model.run_id), views.probabilities(hub, model.run_id)[rows]
    # Not the stored `correct`: a model that was trained on reviewed labels was also told by them what is correct.
    made = forecasts(probabilities, labels[rows], prediction["predicted"][rows] == labels[rows])
    return HeldOutPredictions(
        model, rows, labels[rows], probabilities, prediction["entropy"][rows].astype(np.float64), made
    )
