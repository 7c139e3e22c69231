"""What a scorer asks of its inputs, and the words for rows it cannot score.

The store checks what it writes; these checks serve people who call a scorer from a notebook, and cost one pass.
"""

from __future__ import annotations

import numpy as np

from ..errors import BadInput, MissingRun
from ..maths.vectors import Vectors, as_vectors
from ..types import UNLABELLED, Bools, Dynamics, Floats
from .inputs import Inputs


def required_vectors(inputs: Inputs, scorer: str) -> Vectors:
    """inputs.features, to be read in blocks. Raises MissingRun without embeddings, BadInput if one is not finite."""
    if inputs.features is None:
        raise MissingRun(f"{scorer} needs embeddings, and there are none.", "Run: hardlook embed")
    vectors = as_vectors(inputs.features)
    if not vectors.finite.all():
        raise BadInput(
            f"{scorer} needs finite embeddings; {int((~vectors.finite).sum())} rows are not, the first is row "
            f"{int(np.argmin(vectors.finite))}.",
            "Embed with another encoder: hardlook embed --encoder embedded",
        )
    return vectors


def required_features(inputs: Inputs, scorer: str) -> Floats:
    """inputs.features in one array, (n, d) float32. Raises as `required_vectors`."""
    return np.asarray(required_vectors(inputs, scorer), dtype=np.float32)


def required_probabilities(inputs: Inputs, scorer: str) -> Floats:
    """inputs.probabilities, (n, n_classes) float32. Raises MissingRun where no model has predicted."""
    if inputs.probabilities is None:
        raise MissingRun(
            f"{scorer} needs a model's predictions, and there are none.",
            "Run: hardlook train",
        )
    return np.asarray(inputs.probabilities, dtype=np.float32)


def required_dynamics(inputs: Inputs, scorer: str) -> Dynamics:
    """inputs.dynamics. Raises MissingRun where no training run was recorded."""
    if inputs.dynamics is None:
        raise MissingRun(f"{scorer} needs a training run's record, and there is none.", "Run: hardlook train")
    return inputs.dynamics


def labelled_fit(inputs: Inputs) -> Bools:
    """(n,) bool: rows that a scorer which learns from labels may be fitted on."""
    return np.asarray(inputs.fit & (inputs.labels != UNLABELLED))


def reasons(**missing: Bools) -> str:
    """Why rows have no score: the words are the argument names, the counts their true entries. Empty if none."""
    counted = {words.replace("_", " "): int(rows.sum()) for words, rows in missing.items()}
    return "; ".join(f"{count} {words}" for words, count in counted.items() if count)
