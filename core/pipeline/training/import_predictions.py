"""Import predictions: a file of probabilities or logits from a model that ran elsewhere becomes a network's run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...dataset.predictions.class_order import agreement_beyond_chance
from ...dataset.predictions.fit import ROWS_AT_ONCE, Asked, ImportedPredictions, fit_to_audit
from ...files.hashes import file_hash
from ...files.names import checked_name
from ...images.filenames import to_text
from ...progress import Reporter
from ...store import tallies, views
from ...store.audit import Audit
from ...store.paths import file_to_read
from ...store.writer import RunWriter, Stopwatch
from ...types import UNLABELLED, Bools, Ints, RunSpec
from ..steps import Done, compute
from .predictions import prediction_tables, refuse_unknown_split, rows_trained_on

SHOWN = 3
NO_BETTER_THAN_CHANCE = 0.1  # Cohen's kappa; a model worth importing lies far above, a wrong order at 0

ENOUGH_TO_TELL = 20  # labels; a good model is right of fewer by chance


def import_predictions(
    audit: Audit,
    path: Path,
    reporter: Reporter,
    *,
    name: str | None = None,
    kind: str = "auto",
    key: str = "",
    id_key: str = "",
    by_order: bool = False,
    class_order: str = "",
    classes: Sequence[str] = (),
    trained_on: str | None = None,
) -> Done:
    """Check a file of predictions, say how it was understood, and keep it as the run of a network.

    name: what the network is called; the file's name by default. kind, key, id_key, by_order, class_order, classes: see
    `Asked`. trained_on: see `rows_trained_on`. Images that the file leaves out have no prediction, which every score
    says. Raises BadInput before anything is written.
    """
    hub = views.open_hub(audit)
    labels, class_names, keys = views.labels(hub), views.classes(hub), views.column(hub, "key").tolist()
    asked = Asked(kind, key, id_key, by_order, class_order, tuple(classes))
    called = checked_name(name or to_text(path.stem), "a model")
    splits = views.column(hub, "split")
    refuse_unknown_split(splits, trained_on)
    set_aside = tallies.refused_total(hub)
    found = fit_to_audit(file_to_read(path), class_names, keys, labels, asked, set_aside)
    tell(found, len(keys), path, keys, reporter)
    if found.match.by_order and set_aside:
        reporter.say(f"  {set_aside:,} images that could not be read when they were ingested have no row")
    learned = rows_trained_on(splits, trained_on, reporter)
    parameters: dict[str, Any] = {
        "source": "predictions", "file": to_text(path.name), "kind": found.kind, "images": found.match.how,
        "classes": found.classes.how, "trained_on": trained_on or "train",
    }  # fmt: skip
    # What was not asked for is not recorded: an import without options keeps the id it had before they were recorded.
    options = {"key": key, "id_key": id_key, "class_order": class_order, "classes": list(classes)}
    given = {option: value for option, value in options.items() if value}
    parameters |= {"asked": given} if given else {}
    inputs = {"items": audit.items_fingerprint, "labels": "given"}
    spec = RunSpec("train", called, inputs, parameters, weights=file_hash(path))

    def work(writer: RunWriter) -> None:
        watch, finished = Stopwatch(), writer.finished()
        predicted = np.full(len(labels), UNLABELLED)
        with reporter.bar("import") as advance:
            for start in range(0, len(labels), ROWS_AT_ONCE):
                ids = np.arange(start, min(start + ROWS_AT_ONCE, len(labels)), dtype=np.int32)
                logits, known = found.logits(ids), found.match.rows[ids] >= 0
                predicted[ids] = np.where(known, logits.argmax(axis=1), UNLABELLED)
                if f"rows {start}" not in finished:
                    tables = prediction_tables(
                        ids, logits, labels[ids], learned[ids], known=known, are_logits=found.kind == "logits"
                    )
                    writer.commit(f"rows {start}", tables, seconds=watch.lap())
                advance(int(ids[-1]) + 1, len(labels))
        warn_of_disorder(predicted, labels, len(class_names), reporter)
        warn_of_labels_repeated(predicted, labels, learned, reporter)

    return compute(audit, spec, work, reporter, k=len(class_names))


def tell(found: ImportedPredictions, n: int, path: Path, keys: list[str], reporter: Reporter) -> None:
    """Say how the file was understood, and what of it or of the audit is left over."""
    has = int((found.match.rows >= 0).sum())
    reporter.say(f"import {to_text(path.name)}: {has:,} of {n:,} images have a prediction")
    for line in found.said:
        reporter.say(f"  {line}")
    if found.match.by_order:
        reporter.say(f"  the first row is taken for {keys[0]!r} and the last for {keys[-1]!r}")
    for line in found.warned:
        reporter.warn(line)
    missing = [keys[image] for image in np.flatnonzero(found.match.rows < 0)[:SHOWN]]
    for count, names, words in (
        (n - has, missing, "images have no prediction"),
        (len(found.match.unknown), found.match.unknown, "ids are no image of the audit and are left out"),
        (len(ignored := found.file.ignored + found.classes.ignored), ignored, "columns are no class and are left out"),
    ):
        if count:
            more = ", …" if count > SHOWN else ""
            reporter.warn(f"{count:,} {words}: {', '.join(map(repr, names[:SHOWN]))}{more}")


def warn_of_disorder(predicted: Ints, labels: Ints, n_classes: int, reporter: Reporter) -> None:
    """Warn where predictions agree with the given labels no more than rows in a wrong order would."""
    both = (labels != UNLABELLED) & (predicted != UNLABELLED)
    if both.any() and agreement_beyond_chance(predicted[both], labels[both], n_classes) < NO_BETTER_THAN_CHANCE:
        reporter.warn(
            f"the predictions agree with {np.mean(predicted[both] == labels[both]):.0%} of the given labels, which is "
            "about chance, as counted: check the order of the rows and of the classes"
        )


def warn_of_labels_repeated(predicted: Ints, labels: Ints, learned: Bools, reporter: Reporter) -> None:
    """Warn where a model that is said to have learned no image's label gives every image the one that it has.

    One that was trained on them does so too, and then every wrong label looks right. One that was trained on a split
    may well be right of all others.
    """
    both = (labels != UNLABELLED) & (predicted != UNLABELLED)
    n = int(both.sum())
    if not learned.any() and n >= ENOUGH_TO_TELL and (predicted[both] == labels[both]).all():
        reporter.warn(
            f"the predictions agree with all {n:,} labels, none of which the model is said to have been trained on, as "
            "counted: if it was, say so with --trained-on, else suspicion and calibration take every label for right"
        )
