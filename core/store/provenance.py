"""Where each stored figure comes from: counted, estimated by what, or assumed. It goes by the metric's name.

A figure whose name is not here has no provenance, and a test that looks at every stored one fails.
"""

from __future__ import annotations

from ..types import Provenance
from . import metrics as m

COUNTED = Provenance("counted", "Wilson's interval over images")
RESAMPLED = Provenance("estimated", "bootstrap over images")
BY_SEED = Provenance("estimated", "Student's interval over seeds")
NO_INTERVAL = Provenance("counted")

RANKED = Provenance("estimated", "DeLong's interval over images, widened where few are misplaced")
CURVE = Provenance("counted", "Wilson's interval at each place, as if its threshold had been fixed beforehand")
PLUG_IN = Provenance("estimated", "without an interval: few images make it too high")

CALIBRATION = Provenance(
    "estimated", "interval of the true calibration error: one that begins at 0 is not distinguishable from 0"
)

PROVENANCE: dict[str, Provenance] = {
    **dict.fromkeys(
        (m.ACCURACY, m.ACCURACY_BY_REJECTION, m.ERROR_BY_DECILE, m.ERROR_BY_GROUP, m.LABEL_NOISE,
         m.CORRUPTION_ACCURACY), COUNTED),
    **dict.fromkeys((m.ROC, m.PRECISION_RECALL), CURVE),
    **dict.fromkeys((m.ECE, m.ECE_WIDTH, m.CORRUPTION_ECE), PLUG_IN),
    m.CALIBRATION_ERROR: CALIBRATION,
    **dict.fromkeys((m.BRIER, m.NLL), Provenance("estimated", "Student's interval over images")),
    **dict.fromkeys((m.ERROR_AUROC, m.LABEL_AUROC, "misclassification_auroc", "ood_auroc"), RANKED),
    **dict.fromkeys(
        (m.TEMPERATURE, m.AURC, m.WRONG_ENTROPY, m.WRONG_CONFIDENCE, m.LABEL_AVERAGE_PRECISION, m.LABEL_PRECISION,
         "misclassification_aupr", "misclassification_aupr_error", "misclassification_fpr95",
         "ood_aupr_in", "ood_aupr_out", "ood_fpr95", "rmd_by_corruption", "rmd_corruption_trend",
         "rmd_by_altered_labels", "rmd_altered_labels_trend", "ranking_tau", "model_accuracy",
         "model_accuracy_change"), RESAMPLED),
    m.FALSE_NEGATIVE_CORRELATION: Provenance("estimated", "one interval over images, one over classes"),
    m.DIRECTION: Provenance("estimated", "by the side of 0.5 that error_auroc's interval lies on, from ten errors on"),
    m.OOD_PREVALENCE: Provenance("assumed", "chosen with the images, no estimate"),
    m.SEED_MEAN: BY_SEED, m.PAIRED_DIFFERENCE: BY_SEED,
    "model_place": NO_INTERVAL, "proof_labels": NO_INTERVAL,
}  # fmt: skip


def provenance_of(name: str) -> Provenance | None:
    """Of a metric; None where nobody said it."""
    return PROVENANCE.get(name)
