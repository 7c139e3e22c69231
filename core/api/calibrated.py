"""Whether confidence can be believed, as functions of arrays."""

from __future__ import annotations

from typing import Any, get_args

from ..errors import TooFewRows
from ..metrics.calibration import binned, debiased
from ..metrics.calibration.binned import Binning
from ..types import Bools, Estimate, Floats
from .arguments.arrays import Rows, Wanted, bools, numbers, one_of, real, whole

CONFIDENCE = Wanted("the probability of each predicted class, (n,) in 0..1", 1, 0.0, 1.0)
CORRECT = Wanted("whether each prediction is right, (n,) True and False", 1)


def read_predictions(confidence: Any, correct: Any, wanted: Wanted = CONFIDENCE) -> tuple[Floats, Bools]:
    """Confidence and whether it was right, of as many predictions."""
    sure = numbers("confidence", confidence, wanted)
    return sure, bools("correct", correct, CORRECT, Rows(len(sure), "confidence"))


def expected_calibration_error(confidence: Any, correct: Any, *, n_bins: int = 15, binning: Binning = "mass") -> float:
    """Mean gap between accuracy and confidence over bins, weighted by their images: ECE.

    confidence: (n,) in 0..1, the predicted class's probability. correct: (n,) bool. n_bins: 1 or more. binning: "mass",
    equal numbers of images by rank; "width", equal stretches of confidence. Returns 0..1, lower is better; few images
    make it too high (`calibration_error` is debiased). Raises BadInput.
    Naeini et al. 2015 (width); Nguyen & O'Connor 2015 (mass).
    """
    sure, right = read_predictions(confidence, correct)
    bins, how = whole("n_bins", n_bins, 1), one_of("binning", binning, get_args(Binning))
    return binned.expected_calibration_error(sure, right, bins, "mass" if how == "mass" else "width")


def calibration_error(confidence: Any, correct: Any, *, level: float = 0.95) -> Estimate:
    """Root mean square gap between accuracy and confidence, debiased, with its interval.

    confidence: (n,) in 0..1. correct: (n,) bool, 10 or more. level: of the interval, between 0 and 1. Returns an
    Estimate with value, low and high in 0..1, lower is better; low is 0 where no miscalibration can be shown.
    Raises TooFewRows with fewer than 10 predictions, BadInput. Bröcker 2012; Kumar, Liang & Ma 2019.
    """
    sure, right = read_predictions(confidence, correct)
    if len(sure) < debiased.FEWEST:
        raise TooFewRows(f"confidence has {len(sure)} rows.", f"Give {debiased.FEWEST} predictions or more.")
    asked = real("level", level, 0.0, 0.9999, above=True)
    return debiased.calibration_error(sure, right, asked)
