"""What a scorer may read, what it asks of it, and the words for rows it cannot score.

The store checks what it writes; the checks here serve people who call a scorer from a notebook, and cost one pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInput, MissingRun, command
from ...maths.arithmetic import NUMPY, Arithmetic
from ...maths.lone import lone_labels
from ...maths.moments import Sums
from ...maths.vectors import Vectors, as_vectors
from ...types import UNLABELLED, Bools, Dynamics, Floats, Ints, SecondSplit

T = TypeVar("T")

PER_IMAGE = "an entry for each image"
PerImage = Annotated[T, PER_IMAGE]
"""The type of a field that is cut where some images are left out: an array whose first axis is the images, `Vectors`,
a mapping of such by name, or a dataclass of them."""


@dataclass(frozen=True)
class Inputs:
    """Everything a scorer may read; a scorer reads only what it declares in `needs`.

    labels: (n,) int, given labels in 0..n_classes-1, UNLABELLED (-1) where there is none. Never the true ones.
    fit: (n,) bool, rows a scorer may be fitted on (the training split).
    features: (n, d) float32, an array or `Vectors` that are read in blocks.
    probabilities: (n, n_classes) float32, rows sum to 1, from a trained model.
    trained_on: (n,) bool, images that this model was trained on.
    content_hashes: (n,) str. gradient_spread: VoG before normalisation, one (n,) array per window name.
    gradient_labels: by the same names, (n,) the label whose activation was differentiated.
    predicted: (n,) int, labels a trained model predicts. text_features: (n_classes, d) float32, one prompt per class
    embedded by the encoder that made the features. penultimate: (n, d) float32, what goes into a trained network's last
    layer; then fit is the images it was trained on. split_codes: (n,) int from 0, equal for images of one split.
    augmented_sums: moments of the rows to fit on, one for each augmented pass of that encoder over them.
    view_distances: (n, passes) float32, RMD of every image under each such pass, by the fit to all of them.
    arithmetic: where dear products are computed; a scorer that uses it gives the same values up to rounding on each.
    second_split: whether each labelled image of fit was predicted rightly while halves of them were trained on.
    """

    labels: PerImage[Ints]
    n_classes: int
    fit: PerImage[Bools]
    features: PerImage[Floats | Vectors | None] = None
    probabilities: PerImage[Floats | None] = None
    predicted: PerImage[Ints | None] = None
    trained_on: PerImage[Bools | None] = None
    dynamics: PerImage[Dynamics | None] = None
    gradient_spread: PerImage[Mapping[str, Floats] | None] = None
    gradient_labels: PerImage[Mapping[str, Ints] | None] = None
    content_hashes: PerImage[NDArray[np.str_] | None] = None
    text_features: Floats | None = None
    augmented_sums: Sequence[Sums] | None = None
    view_distances: PerImage[Floats | None] = None
    penultimate: PerImage[Floats | None] = None
    split_codes: PerImage[Ints | None] = None
    arithmetic: Arithmetic = NUMPY
    second_split: PerImage[SecondSplit | None] = None


def per_image(inputs: type[Inputs]) -> list[str]:
    """The fields that have an entry for each image, as their types say."""
    hints = get_type_hints(inputs, include_extras=True)
    return [name for name, hint in hints.items() if PER_IMAGE in getattr(hint, "__metadata__", ())]


def of_images(inputs: Inputs, chosen: Bools) -> Inputs:
    """The same of some images alone. chosen: (n,) bool, which of them; their order stays."""
    return replace(inputs, **{name: _cut(getattr(inputs, name), chosen) for name in per_image(type(inputs))})


def _cut(value: Any, chosen: Bools) -> Any:
    match value:
        case None:
            return None
        case Vectors():
            return value.where(chosen)
        case Mapping():
            return {name: _cut(each, chosen) for name, each in value.items()}
        case np.ndarray():
            return value[chosen]
    return replace(value, **{field.name: _cut(getattr(value, field.name), chosen) for field in fields(value)})


def required_vectors(inputs: Inputs, scorer: str) -> Vectors:
    """inputs.features, to be read in blocks. Raises MissingRun without embeddings, BadInput if one is not finite."""
    if inputs.features is None:
        raise MissingRun(f"{scorer} needs embeddings, and there are none.", "Run", command(None, "embed"))
    vectors = as_vectors(inputs.features)
    if not vectors.finite.all():
        raise BadInput(
            f"{scorer} needs finite embeddings; {int((~vectors.finite).sum())} rows are not, the first is row "
            f"{int(np.argmin(vectors.finite))}.",
            "Embed with another encoder",
            command(None, "embed", "--encoder", "embedded"),
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
            "Run",
            command(None, "train"),
        )
    return np.asarray(inputs.probabilities, dtype=np.float32)


def required_dynamics(inputs: Inputs, scorer: str) -> Dynamics:
    """inputs.dynamics. Raises MissingRun where no training run was recorded."""
    if inputs.dynamics is None:
        raise MissingRun(f"{scorer} needs a training run's record, and there is none.", "Run", command(None, "train"))
    return inputs.dynamics


def labelled_fit(inputs: Inputs) -> Bools:
    """(n,) bool: rows that a scorer which learns from labels may be fitted on."""
    return np.asarray(inputs.fit & (inputs.labels != UNLABELLED))


def lone(inputs: Inputs) -> Bools:
    """(n,) bool: labelled rows whose class has no other row to learn from, so nothing says whether the label is right.

    Scorers give the reason as `whose_class_has_no_other_image_to_learn_from`.
    """
    return lone_labels(inputs.labels, inputs.fit, inputs.n_classes)


def reasons(**missing: Bools) -> str:
    """Why rows have no score: the words are the argument names, the counts their true entries. Empty if none."""
    counted = {words.replace("_", " "): int(rows.sum()) for words, rows in missing.items()}
    return "; ".join(f"{count} {words}" for words, count in counted.items() if count)


def why_not_compared(inputs: Inputs, missing: Bools, alone: Bools | None = None) -> str:
    """Why rows have no value of a scorer that learns classes fold by fold. missing: (n,) bool, rows without one.

    alone: as `lone` says it, where what is learned from are other rows than these.
    """
    unlabelled, alone = inputs.labels == UNLABELLED, lone(inputs) if alone is None else alone
    return reasons(
        unlabelled=missing & unlabelled,
        whose_class_has_no_other_image_to_learn_from=missing & alone,
        whose_class_is_in_one_fold=missing & ~unlabelled & ~alone,
    )
