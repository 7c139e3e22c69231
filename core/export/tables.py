"""Exports that are one table: manifests, decisions, the journal, scores, and cleanlab's frame. CSV or Parquet by name.

A Parquet file carries what its columns mean as metadata under the key "hardlook"; a CSV file has it in a second file,
`NAME.csv.json`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..dataset.tables.declared import CLASS_LABELS, class_labels
from ..dataset.tables.own_notes import KEY
from ..errors import BadInput, MissingRun, command
from ..files.arrow import write_parquet_file
from ..reviews import has_journal, open_journal
from ..reviews.entries import ENTRY_COLUMNS, Entry
from ..store import views
from ..store.audit import Audit
from ..types import DIRECTIONS, UNLABELLED
from .destination import refuse_contained
from .registry import of_audit, table
from .rows import Export, newest_scores, positions

LABELS = ("label", "true_label")


@table("manifest", ingested=True)
def write_manifest(export: Export, to: Path) -> int:
    """path, label, split, id, and true_label where the data have some: what `hardlook ingest` reads.

    Excluded images are left out. Returns the rows written.
    """
    return write_table(_manifest(export, "a manifest"), to, _about_labels(export))


@table("parquet", endings=(".parquet", ".pq"), ingested=True)
def write_parquet(export: Export, to: Path) -> int:
    """The same with labels as Hugging Face's ClassLabel: positions in the audit's order of classes, which it names.

    `datasets` reads names in a file of text in the order of the alphabet. Returns the rows written.
    """
    columns = _manifest(export, "a manifest")
    labels = [name for name in columns if name in LABELS]
    position = positions(export, *(columns[name] for name in labels))
    for name in labels:
        places = [None if label is None else position[label] for label in columns[name]]
        columns[name] = pa.array(places, pa.int64())
    texts = [name for name in columns if name not in LABELS]
    return write_table(columns, to, _about_labels(export), {CLASS_LABELS: class_labels(labels, list(position), texts)})


def _manifest(export: Export, what: str) -> dict[str, Any]:
    refuse_contained(export, what)
    kept = export.kept
    columns: dict[str, Any] = {"path": [row.path for row in kept], "label": [row.label for row in kept]}
    columns |= {"true_label": [row.true for row in kept]} if export.has_true else {}
    return {**columns, "split": [row.split for row in kept], "id": [row.key for row in kept]}


def _about_labels(export: Export) -> dict[str, Any]:
    return {"labels": export.labels_are, "audit": export.audit, "classes": export.class_names}


@table("decisions", labels=False)
def write_decisions(export: Export, to: Path) -> int:
    """One row per reviewed image: what `hardlook import-decisions` reads."""
    decided = [(row, row.state) for row in export.rows if row.state is not None]
    columns = {
        "id": [row.key for row, _ in decided], "content_hash": [row.content_hash for row, _ in decided],
        "old_label": [row.given for row, _ in decided], "new_label": [row.label for row, _ in decided],
        "second_label": [state.second_label for _, state in decided], "verdict": [s.verdict for _, s in decided],
        "reviewer": [state.reviewer for _, state in decided], "time": [state.time for _, state in decided],
        "reason": [state.reason for _, state in decided],
    }  # fmt: skip
    return write_table(columns, to, {"audit": export.audit, "journal": export.seen, "time": "UTC"})


@of_audit("journal")
def write_journal(audit: Audit, to: Path) -> int:
    """Every entry of the journal as it is, undone and contradicting ones too. Raises MissingRun before the first."""
    entries: list[Entry] = []
    if has_journal(audit):
        with closing(open_journal(audit)) as journal:
            entries = journal.entries()
    if not entries:  # also where somebody has looked, which makes the file
        raise MissingRun(f"Nothing was ever reviewed in audit {audit.name!r}.", "Run", command(audit.name, "dashboard"))
    columns = {name: [entry[i] for entry in entries] for i, name in enumerate(ENTRY_COLUMNS)}
    return write_table(columns, to, {"journal": entries[-1].sequence, "columns": "see docs/review.md"})


@of_audit("scores")
def write_scores(audit: Audit, to: Path) -> int:
    """id, label and split as the data has them, and every score; of one name the newest. Directions as metadata."""
    hub = views.open_hub(audit)
    names = views.classes(hub)
    scores = newest_scores(hub)
    if not scores:
        raise MissingRun(f"Audit {audit.name!r} has no scores to export.", "Run", command(audit.name, "score", "all"))
    columns: dict[str, Any] = {
        "id": views.column(hub, "key").tolist(),
        "label": [None if label == UNLABELLED else names[label] for label in views.labels(hub).tolist()],
        "split": views.column(hub, "split").tolist(),
        **{score.name: pa.array(score.values, from_pandas=True) for score in scores},
    }
    meaning = {
        info.name: {
            "direction": DIRECTIONS[info.direction],
            "address": info.address,
            "parameters": dict(info.parameters),
        }
        for info in views.score_infos(hub)
    }
    return write_table(columns, to, {"audit": audit.name, "scores": meaning})


@table("cleanlab", sends_score=True)
def write_cleanlab(export: Export, to: Path) -> int:
    """cleanlab's frame of label issues: its label quality is low for suspected labels, ours turned round.

    given_label, predicted_label: positions of classes, as `CleanLearning.fit(label_issues=…)` compares them with y;
    given_class and suggested_class are names. suggested_class: the likeliest class but the given one, by the score;
    predicted_label: that one where the score doubts the given label, else the given one. label_quality: 1 - score;
    is_label_issue: the score doubts the label.
    Raises MissingRun without a score, BadInput for one outside 0..1, which has no quality.
    """
    if not export.score:
        raise MissingRun(
            "cleanlab's frame needs a score of how suspect each label is.",
            "Run",
            command(None, "score", "suspicion"),
        )
    kept = [row for row in export.kept if row.given is not None]
    if any(row.score is not None and not 0 <= row.score <= 1 for row in kept):
        raise BadInput(f"{export.score} is not a chance between 0 and 1.", "Choose --score suspicion.")
    position = positions(export, (row.given for row in kept), (row.suggested for row in kept))
    columns = {
        "id": [row.key for row in kept], "given_label": [position[row.given or ""] for row in kept],
        "predicted_label": [position[row.likeliest or row.given or ""] for row in kept],
        "label_quality": [None if row.score is None else 1 - row.score for row in kept],
        "is_label_issue": [row.doubted for row in kept],
        "given_class": [row.given for row in kept], "suggested_class": [row.suggested for row in kept],
        "reviewed_label": [row.label if row.state else None for row in kept],
    }  # fmt: skip
    meaning = {"label_quality": f"0..1, lower is worse, cleanlab's convention: 1 - {export.score}"}
    return write_table(columns, to, {"audit": export.audit, "classes": list(position), "columns": meaning})


def write_table(
    columns: Mapping[str, Any], to: Path, meaning: Mapping[str, Any], further: Mapping[bytes, str] | None = None
) -> int:
    """A table with what it means, in one step: Parquet or CSV by the file's ending. Raises BadInput on another.

    further: what other programs are to find in the metadata of a Parquet file.
    """
    table = pa.table(dict(columns)) if columns else pa.table({})
    if to.suffix == ".csv":
        meaning = {**meaning, "pandas.read_csv": _as_pandas_reads(table)}
    note = json.dumps(dict(meaning), ensure_ascii=False, indent=2, default=list)
    if to.suffix in (".parquet", ".pq"):
        write_parquet_file(table.replace_schema_metadata({KEY: note, **(further or {})}), to)
    elif to.suffix == ".csv":
        _write_csv(to, table.column_names, [table[name].to_pylist() for name in table.column_names])
        to.with_name(f"{to.name}.json").write_text(note + "\n", encoding="utf-8")
    else:
        raise BadInput(f"{to.name} ends in neither .csv nor .parquet.", "Name the file --to NAME.csv or NAME.parquet.")
    return int(table.num_rows)


def _as_pandas_reads(table: pa.Table) -> dict[str, Any]:
    """Arguments under which pandas reads a CSV file as it was: by itself it takes 007 for 7, and NA for nothing."""
    texts = [field.name for field in table.schema if pa.types.is_string(field.type) or pa.types.is_null(field.type)]
    numbers = [name for name in table.column_names if name not in texts]
    return {
        "dtype": dict.fromkeys(texts, "str"), "keep_default_na": False, "na_values": {name: [""] for name in numbers}
    }  # fmt: skip


def _write_csv(path: Path, names: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in zip(*columns, strict=True):
            writer.writerow(["" if value is None else value for value in row])
