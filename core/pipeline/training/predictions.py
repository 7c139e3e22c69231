"""The rows that every network leaves, whether it was trained here or not, and which images it has learned from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...errors import BadInput
from ...progress import Reporter
from ...training.readouts.logits import predictions_from_logits
from ...types import TRAIN_SPLIT, UNLABELLED, Bools, Floats, Ints
from ...wording import some_of

ALL, NONE = "all", "none"


def prediction_tables(
    ids: Ints, logits: Floats, labels: Ints, trained_on: Bools, *, known: Bools | None = None, are_logits: bool = True
) -> dict[str, dict[str, Any]]:
    """Rows of the `prediction` and `probability` tables.

    ids: (m,) image ids. logits: (m, k). labels: (m,), UNLABELLED where there is none. trained_on: (m,) bool.
    known: (m,) bool, images that have a prediction, all by default; the others get NULL and NaN. correct is NULL
    where there is no label either: it can then not be said. are_logits: False where only probabilities are known, so
    that there is no largest logit.
    """
    there: Bools = np.ones(len(ids), bool) if known is None else known
    columns = predictions_from_logits(np.where(there[:, None], logits, 0.0), labels)
    probabilities = columns.pop("probs")
    for name in ("confidence", "entropy", "max_logit", "loss"):
        columns[name] = np.where(there, columns[name], np.float32(np.nan))
    if not are_logits:
        columns["max_logit"] = np.full(len(ids), np.nan, np.float32)
    columns["predicted"] = pa.array(columns["predicted"], mask=~there)
    columns["correct"] = pa.array(columns["correct"], mask=~there | (labels == UNLABELLED))
    columns["top5"] = [best if kept else None for best, kept in zip(columns["top5"], there.tolist(), strict=True)]
    return {
        "prediction": {"image_id": ids, **columns, "trained_on": trained_on},
        "probability": {"image_id": ids, "probs": np.where(there[:, None], probabilities, np.float32(np.nan))},
    }


def refuse_unknown_split(splits: NDArray[Any], asked: str | None) -> None:
    """Raise BadInput on a split that is not there, with those that are. asked: see `rows_trained_on`."""
    there = sorted(set(splits.tolist()))
    if asked is not None and asked not in (*there, ALL, NONE):
        raise BadInput(
            f"There is no split {asked!r}; there is: {some_of(there, 20)}.",
            "Pass one of them as --trained-on, or all, or none.",
        )


def rows_trained_on(splits: NDArray[Any], asked: str | None, reporter: Reporter) -> Bools:
    """(n,) bool: images that a network from elsewhere was trained on, by the name of their split.

    asked: a split, "all" or "none"; None means the training split, and none where there is no such split.
    Raises BadInput on a split that is not there. Warns where no image is left to judge the network on.
    """
    refuse_unknown_split(splits, asked)
    if asked is None and TRAIN_SPLIT not in splits:
        reporter.warn(f"there is no split {TRAIN_SPLIT!r}: no image counts as trained on (--trained-on SPLIT says)")
    trained_on = np.full(len(splits), asked == ALL) if asked in (ALL, NONE) else splits == (asked or TRAIN_SPLIT)
    if trained_on.all():
        reporter.warn(
            "every image counts as trained on, so accuracy and calibration cannot be measured; "
            "pass --trained-on none if the model never saw them"
        )
    return np.asarray(trained_on, dtype=bool)
