"""The images a model is evaluated on, with what it said of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...metrics.forecasts import Forecasts, forecasts
from ...store import views
from ...store.held_out import held_out
from ...types import Bools, Floats, Ints, Run


@dataclass(frozen=True)
class HeldOutPredictions:
    """A network and the m images it is evaluated on.

    rows: (n,) bool over all images of the audit, m of them set; everything else is (m,) or (m, K). labels: given ones.
    said: what each prediction was and cost. entropy: in nats.
    """

    network: Run
    rows: Bools
    labels: Ints
    probabilities: Floats
    entropy: Floats
    said: Forecasts

    def along(self, values: Floats) -> Floats:
        """(m,) of a score over all images."""
        return values[self.rows]


def held_out_predictions(hub: views.Hub, network: Run) -> HeldOutPredictions | None:
    """What a network says of the images it is evaluated on (`store.held_out`); None if there is none."""
    labels, rows = views.labels(hub), held_out(hub, network)
    if not rows.any():
        return None
    prediction, probabilities = views.predictions(hub, network.run_id), views.probabilities(hub, network.run_id)[rows]
    # Not the stored `correct`: a network that was trained on reviewed labels was also told by them what is correct.
    said = forecasts(probabilities, labels[rows], prediction["predicted"][rows] == labels[rows])
    return HeldOutPredictions(
        network, rows, labels[rows], probabilities, prediction["entropy"][rows].astype(np.float64), said
    )
