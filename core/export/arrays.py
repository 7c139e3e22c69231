"""The vectors and probabilities of an audit as NumPy arrays, for programs that look for issues in them (Datalab)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BadInput, MissingRun, command
from ..store import views
from ..store.audit import Audit
from ..types import UNLABELLED, Floats
from .registry import of_both
from .rows import Export


@of_both("arrays", endings=(".npz",))
def write_arrays(audit: Audit, export: Export, to: Path) -> int:
    """id (n,) text, labels (n,) int, classes (k,) text; features (n, d) of the newest embedding and pred_probs (n, k)
    of the newest model that has them, float32, where there are such.

    Of the labelled images that are kept and have all of them: cleanlab's Datalab takes no image without. A class that
    was merged into another has its probability added to that one's; one that reviewers added has 0. Returns n.
    Raises MissingRun with neither an embedding nor a model, BadInput where no image has all.
    """
    hub = views.open_hub(audit)
    found: dict[str, Any] = {}
    if audit.runs("embed"):
        found["features"] = np.asarray(views.vectors(hub, audit.latest("embed").run_id))
    predicted = (views.probabilities(hub, run.run_id) for run in reversed(audit.runs("train")))
    probabilities = next((each for each in predicted if len(each) == len(export.rows)), None)
    if probabilities is not None:
        found["pred_probs"] = of_classes_now(probabilities, export)
    if not found:
        raise MissingRun(
            f"Audit {audit.name!r} has neither vectors nor probabilities to export.", "Run",
            command(audit.name, "embed"), command(audit.name, "train"),
        )  # fmt: skip
    whole = np.all([np.isfinite(each).all(axis=1) for each in found.values()], axis=0)
    kept = [row for row in export.kept if row.label is not None and whole[row.image_id]]
    if not kept:
        raise BadInput(
            f"No labelled image of audit {audit.name!r} has all of: {', '.join(found)}.", "Run",
            command(audit.name, "embed"),
        )  # fmt: skip
    place, ids = {name: at for at, name in enumerate(export.class_names)}, [row.image_id for row in kept]
    with open(to, "wb") as file:
        np.savez(
            file, id=np.array([row.key for row in kept], np.str_), classes=np.array(export.class_names, np.str_),
            labels=np.array([place[row.label or ""] for row in kept], np.int32),
            **{name: values[ids] for name, values in found.items()},
        )  # fmt: skip
    return len(kept)


def of_classes_now(probabilities: Floats, export: Export) -> Floats:
    """(n, k) for the classes as reviewers have named, merged and added them, from one of the data's own classes."""
    now = np.zeros((len(probabilities), len(export.class_names)), np.float32)
    for before, place in enumerate(export.class_of.tolist()):
        if place != UNLABELLED:
            now[:, place] += probabilities[:, before]
    return now
