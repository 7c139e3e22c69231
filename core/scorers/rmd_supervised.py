"""RMD in the space of a network that was trained on these very labels, beside the pretrained encoder's.

Cui et al. 2023 hold that difficulty is better read from an encoder that never saw the labels: a network trained on
them has pulled wrongly labelled images towards the class they are given. This is the comparator.
"""

from __future__ import annotations

import numpy as np

from ..errors import MissingRun
from ..maths.gaussians import DEFAULT_RIDGE
from ..types import HARDER_HIGH, UNLABELLED, ScoreColumn
from .inputs import Inputs
from .registry import register
from .required import labelled_fit, reasons
from .rmd import Reduction, relative_mahalanobis


@register(
    "rmd_supervised",
    needs={"penultimate", "labels", "fit"},
    source="Cui et al. 2023, Table 8 (RMD on a supervised network's features)",
    direction=HARDER_HIGH,
)
def rmd_supervised(inputs: Inputs, pca: Reduction = "auto", ridge: float = DEFAULT_RIDGE) -> list[ScoreColumn]:
    """RMD on the features of a network trained here, before its last layer. Any range, higher is harder.

    Fitted on the images the network was trained on; classes it was not given have no score.
    """
    if inputs.penultimate is None:
        raise MissingRun("rmd_supervised needs a network's features, and there are none.", "Run: hardlook train")
    features, labels, fit = np.asarray(inputs.penultimate), inputs.labels, labelled_fit(inputs)
    values = relative_mahalanobis(features, labels, inputs.n_classes, fit=fit, pca=pca, ridge=ridge)
    labelled = labels != UNLABELLED
    return [
        ScoreColumn(
            name="rmd_supervised",
            values=values,
            direction=HARDER_HIGH,
            scorer="rmd_supervised",
            parameters={"pca": pca, "ridge": ridge},
            fitted_on=f"{int(fit.sum())} images the network was trained on",
            reason=reasons(unlabelled=~labelled, whose_class_has_no_training_image=labelled & np.isnan(values)),
        )
    ]
