"""Are the classes that a score finds hard the ones a model misses? What evaluating kept of it, and each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...metrics.correlation import ClassMeans, class_means
from ...store.metrics import FALSE_NEGATIVE_CORRELATION, OVER_CLASSES, WHOLE, read_metrics
from ...types import Floats
from ...wording import count, span, three, with_interval
from ..view.choices import model_choices, run_names
from ..view.reader import Reader
from .error_by_difficulty import ErrorOrder


def class_correlation(reader: Reader, address: str) -> str:
    """The correlation over classes of a score's mean with the share that a model misses, with both intervals; "" where
    not kept. The model is named: it need not be one whose errors are in view.

    Agarwal, D'souza & Hooker 2022, figure 8. An evaluation of an earlier version kept the interval over images alone.
    """
    rows = {row.slice: row for row in read_metrics(reader.hub, FALSE_NEGATIVE_CORRELATION) if row.subject == address}
    images, classes = (rows.get(part) for part in (WHOLE, OVER_CLASSES))
    if images is None:
        return ""
    model = run_names(model_choices(reader)).get(images.by) or images.by or "a model"
    said = (
        f"Over {images.note}, mean score and the share that {model} misses correlate by "
        f"{three(images.estimate.value)} (Spearman)"
    )
    ends = [f"{span(images.estimate)} with other images of these classes"] if images.estimate.has_interval else []
    if classes is not None and classes.estimate.has_interval:
        ends.append(f"{span(classes.estimate)} with other classes")
    return f"{said}: {', '.join(ends)}; by its newest evaluation." if ends else f"{said}; by its newest evaluation."


@dataclass(frozen=True, eq=False)
class ClassPoints:
    """Each class by mean score and share missed. names: (k,) of its classes."""

    names: list[str]
    means: ClassMeans


def class_points(reader: Reader, order: ErrorOrder, values: Floats) -> ClassPoints | None:
    """The evaluated images in view, class by class; None with fewer than two classes. values: (n,) the order's score.

    Agarwal, D'souza & Hooker 2022, figure 8.
    """
    means = class_means(values[order.ids], reader.labels[order.ids], order.wrong)
    if len(means.label) < 2:
        return None
    return ClassPoints([reader.class_names[label] for label in means.label], means)


def correlation_in_words(means: ClassMeans) -> str:
    """What follows from the classes in view, with the interval of other classes."""
    found, k = means.correlation(), count(len(means.label))
    if not np.isfinite(found.value):
        return f"{k} classes are too few, or too much alike, to correlate"
    interval = "" if found.has_interval else "; fewer than four have no interval"
    return f"over {k} classes the two correlate by {with_interval(found)} (Spearman){interval}"
