"""Any scorer over arrays, and suspicion, which is the one that most people want."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from ..dataset.predictions.numbers import SUM_TOLERANCE
from ..errors import BadInput, MissingRun, command
from ..scorers.inputs import Inputs
from ..scorers.registry import Scorer, get_scorer, in_full
from ..types import UNLABELLED, Dynamics, Floats
from .arguments.arrays import Rows, Wanted, bools, numbers, refusal, text, texts
from .arguments.features import read_features
from .arguments.labels import GivenLabels, read_fit, read_labels, without_labels
from .frames import score_frame

if TYPE_CHECKING:
    import pandas as pd

PROBABILITIES = Wanted("a model's probabilities, (n, K) in 0..1, each row summing to 1", 2, 0.0, 1.0 + SUM_TOLERANCE)
PER_EPOCH = Wanted("one number an image and epoch, (n, epochs)", 2)
SPREAD = Wanted(
    "VoG of each image before normalisation, (n,), 0 or more, NaN where there is none", 1, 0.0, missing=True
)
RIGHT = "whether the prediction was right, (n, epochs) True and False"
DYNAMICS = tuple(field.name for field in fields(Dynamics))
MAPPINGS = {
    "dynamics": f"a mapping of {', '.join(DYNAMICS)} to arrays (n, epochs)",
    "gradient_spread": "a mapping of windows such as 'logit_late' to arrays (n,)",
}
HASHES = "the images' content hashes, (n,) text, equal for equal images"
REPEATED, FEWEST_TO_WARN = 0.995, 100
"""Share of the given labels that predictions repeat, and of how many images, from where on they are warned of."""
ALONE = {
    "augmented_sums": "its encoder, which audits have", "second_split": "a model trained on halves of the images",
}  # fmt: skip
"""Inputs that no array stands for."""
ARGUMENTS = {"predicted": "probabilities", "gradient_labels": "labels", "split_codes": "splits"}
"""Fields of a scorer's inputs -> the argument that they are read from, where that is called otherwise."""


def score(
    scorer: str,
    *,
    features: Any = None,
    labels: Any = None,
    fit: Any = None,
    probabilities: Any = None,
    classes: Any = None,
    text_features: Any = None,
    penultimate: Any = None,
    content_hashes: Any = None,
    dynamics: Any = None,
    gradient_spread: Any = None,
    splits: Any = None,
    **parameters: Any,
) -> pd.DataFrame:
    """Run one scorer, by name, over arrays: what `hardlook score NAME` stores, without an audit.

    scorer: a name that `hardlook scorers` lists, such as "rmd". It is given what it needs and no more:
    features, penultimate: (n, d). labels: (n,) text or whole numbers, None or -1 for none. fit: (n,) bool, images to
    learn from, all by default. probabilities: (n, K). classes: (K,) names of their columns, where labels are text.
    text_features: (K, d). content_hashes, splits: (n,) text. dynamics: mapping to (n, epochs). gradient_spread: mapping
    of windows to (n,). parameters: the scorer's own, such as pca=64.
    Returns one row an image: each score, float32, NaN where there is none, and where it suggests labels NAME_suggested,
    the likeliest but the given one, as labels came, and NAME_doubted, whether it takes the given one for wrong;
    `frame.attrs["scores"]` has directions, and why values are missing. Raises BadInput,
    and TooFewRows where no image could get a value.
    """
    chosen = get_scorer(text("scorer", scorer, "the name of a scorer, such as 'rmd'"))
    given = {
        "features": features, "labels": labels, "probabilities": probabilities, "text_features": text_features,
        "penultimate": penultimate, "content_hashes": content_hashes, "dynamics": dynamics,
        "gradient_spread": gradient_spread, "splits": splits,
    }  # fmt: skip
    refuse_missing(chosen, given)
    settings = in_full(chosen, parameters)
    inputs, read = read_inputs(given, fit, classes)
    if {"probabilities", "trained_on"} <= chosen.reads:  # it takes them for unheard: others read them as they are
        warn_of_repeated_labels(inputs)
    try:
        return score_frame(chosen.run(inputs, **settings), read)
    except MissingRun as error:  # what it says is the next step of an audit, and here there is none
        raise BadInput(error.message, f"Give score({scorer!r}, …) what it needs.") from error


def suspicion(
    features: Any,
    labels: Any,
    *,
    fit: Any = None,
    probabilities: Any = None,
    classes: Any = None,
    passes: int = 2,
    seed: int = 0,
) -> pd.DataFrame:
    """The chance that each given label is wrong, from the other images alone, and what it should be.

    features: (n, d). labels: (n,) text or whole numbers, None or -1 for none. fit: (n,) bool, images to learn from, all
    by default. probabilities: (n, K), what a model that learned from none of these labels says of the images, as made
    out of fold; where they repeat nearly every label a warning says so; a fourth view beside the features' three.
    classes: (K,) names of their columns, where labels are text. passes: 1 or more. seed: of the folds.
    Returns one row an image: suspicion (float32, 0..1, higher is more suspect), suspicion_suggested (the likeliest
    class but the given one, as labels came), suspicion_doubted (whether the label is likelier wrong than right: above
    0.5), and suspicion_from_kernel, _rmd, _knn, _noise and, with probabilities, _model (log-odds in nats for the
    likeliest other class against the given one). NaN for the unlabelled and for classes of one image. Raises BadInput,
    and TooFewRows where that is all of them.
    docs/suspicion.md.
    """
    return score(
        "suspicion", features=features, labels=labels, fit=fit, probabilities=probabilities, classes=classes,
        passes=passes, seed=seed,
    )  # fmt: skip


def warn_of_repeated_labels(inputs: Inputs) -> None:
    """Warn of predictions that repeat nearly every given label: made in sample, they doubt none."""
    if inputs.probabilities is None:
        return
    told = np.isfinite(inputs.probabilities).all(axis=1) & (inputs.labels != UNLABELLED)
    n, agreed = int(told.sum()), np.argmax(inputs.probabilities[told], axis=1) == inputs.labels[told]
    if n >= FEWEST_TO_WARN and agreed.mean() >= REPEATED:
        warnings.warn(
            f"probabilities name the given label of {int(agreed.sum()):,} of {n:,} images: either nearly all labels "
            "are right, or the model learned from them, and then it cannot say which are wrong. Give predictions made "
            "out of fold.",
            stacklevel=3,
        )


def refuse_missing(scorer: Scorer, given: Mapping[str, Any]) -> None:
    """Raise BadInput where a scorer was not given all it needs."""
    for need in sorted(scorer.needs - {"fit"}, key=lambda name: (name != "features", name != "labels", name)):
        if need in ALONE:
            advice = "Arrays alone are not enough for it; of an audit"
            raise BadInput(f"{scorer.name} needs {ALONE[need]}.", advice, command(None, "score", scorer.name))
        argument = ARGUMENTS.get(need, need)
        if given[argument] is None and need not in ("split_codes", "gradient_labels"):
            wanted = ", ".join(f"{name}=…" for name in given if name in _arguments(scorer))
            raise BadInput(
                f"{scorer.name} needs {argument}, and {argument} is None.", f"Call score({scorer.name!r}, {wanted})."
            )


def _arguments(scorer: Scorer) -> set[str]:
    return {ARGUMENTS.get(need, need) for need in scorer.needs - {"split_codes"}}


def read_inputs(given: Mapping[str, Any], fit: Any, classes: Any) -> tuple[Inputs, GivenLabels]:
    """Everything that was given, checked, as scorers read it. All that is one entry an image must have as many."""
    read: dict[str, Any] = {}
    like: Rows | None = None
    for name in ("features", "penultimate", "probabilities"):
        if given[name] is not None:
            vectors = read_probabilities(given[name], like) if name == "probabilities" else read_features(
                given[name], like, name
            )  # fmt: skip
            read[name], like = vectors, like or Rows(len(vectors), name)
    for name in ("dynamics", "gradient_spread"):
        if given[name] is not None:
            arrays = _mapping(name, given[name], like)
            read[name], like = arrays, like or Rows(len(next(iter(arrays.values()))), name)
    columns = read["probabilities"].shape[1] if "probabilities" in read else None
    if given["labels"] is not None:
        labels = read_labels("labels", given["labels"], like, classes=classes, columns=columns)
    else:
        labels = without_labels(like.n if like else 0)
    like = like or labels.rows
    for name in ("content_hashes", "splits"):
        if given[name] is not None:
            read[name] = texts(name, given[name], HASHES if name == "content_hashes" else "text, (n,)", like)
    if given["text_features"] is not None:
        read["text_features"] = read_features(given["text_features"], name="text_features")
    rows = read_fit(fit, labels) if given["labels"] is not None else np.ones(like.n, bool)
    return _inputs(read, labels, rows, columns or labels.n_classes), labels


def _inputs(read: dict[str, Any], labels: GivenLabels, fit: Any, n_classes: int) -> Inputs:
    splits = read.pop("splits", None)
    if splits is not None:
        read["split_codes"] = np.unique(splits, return_inverse=True)[1]
    if "probabilities" in read:
        read["predicted"] = read["probabilities"].argmax(axis=1)
    if "dynamics" in read:
        read["dynamics"] = Dynamics(**read["dynamics"])
    if "gradient_spread" in read:
        read["gradient_labels"] = dict.fromkeys(read["gradient_spread"], labels.codes)
    return Inputs(labels=labels.codes, n_classes=n_classes, fit=fit, **read)


def read_probabilities(value: Any, like: Rows | None = None, name: str = "probabilities") -> Floats:
    """(n, K) float32 probabilities. Raises BadInput where a row does not sum to 1."""
    found = numbers(name, value, PROBABILITIES, like=like, dtype=np.float32)
    wrong = np.abs(found.sum(axis=1, dtype=np.float64) - 1) > SUM_TOLERANCE
    if wrong.any():
        row = int(np.argmax(wrong))
        total = float(found[row].sum(dtype=np.float64))
        raise BadInput(f"{name} has row {row}, which sums to {total:.4g}.", f"Give {PROBABILITIES.text}.")
    return found


def _mapping(name: str, value: Any, like: Rows | None) -> dict[str, Any]:
    pairs = {field: getattr(value, field) for field in DYNAMICS} if isinstance(value, Dynamics) else value
    if not isinstance(pairs, Mapping) or not pairs or not all(isinstance(key, str) for key in pairs):
        raise refusal(name, value, MAPPINGS[name])
    if name == "dynamics" and set(pairs) != set(DYNAMICS):
        raise BadInput(f"dynamics has {', '.join(sorted(pairs))}.", f"Give {MAPPINGS[name]}.")
    read: dict[str, Any] = {}
    for key, one in pairs.items():
        wanted = PER_EPOCH if name == "dynamics" else SPREAD
        if key == "correct":
            read[key] = bools(f"{name}[{key!r}]", one, Wanted(RIGHT, 2), like)
            continue
        read[key] = array = numbers(f"{name}[{key!r}]", one, wanted, like=like, dtype=np.float32)
        like = like or Rows(len(array), f"{name}[{key!r}]")
    return read
