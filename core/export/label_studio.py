"""Label Studio: tasks with the score's suggestion as a prediction out, and people's answers back as decisions."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import BadInput
from ..images.filenames import from_text
from ..wording import command
from .destination import refuse_contained, whole_file
from .rows import Export, ExportRow

LOCAL_FILES = "/data/local-files/?d="
CONTROL, OBJECT = "label", "image"
"""Names of the tags in the labelling configuration: <Choices name="label" toName="image"> and <Image name="image">."""


def write_tasks(export: Export, to: Path) -> int:
    """A JSON file of tasks. An image's path is served by Label Studio's local files storage, whose root is `/`.

    data: image, key, content_hash, given_label, split and the journal's state, which the import needs. A prediction
    where the score suggests a class; an annotation where reviewers have decided. Returns the tasks written.
    """
    if to.suffix != ".json":
        raise BadInput(f"{to} does not end in .json, as Label Studio's tasks do.", "Name the file --to NAME.json.")
    refuse_contained(export, "Label Studio")
    tasks = [_task(export, row) for row in export.kept]
    with whole_file(to) as temporary:
        temporary.write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")
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


def read_annotations(file: Path) -> Iterator[dict[str, Any]]:
    """Answers of a Label Studio export, JSON or JSON-MIN, as the columns of a decisions table.

    Each person's answer is a row; a skipped task is a skip; two choices make the image ambiguous. Raises BadInput.
    """
    try:
        tasks = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{file} could not be read: {error}.", "Export the project as JSON again.") from error
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise BadInput(f"{file} is no list of tasks.", "Export the project as JSON or JSON-MIN.")
    for number, task in enumerate(tasks, start=1):
        data = task.get("data", task)
        if ("id" not in data and "key" not in data) or not isinstance(data, dict):
            raise BadInput(
                f"Task {number} of {file.name} names no image: its data has no 'id'.",
                "Import tasks written by",
                command(None, "export", "--format", "labelstudio", "--to", "FILE"),
            )
        about = {
            "id": str(data["key"]), "content_hash": data.get("content_hash", ""), "seen": data.get("seen", 0),
        }  # fmt: skip
        if "data" in task:
            for annotation in task.get("annotations", []):
                yield {**about, **_answer(annotation)}
        elif CONTROL in task:
            chosen = task[CONTROL]
            labels = chosen.get("choices", []) if isinstance(chosen, dict) else [chosen]
            yield {**about, **_said(labels), "reviewer": _person(task.get("annotator"))}


def _answer(annotation: Mapping[str, Any]) -> dict[str, Any]:
    labels = [
        choice
        for result in annotation.get("result", [])
        if result.get("type") == "choices"
        for choice in result.get("value", {}).get("choices", [])
    ]
    skipped = annotation.get("was_cancelled", False) or not labels
    said = {"verdict": "skipped"} if skipped else _said(labels)
    return {**said, "reviewer": _person(annotation.get("completed_by"))}


def _said(labels: list[str]) -> dict[str, Any]:
    if len(labels) > 1:
        return {"verdict": "ambiguous", "new_label": labels[0], "second_label": labels[1]}
    return {"new_label": labels[0]} if labels else {"verdict": "skipped"}


def _person(value: Any) -> str:
    """Whom Label Studio says an answer is from: an e-mail address, a name or a number; "" for nobody."""
    if isinstance(value, dict):
        return str(value.get("email") or value.get("username") or value.get("id") or "")
    return "" if value is None else str(value)
