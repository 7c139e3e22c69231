"""What a scorer may read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..maths.moments import Sums
from ..maths.vectors import Vectors
from ..types import Bools, Dynamics, Floats, Ints


@dataclass(frozen=True)
class Inputs:
    """Everything a scorer may read; a scorer reads only what it declares in `needs`.

    labels: (n,) int, given labels in 0..n_classes-1, UNLABELLED (-1) where there is none. Never the true ones.
    fit: (n,) bool, rows a scorer may be fitted on (the training split).
    features: (n, d) float32, an array or `Vectors` that are read in blocks.
    probabilities: (n, n_classes) float32, rows sum to 1, from a trained model.
    content_hashes: (n,) str. gradient_spread: VoG before normalisation, one (n,) array per window name.
    gradient_labels: by the same names, (n,) the label whose activation was differentiated.
    predicted: (n,) int, labels a trained model predicts. text_features: (n_classes, d) float32, one prompt per class
    embedded by the encoder that made the features. penultimate: (n, d) float32, what goes into a trained network's last
    layer; then fit is the images it was trained on. augmented_sums: moments of the rows to fit on, one for each
    augmented pass of that encoder over them.
    """

    labels: Ints
    n_classes: int
    fit: Bools
    features: Floats | Vectors | None = None
    probabilities: Floats | None = None
    predicted: Ints | None = None
    dynamics: Dynamics | None = None
    gradient_spread: Mapping[str, Floats] | None = None
    gradient_labels: Mapping[str, Ints] | None = None
    content_hashes: NDArray[np.str_] | None = None
    text_features: Floats | None = None
    augmented_sums: Sequence[Sums] | None = None
    penultimate: Floats | None = None
