"""What an order is worth: predictions by their confidence, images by their difficulty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..metrics import difficulty as slices
from ..metrics import selective
from ..types import Floats
from .arguments.arrays import Rows, Wanted, bools, numbers
from .calibrated import CORRECT, read_predictions

if TYPE_CHECKING:
    import pandas as pd

ANY_CONFIDENCE = Wanted("one finite number a prediction, (n,), higher is surer", 1)
DIFFICULTY = Wanted("one number an image, (n,), higher is harder, NaN where there is none", 1, missing=True)


def risk_coverage_curve(confidence: Any, correct: Any) -> tuple[Floats, Floats]:
    """Error among the most confident share of predictions, for every share.

    confidence: (n,) any numbers, higher is surer. correct: (n,) bool. Returns (coverage, risk), (n,) float64 each in
    0..1, from the single most confident prediction to all; equal confidences count by their mean error.
    Raises BadInput. Geifman & El-Yaniv 2017.
    """
    return selective.risk_coverage_curve(*read_predictions(confidence, correct, ANY_CONFIDENCE))


def aurc(confidence: Any, correct: Any) -> float:
    """Area under the risk-coverage curve: the mean risk over all coverages.

    Arguments as for `risk_coverage_curve`. Returns 0..1, lower is better; an order by chance gives the error rate.
    Raises BadInput. Geifman, Uziel & El-Yaniv 2019.
    """
    return selective.aurc(*read_predictions(confidence, correct, ANY_CONFIDENCE))


def augrc(confidence: Any, correct: Any) -> float:
    """Area under the generalised risk-coverage curve: how often a prediction is wrong and accepted, over all coverages.

    Arguments as for `risk_coverage_curve`. Returns 0..0.5, lower is better; an order by chance gives half the error
    rate. Raises BadInput. Traub et al. 2024.
    """
    return selective.augrc(*read_predictions(confidence, correct, ANY_CONFIDENCE))


def error_by_decile(difficulty: Any, correct: Any) -> pd.DataFrame:
    """Share of images misclassified in each decile of the difficulty order.

    difficulty: (n,) float, higher is harder, NaN takes no part. correct: (n,) bool. Returns ten rows, the easiest
    first: decile (1..10), n, wrong (int64), error (float64, 0..1), low and high (its 95 % Wilson interval).
    Raises TooFewRows if fewer than 10 images have a difficulty, BadInput. Agarwal, D'souza & Hooker 2022, section 3.
    """
    import pandas as pd

    hard = numbers("difficulty", difficulty, DIFFICULTY)
    right = bools("correct", correct, CORRECT, Rows(len(hard), "difficulty"))
    found = slices.error_by_decile(hard, right)
    frame = pd.DataFrame(
        {"decile": np.arange(1, len(found) + 1), "n": found.n.astype(np.int64), "wrong": found.wrong.astype(np.int64),
         "error": found.error, "low": found.low, "high": found.high}
    )  # fmt: skip
    frame.attrs["order"] = "easiest decile first"
    return frame
