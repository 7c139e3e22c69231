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

PERMUTED = Provenance("estimated", "interval from permuted selections of as many images")

CALIBRATION = Provenance(
    "estimated", "interval of the true calibration error: one that begins at 0 is not distinguishable from 0"
)

BY_SEED_AND_IMAGE = Provenance("estimated", "Student's interval over seeds and held-out images at once")

OVER_DRAWS = ", mean over draws"

PROVENANCE: dict[str, Provenance] = {
    **dict.fromkeys(
        (m.ACCURACY, m.ACCURACY_BY_REJECTION, m.ERROR_BY_DECILE, m.ERROR_BY_GROUP, m.LABEL_NOISE,
         m.CORRUPTION_ACCURACY, m.ACCURACY_AT_CONFIDENCE, m.OOD_SHARE_BY_VOG, m.HELD_OUT_VOG["error"]), COUNTED),
    **dict.fromkeys((m.ROC, m.PRECISION_RECALL), CURVE),
    **dict.fromkeys((m.ECE, m.ECE_WIDTH, m.SMECE, m.ECE_WITHIN_FIFTHS, m.CORRUPTION_ECE), PLUG_IN),
    **dict.fromkeys((name + m.BY_CHANCE for name in (m.ECE, m.SMECE, m.ECE_WITHIN_FIFTHS, m.CORRUPTION_ECE)),
                    Provenance("estimated", "mean over drawn outcomes of the same confidences")),
    m.LABEL_ENTROPY: NO_INTERVAL,
    m.CORRUPTION_SQUARED_GAP: Provenance("estimated", "debiased, without an interval"),
    m.CALIBRATION_ERROR: CALIBRATION,
    **dict.fromkeys((m.BRIER, m.NLL, m.REFINEMENT), Provenance("estimated", "Student's interval over images")),
    m.CALIBRATION_NLL: Provenance("estimated", "Student's interval over images, widened by that of the temperature"),
    m.EQUAL_CONFIDENCE_GAP: Provenance("estimated", "normal interval over images, within bins of confidence"),
    m.USABLE_INFORMATION: Provenance("estimated", "Student's interval over images, of the probes that were fitted"),
    **dict.fromkeys((m.ERROR_AUROC, m.LABEL_AUROC, "misclassification_auroc", m.OOD_AUROC, m.OOD_CLASS_AUROC,
                     m.HELD_OUT_VOG["auroc"]), RANKED),
    **dict.fromkeys(
        (m.TEMPERATURE, m.AURC, m.AUGRC, m.WRONG_ENTROPY, m.WRONG_CONFIDENCE, m.LABEL_AVERAGE_PRECISION,
         m.LABEL_PRECISION,
         "misclassification_aupr", "misclassification_aupr_error", "misclassification_fpr95",
         "ood_aupr_in", "ood_aupr_out", "ood_fpr95", "rmd_by_corruption", "rmd_corruption_trend",
         "rmd_by_altered_labels", "rmd_altered_labels_trend", "rmd_by_label_distance", "rmd_label_distance_trend",
         "ranking_tau", "model_accuracy",
         "model_accuracy_change"), RESAMPLED),
    m.ERROR_AUROC_DIFFERENCE: Provenance("estimated", "paired difference on the same images, DeLong's interval"),
    m.FALSE_NEGATIVE_CORRELATION: Provenance("estimated", "one interval over images, one over classes"),
    m.DIRECTION: Provenance("estimated", "by the side of 0.5 that error_auroc's interval lies on, from ten errors on"),
    m.OOD_LEAD: Provenance("estimated", "DeLong's interval over images, paired"),
    m.OOD_PREVALENCE: Provenance("assumed", "chosen with the images, no estimate"),
    m.TOY_CORRELATION: BY_SEED, m.TOY_BY_DISTANCE: BY_SEED,
    m.MEMORISATION["error"]: COUNTED,
    m.DATA_MAP["share"]: COUNTED, m.DATA_MAP["altered"]: COUNTED, m.DATA_MAP["auroc"]: RANKED,
    **dict.fromkeys((m.MEMORISATION["mean"], m.SEED_SPREAD), Provenance("estimated", "Student's interval over images")),
    m.MEMORISATION["sd"]: RESAMPLED, m.MEMORISATION["auroc"]: RANKED,
    **dict.fromkeys((m.MEMORISATION["difference"], m.MEMORISATION["welch_t"]),
                    Provenance("estimated", "Welch's interval over images")),
    **dict.fromkeys((m.SECOND_SPLIT["right"], m.SECOND_SPLIT["error"]), COUNTED),
    m.SECOND_SPLIT["auroc"]: Provenance("estimated", "DeLong's interval over images; over classes where that is said"),
    m.SECOND_SPLIT["average_precision"]: RESAMPLED,
    m.SECOND_SPLIT["mean"]: Provenance("estimated", "Student's interval over images"),
    **dict.fromkeys((m.SEED_SPEARMAN, m.SEED_OVERLAP, m.CHECKPOINTS_SPEARMAN, m.CHECKPOINTS_OVERLAP),
                    Provenance("estimated", "one interval over images, one over seeds, by jackknife")),
    **dict.fromkeys((m.WORD_MARGIN, m.CLASS_MARGIN, m.COLUMN_MARGIN), PERMUTED), m.TOLD_IMAGES: NO_INTERVAL,
    **dict.fromkeys((m.WORD_P, m.CLASS_P, m.COLUMN_P), Provenance("estimated", "share of permuted selections")),
    m.SEED_MEAN: BY_SEED, m.PAIRED_DIFFERENCE: BY_SEED,
    **dict.fromkeys((m.PRUNED_ACCURACY, m.PRUNED_NLL, m.PRUNED_ACCURACY_DIFFERENCE, m.PRUNED_NLL_DIFFERENCE,
                     m.ACCURACY_DIFFERENCE), BY_SEED_AND_IMAGE),
    m.PLANTED_AUROC: Provenance("estimated", f"{RANKED.by}{OVER_DRAWS}"),
    m.PLANTED_AVERAGE_PRECISION: Provenance("estimated", f"{RESAMPLED.by}{OVER_DRAWS}"),
    **dict.fromkeys(
        (m.PLANTED_FOUND, m.PLANTED_SUGGESTED),
        Provenance("estimated", f"Wilson's interval over planted labels{OVER_DRAWS}")),
    m.PLANTED_LEAD: Provenance(
        "estimated", f"paired difference on the same images, jackknife over images{OVER_DRAWS}"),
    "model_place": NO_INTERVAL, "proof_labels": NO_INTERVAL,
}  # fmt: skip


def provenance_of(name: str) -> Provenance | None:
    """Of a metric; None where nobody said it."""
    return PROVENANCE.get(name)
