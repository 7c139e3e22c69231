"""Label Studio's tasks: images with the score's suggestion as a prediction, to be answered there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import BadInput
from ..images.filenames import from_text
from .destination import refuse_contained
from .registry import table
from .rows import Export, ExportRow

LOCAL_FILES = "/data/local-files/?d="
CONTROL, OBJECT = "label", "image"
"""Names of the tags in the labelling configuration: <Choices name="label" toName="image"> and <Image name="image">."""


@table("labelstudio")
def write_tasks(export: Export, to: Path) -> int:
    """A JSON file of tasks. An image's path is served by Label Studio's local files storage, whose root is `/`.

    data: image, key, content_hash, given_label, split and the journal's state, which the import needs. A prediction
    where the score suggests a class; an annotation where reviewers have decided. Returns the tasks written.
    """
    if to.suffix != ".json":
        raise BadInput(f"{to.name} does not end in .json, as Label Studio's tasks do.", "Name the file --to NAME.json.")
    refuse_contained(export, "Label Studio")
    tasks = [_task(export, row) for row in export.kept]
    to.write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")
    return len(tasks)


def _task(export: Export, row: ExportRow) -> dict[str, Any]:
    path = os.path.realpath(from_text(row.path)).lstrip("/")
    data = {
        OBJECT: LOCAL_FILES + quote(os.fsencode(path)), "key": row.key, "content_hash": row.content_hash,
        "given_label": row.given, "split": row.split, "seen": export.seen,
    }  # fmt: skip
    task: dict[str, Any] = {"data": data}
    if row.suggested is not None:
        made = {"model_version": export.score, "result": [_choices(row.suggested)]}
        task["predictions"] = [made if row.score is None else {**made, "score": row.score}]
    if row.state is not None and row.label is not None:
        chosen = [row.label, *([row.state.second_label] if row.state.second_label else [])]
        task["annotations"] = [{"result": [_choices(*chosen)]}]
    return task


def _choices(*labels: str) -> dict[str, Any]:
    return {"from_name": CONTROL, "to_name": OBJECT, "type": "choices", "value": {"choices": list(labels)}}
