"""Label Studio's tasks: images with the score's suggestion as a prediction, to be answered there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import BadInput
from ..files.whole import place_of
from ..images.filenames import from_text
from .destination import COPY, Placer
from .registry import table
from .rows import Export, ExportRow

LOCAL_FILES = "/data/local-files/?d="
CONTROL, OBJECT = "label", "image"
"""Names of the tags in the labelling configuration: <Choices name="label" toName="image"> and <Image name="image">."""

DECIDED = ("reviewer", "reviewed_at", "reviewed_label", "reviewed_second")
"""Fields of a task's data that say whose decision the annotation is that it came with."""


@table("labelstudio", sends_score=True)
def write_tasks(export: Export, to: Path) -> int:
    """A JSON file of tasks. An image's path is served by Label Studio's local files storage, whose root is `/`.

    data: image, key, content_hash, given_label, split and the journal's state, which the import needs. A prediction
    where the score suggests a class: that one if it doubts the given label, else the given one. An annotation where
    reviewers have decided, with their name and time in the data.
    Images that lie inside a file of many are written beside, into NAME-images/. Returns the tasks written.
    """
    if to.suffix != ".json":
        raise BadInput(f"{to.name} does not end in .json, as Label Studio's tasks do.", "Name the file --to NAME.json.")
    tasks = [_task(export, row, path) for row, path in zip(export.kept, _paths(export, to), strict=True)]
    to.write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")
    return len(tasks)


def _paths(export: Export, to: Path) -> list[str]:
    """Where each image lies as a file; those that do not are written beside `to`."""
    if not any(row.no_file for row in export.kept):
        return [row.path for row in export.kept]
    beside = to.with_name(f"{to.stem}-images")
    placer = Placer(export, beside, COPY)
    return [str(place_of(beside) / placer.place(row, "")) if row.no_file else row.path for row in export.kept]


def _task(export: Export, row: ExportRow, path: str) -> dict[str, Any]:
    real = os.path.realpath(from_text(path)).lstrip("/")
    data = {
        OBJECT: LOCAL_FILES + quote(os.fsencode(real)), "key": row.key, "content_hash": row.content_hash,
        "given_label": row.given, "split": row.split, "seen": export.seen,
    }  # fmt: skip
    if row.state is not None and row.label is not None:
        # Whoever imports a task is its annotations' author there, now: whose decision it was goes along as data.
        second = row.state.second_label or ""
        decided = (row.state.reviewer, row.state.time, row.label, second)
        data |= dict(zip(DECIDED, decided, strict=True))
    task: dict[str, Any] = {"data": data}
    if row.likeliest is not None:
        made = {"model_version": export.score, "result": [_choices(row.likeliest)]}
        task["predictions"] = [made if row.score is None else {**made, "score": row.score}]
    if row.state is not None and row.label is not None:
        chosen = [row.label, *([row.state.second_label] if row.state.second_label else [])]
        # Label Studio takes an imported annotation for ground truth unless it says otherwise.
        task["annotations"] = [{"result": [_choices(*chosen)], "ground_truth": False}]
    return task


def _choices(*labels: str) -> dict[str, Any]:
    return {"from_name": CONTROL, "to_name": OBJECT, "type": "choices", "value": {"choices": list(labels)}}
