"""An audit's images and labels, and files of predictions of them, whose truth is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.dataset.predictions.fit import Asked, ImportedPredictions, fit_to_audit
from core.types import Floats, Ints

ANIMALS = ("cat", "dog", "eel")


@dataclass(frozen=True)
class Audit:
    """What an import knows of an audit: classes in its order, keys and labels."""

    classes: tuple[str, ...]
    keys: tuple[str, ...]
    labels: Ints

    def read(self, path: Path, **asked: object) -> ImportedPredictions:
        return fit_to_audit(path, self.classes, self.keys, self.labels, Asked(**asked))  # type: ignore[arg-type]


def audit_of(classes: tuple[str, ...] = ANIMALS, each: int = 8, keys: Callable[[str, int], str] | None = None) -> Audit:
    name = keys or (lambda label, i: f"{label}/{i}.png")
    return Audit(
        classes,
        tuple(name(label, i) for label in classes for i in range(each)),
        np.repeat(np.arange(len(classes)), each),
    )


def perfect(labels: Ints, order: list[int] | None = None) -> Floats:
    """(n, k) probabilities of a model that is always right. order: the class of each column."""
    k = int(labels.max()) + 1
    p = np.full((len(labels), k), 0.1 / (k - 1))
    p[np.arange(len(labels)), labels] = 0.9
    return p[:, order or list(range(k))]


def classes_of(read: ImportedPredictions, n: int) -> Ints:
    return np.asarray(read.logits(np.arange(n)).argmax(axis=1))


def probabilities(read: ImportedPredictions, n: int) -> Floats:
    p = np.exp(read.logits(np.arange(n)))
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def table(path: Path, audit: Audit, values: Floats, names: tuple[str, ...], ids: tuple[str, ...] | None = None) -> Path:
    frame = pd.DataFrame(values, columns=list(names))
    frame.insert(0, "key", list(ids or audit.keys))
    frame.to_csv(path, index=False)
    return path
