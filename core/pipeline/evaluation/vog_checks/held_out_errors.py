"""The errors of a model along its VoG, normalised within the class over the held-out images alone.

The stored normalised columns are over all images of a class, those that the model was trained on among them, or over
those of a split where that was asked for. These rows are made of the raw ones, and so hang on no option of the score.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....kinds.score import AS_PRINTED
from ....maths.moments import group_moments
from ....metrics.auroc import auroc_interval
from ....metrics.difficulty import error_by_decile
from ....store.metrics import HELD_OUT_VOG, LEVEL, WHOLE, Metric
from ....types import Floats, ScoreInfo
from ....wording import counted
from ..held_out import HeldOutPredictions
from ..model_metrics import ENOUGH
from ..score_metrics import slice_rows

GIVEN_LABEL = "given label"


def is_raw_vog(info: ScoreInfo) -> bool:
    """Whether a score is VoG of the given label as it is computed: not normalised, not by equation 3 as printed."""
    asked = info.parameters
    followed = info.scorer == "vog" and asked.get("activation") == GIVEN_LABEL
    return followed and not info.name.endswith("_normalised") and asked.get("form") != AS_PRINTED


def held_out_vog_rows(info: ScoreInfo, values: Floats, held_out: HeldOutPredictions) -> Iterator[Metric]:
    """AUROC for the errors, and the error by decile, of raw VoG normalised over the held-out images of each class.

    values: (n,) of all images; those that are not finite take no part, nor classes without a spread.
    """
    raw, labels = held_out.along(values), held_out.labels
    score = group_moments(raw, labels, int(labels.max()) + 1).standardised(raw, labels)
    scored = np.isfinite(score)
    if scored.sum() < ENOUGH:
        return
    score, correct = score[scored], held_out.forecasts.correct[scored]
    note = f"normalised within the class over {counted(len(score), 'held-out image')}"
    yield Metric(HELD_OUT_VOG["auroc"], info.address, WHOLE, auroc_interval(score, ~correct, LEVEL), note)
    yield from slice_rows(HELD_OUT_VOG["error"], info.address, "decile", error_by_decile(score, correct))
