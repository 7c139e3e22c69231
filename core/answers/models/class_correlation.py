"""Are the classes that a score finds hard the ones a model misses? What evaluating kept of it, in a sentence."""

from __future__ import annotations

from ...store.metrics import FALSE_NEGATIVE_CORRELATION, OVER_CLASSES, WHOLE, read_metrics
from ...wording import span, three
from ..view.choices import model_choices, run_names
from ..view.reader import Reader


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
