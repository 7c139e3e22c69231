"""The vectors and probabilities of an audit as NumPy arrays, for programs that look for issues in them (Datalab)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BadInput, MissingRun, command
from ..store import views
from ..store.audit import Audit
from ..types import UNLABELLED
from .registry import of_audit


@of_audit("arrays", endings=(".npz",))
def write_arrays(audit: Audit, to: Path) -> int:
    """id (n,) text, labels (n,) int, classes (k,) text; features (n, d) of the newest embedding and pred_probs (n, k)
    of the newest model that has them, float32, where there are such.

    Of the labelled images that have all of them: cleanlab's Datalab takes no image without. Returns n.
    Raises MissingRun with neither an embedding nor a model, BadInput where no image has all.
    """
    hub = views.open_hub(audit)
    labels = views.labels(hub)
    found: dict[str, Any] = {}
    if audit.runs("embed"):
        found["features"] = np.asarray(views.vectors(hub, audit.latest("embed").run_id))
    predicted = (views.probabilities(hub, run.run_id) for run in reversed(audit.runs("train")))
    probabilities = next((each for each in predicted if len(each) == len(labels)), None)
    if probabilities is not None:
        found["pred_probs"] = probabilities
    if not found:
        raise MissingRun(
            f"Audit {audit.name!r} has neither vectors nor probabilities to export.", "Run",
            command(audit.name, "embed"), command(audit.name, "train"),
        )  # fmt: skip
    usable = (labels != UNLABELLED) & np.all([np.isfinite(each).all(axis=1) for each in found.values()], axis=0)
    if not usable.any():
        raise BadInput(
            f"No labelled image of audit {audit.name!r} has all of: {', '.join(found)}.", "Run",
            command(audit.name, "embed"),
        )  # fmt: skip
    found |= {"labels": labels, "id": np.array(views.column(hub, "key").tolist(), np.str_)}
    kept = {name: values[usable] for name, values in found.items()}
    with open(to, "wb") as file:
        np.savez(file, classes=np.array(views.classes(hub), np.str_), **kept)
    return int(usable.sum())
