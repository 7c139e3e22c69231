"""Import predictions: a file of probabilities or logits from a model that ran elsewhere becomes a network's run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...dataset.prediction_files import PredictionFile, read_predictions
from ...dataset.predictions import (
    ClassColumns,
    Kind,
    RowFacts,
    RowMatch,
    agreement_beyond_chance,
    match_by_id,
    match_by_order,
    match_classes,
    refuse_bad_rows,
    row_facts,
    settle_kind,
    to_logits,
)
from ...images.filenames import to_text
from ...progress import Reporter
from ...store import views
from ...store.audit import Audit
from ...store.writer import RunWriter, Stopwatch
from ...types import UNLABELLED, Floats, Ints, RunSpec
from ..steps import Done, compute
from .predictions import prediction_tables, rows_trained_on

ROWS_AT_ONCE = 8192
SHOWN = 3
NO_BETTER_THAN_CHANCE = 0.1  # Cohen's kappa; a model worth importing lies far above, a wrong order at 0


@dataclass(frozen=True)
class ImportedPredictions:
    """A checked file and how it fits the audit."""

    file: PredictionFile
    classes: ClassColumns
    match: RowMatch
    kind: Kind

    def logits(self, images: Ints) -> Floats:
        """(m, n_classes) float64 of these images; 0 for those without a row."""
        rows = self.match.rows[images]
        values = np.asarray(self.file.values[np.maximum(rows, 0)])[:, self.classes.order]
        return np.where((rows >= 0)[:, None], to_logits(values, self.kind), 0.0)


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
    trained_on: str | None = None,
) -> Done:
    """Check a file of predictions, say how it was understood, and keep it as the run of a network.

    name: what the network is called; the file's name by default. kind: probabilities, logits or auto.
    key, id_key: see `read_predictions`. by_order: row i is image i, whatever ids the file has. trained_on: see
    `rows_trained_on`. Images that the file leaves out have no prediction, which every score says.
    """
    hub = views.open_hub(audit)
    labels, class_names, keys = views.labels(hub), views.classes(hub), views.column(hub, "key").tolist()
    found = fit_to_audit(path, class_names, keys, kind=kind, key=key, id_key=id_key, by_order=by_order)
    tell(found, len(keys), path, keys, reporter)
    learned = rows_trained_on(views.column(hub, "split"), trained_on, reporter)
    parameters = {
        "source": "predictions", "file": to_text(path.name), "kind": found.kind, "images": found.match.how,
        "classes": found.classes.how, "trained_on": trained_on or "train",
    }  # fmt: skip
    inputs = {"items": audit.items_fingerprint, "labels": "given"}
    spec = RunSpec("train", name or to_text(path.stem), inputs, parameters, weights=file_hash(path))

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

    return compute(audit, spec, work, reporter, k=len(class_names))


def fit_to_audit(
    path: Path, classes: list[str], keys: list[str], *, kind: str, key: str, id_key: str, by_order: bool
) -> ImportedPredictions:
    """Read a file, match its columns and rows, and refuse what cannot be used. Raises BadInput with the reason."""
    what = to_text(path.name)
    file = read_predictions(path, key=key, id_key=id_key)
    columns = match_classes(file.columns, file.values.shape[1], classes, what)
    by_id = file.ids is not None and not by_order
    match = match_by_id(file.ids or (), keys, what) if by_id else match_by_order(len(file.values), keys, what)
    parts = [
        row_facts(file.values[start : start + ROWS_AT_ONCE][:, columns.order])
        for start in range(0, len(file.values), ROWS_AT_ONCE)
    ]
    facts = RowFacts(*(np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])))
    settled = settle_kind(facts, kind)
    refuse_bad_rows(facts, settled, what)
    return ImportedPredictions(file, columns, match, settled)


def tell(found: ImportedPredictions, n: int, path: Path, keys: list[str], reporter: Reporter) -> None:
    """Say how the file was understood, and what of it or of the audit is left over."""
    has = int((found.match.rows >= 0).sum())
    reporter.say(
        f"import {to_text(path.name)}: {found.kind}, classes {found.classes.how}, images {found.match.how}, "
        f"{has:,} of {n:,} images have a prediction"
    )
    if found.match.how == "by order":
        reporter.say(f"  the first row is taken for {keys[0]!r} and the last for {keys[-1]!r}")
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
            "about chance: check the order of the rows and of the classes"
        )


def file_hash(*paths: Path) -> str:
    """32 hexadecimal digits over the files' contents, in order."""
    digest = hashlib.blake2b(digest_size=16)
    for path in paths:
        with open(path, "rb") as file:
            digest.update(hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).digest())
    return digest.hexdigest()
