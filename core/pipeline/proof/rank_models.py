"""Every model of an audit judged by two or three versions of the held-out labels: does reviewing change the order?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...kinds.proof import GRIDS_OF_PROOFS
from ...metrics.relabelled import label_effect, places
from ...store import views
from ...store.audit import Audit
from ...store.metrics import Metric
from ...types import UNLABELLED, Bools, Estimate, Ints, Run

FEWEST = 10
"""Images without which there is nothing to rank by."""


@dataclass(frozen=True)
class Models:
    """The networks that can be compared on the same images. networks: label -> runs that differ only in their seed.

    predicted: (m, s, rows) int, UNLABELLED for a seed that a model does not have. left_out: in words.
    """

    networks: Mapping[str, Sequence[Run]]
    predicted: Ints
    left_out: tuple[str, ...]


def comparable_models(audit: Audit, rows: Bools, ours: Collection[str]) -> Models:
    """Every model that was given all classes and has said something of all these images without having seen them.

    rows: (n,) bool. ours: run ids of this proof's networks; those of other proofs are passed over.
    """
    grouped: dict[tuple[str, str, str], list[tuple[Run, Ints]]] = {}
    left_out: list[str] = []
    for run in audit.runs("train"):
        if run.grid in GRIDS_OF_PROOFS and run.run_id not in ours:
            continue  # no candidate: this proof must not hang on whether another one was made
        prediction = views.predictions(views.open_hub(audit, [run]), run.run_id)
        why = _unfit(run, prediction["trained_on"][rows], prediction["predicted"][rows])
        if why:
            left_out.append(f"{_name(run)} ({why})")
            continue
        same = {name: value for name, value in run.parameters.items() if name != "seed"}
        key = (run.name, json.dumps(same, sort_keys=True), run.inputs.get("labels", ""))
        grouped.setdefault(key, []).append((run, prediction["predicted"][rows]))
    labels = _told_apart([found[0][0] for found in grouped.values()])
    networks = {label: [run for run, _ in found] for label, found in zip(labels, grouped.values(), strict=True)}
    predicted = [[said for _, said in found] for found in grouped.values()]
    most = max(map(len, predicted), default=0)
    whole = np.full((len(predicted), most, int(rows.sum())), UNLABELLED)
    for i, said in enumerate(predicted):
        whole[i, : len(said)] = said
    counted = Counter(left_out)
    return Models(networks, whole, tuple(f"{name}, {n} models" if n > 1 else name for name, n in counted.items()))


def _name(run: Run) -> str:
    return ", ".join(filter(None, (str(run.parameters.get("method") or ""), run.name)))


def _told_apart(runs: Sequence[Run]) -> list[str]:
    """A label for each model: its name, and where several have that, its epochs or else its run's id."""
    labels = [_name(run) for run in runs]
    for more in (lambda run: f"{run.parameters.get('epochs', '?')} epochs", lambda run: run.run_id[-6:]):
        several = {label for label, n in Counter(labels).items() if n > 1}
        labels = [
            f"{label}, {more(run)}" if label in several else label for label, run in zip(labels, runs, strict=True)
        ]
    return labels


def _unfit(run: Run, trained_on: Bools, predicted: Ints) -> str:
    if run.parameters.get("held_out_classes"):
        return "was not given every class"
    if (predicted == UNLABELLED).any():
        return "has not seen all of the images"
    return "was trained on some of the images" if trained_on.any() else ""


def ranking_rows(models: Models, versions: Mapping[str, Ints]) -> Iterator[Metric]:
    """model_accuracy, model_place, model_accuracy_change and ranking_tau. versions: labels (rows,) by their name, the
    given ones first and the reviewed ones second."""
    names = list(versions)
    labels = list(models.networks)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            effect = label_effect(models.predicted, versions[one], versions[other])
            yield Metric("ranking_tau", "models", f"{one} - {other}", effect.tau)
            if i == 0:
                found = [(other, effect.after), *([(one, effect.before)] if other == names[1] else [])]
                for version, accuracies in found:
                    place = places(np.array([accuracy.value for accuracy in accuracies]))
                    known = int((versions[version] != UNLABELLED).sum())
                    for label, accuracy, at in zip(labels, accuracies, place.tolist(), strict=True):
                        yield Metric("model_accuracy", label, f"by {version}", replace(accuracy, n=known))
                        yield Metric("model_place", label, f"by {version}", Estimate(at, n=len(labels)))
            if (i, other) == (0, names[1]):
                for label, change in zip(labels, effect.change, strict=True):
                    yield Metric("model_accuracy_change", label, "reviewed - given", change)
