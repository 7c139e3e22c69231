"""Decisions that were made elsewhere, from a table or from Label Studio, into the journal."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import BadInput
from ..reviews import CONFIRMED, RELABELLED, VERDICTS, By, Decision, Journal, ReviewedImage, decide
from .label_studio import read_annotations
from .rows import Export, ExportRow

USUAL = {"id": ("id", "key"), "new_label": ("new_label", "label"), "verdict": ("verdict",),
         "second_label": ("second_label",), "reviewer": ("reviewer",), "reason": ("reason",), "seen": ("seen",),
         "content_hash": ("content_hash",)}  # fmt: skip


@dataclass(frozen=True)
class ImportedDecisions:
    """What became of the rows of a file. unknown: ids that the audit does not have; changed: images whose content is
    another than the one decided about. Rows of neither are counted by what became of them."""

    applied: int
    agreed: int
    conflicts: int
    skipped: int
    repeated: int
    unknown: tuple[str, ...]
    changed: tuple[str, ...]


def import_decisions(journal: Journal, export: Export, file: Path, *, reviewer: str = "") -> ImportedDecisions:
    """Write every answer of the file as a decision, all of them or, where one makes no sense, none.

    reviewer: for rows that name none. The same file again changes nothing. A row that says what the journal had
    reached when it was made (`seen`) conflicts with what was decided after; one that says nothing, with everything.
    Raises BadInput naming the row.
    """
    rows = read_rows(file)
    images = {row.key: row for row in export.rows}
    nonce = "import " + hashlib.blake2b(file.read_bytes(), digest_size=12).hexdigest()
    tally: Counter[str] = Counter()
    unknown, changed = [], []
    with journal.together():
        for number, row in enumerate(rows):
            image = images.get(row["id"])
            if image is None:
                unknown.append(row["id"])
                continue
            if row["content_hash"] not in ("", image.content_hash):
                changed.append(row["id"])
                continue
            by = By(row["reviewer"] or reviewer, nonce, number)
            try:
                saved = decide(journal, decision_of(row, image), by)
            except BadInput as error:
                raise BadInput(
                    f"Row {number + 1} of {file.name}: {error.message}", error.advice, *error.commands
                ) from error
            tally["repeated"] += saved.repeated
            if not saved.repeated:
                tally.update(
                    applied=saved.applied, agreed=saved.agreed, conflicts=saved.conflicts, skipped=saved.noted
                )  # fmt: skip
    return ImportedDecisions(
        tally["applied"], tally["agreed"], tally["conflicts"], tally["skipped"], tally["repeated"],
        tuple(unknown), tuple(changed),
    )  # fmt: skip


def decision_of(row: Mapping[str, str], image: ExportRow) -> Decision:
    """One row as a decision. Without a verdict, a label that the image has already is confirmed."""
    label = row["new_label"] or None
    verdict = row["verdict"] or (CONFIRMED if label == image.given else RELABELLED)
    if verdict not in (CONFIRMED, RELABELLED):
        label = None  # an ambiguous or excluded image keeps the label it has
    try:
        seen = int(row["seen"] or 0)
    except ValueError as error:
        raise BadInput(f"'seen' is {row['seen']!r}, not a number.", "Leave the column out, or mend it.") from error
    picture = ReviewedImage(image.key, image.content_hash, image.given)
    return Decision(
        picture, verdict, label, row["second_label"] or None, seen=seen, reason=row["reason"]
    )  # fmt: skip


def read_rows(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV or Parquet table, or of a Label Studio export, under the names of `USUAL`. Raises BadInput."""
    if file.suffix == ".json":
        found: list[dict[str, Any]] = list(read_annotations(file))
    elif file.suffix == ".csv":
        found = _read_csv(file)
    elif file.suffix in (".parquet", ".pq"):
        try:
            found = pq.read_table(file).to_pylist()
        except (pa.ArrowException, OSError) as error:
            raise BadInput(f"{file} could not be read: {error}.", "Mend the file.") from error
    else:
        raise BadInput(f"{file} is no table of decisions.", "Give a .csv, a .parquet, or Label Studio's .json.")
    if found and not any(name in found[0] for name in USUAL["id"]):
        raise BadInput(f"{file} has no column 'id'.", f"It has {', '.join(map(repr, found[0]))}; rename one.")
    rows = [{ours: _text(row, names) for ours, names in USUAL.items()} for row in found]
    for number, row in enumerate(rows, start=1):
        if row["verdict"] not in ("", *VERDICTS):
            raise BadInput(
                f"Row {number} of {file.name} has the verdict {row['verdict']!r}.", f"Use one of {', '.join(VERDICTS)}."
            )
        if not row["verdict"] and not row["new_label"]:
            raise BadInput(f"Row {number} of {file.name} names neither a label nor a verdict.", "Leave such rows out.")
    return rows


def _read_csv(file: Path) -> list[dict[str, Any]]:
    try:
        with open(file, newline="", encoding="utf-8-sig") as opened:
            return list(csv.DictReader(opened))
    except (OSError, ValueError, csv.Error) as error:
        raise BadInput(f"{file} could not be read: {error}.", "Save it as CSV in UTF-8.") from error


def _text(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    value = next((row[name] for name in names if row.get(name) is not None), "")
    return str(value)
