"""People's answers from a Label Studio export: JSON, JSON-MIN, CSV and TSV."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..dataset.tables.usual_names import IMAGE_NAMES
from ..errors import BadInput
from ..reviews import AMBIGUOUS, SKIPPED
from ..wording import some_of
from .answers import Answer, Answers, expect, moment, text, whole
from .label_studio import CONTROL, DECIDED, OBJECT
from .label_studio_controls import StudioControl, choose_control

OWN_FIELDS = frozenset(
    ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "was_cancelled", "file_upload")
)  # fmt: skip
"""What Label Studio itself puts beside a task's data in JSON-MIN and in tables."""

OUR_FIELDS = frozenset((OBJECT, "key", "content_hash", "given_label", "split", "seen", *DECIDED))
"""What `hardlook export --format labelstudio` puts into a task's data."""

LONGEST_NUMBER = sys.get_int_max_str_digits()
CHOICES = "choices"
EMPTY, UNANSWERED, DRAFTS = "empty answers", "tasks without an answer", "drafts"


@dataclass(frozen=True, slots=True)
class _Given:
    """What one person gave to one task. choices: control -> the choices made. others: types of other results.

    untouched: whether nobody has spent time on it, so that it may be the annotation that the task came with.
    """

    where: str
    data: Mapping[str, Any]
    person: str
    time: str
    cancelled: bool
    choices: Mapping[str, tuple[str, ...]]
    others: tuple[str, ...] = ()
    in_table: bool = False
    untouched: bool = False


@dataclass
class _Reading:
    """What is counted while a file is read."""

    given: list[_Given] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)


def read_json(file: Path, classes: Collection[str], control: str = "") -> Answers:
    """Answers of a JSON or JSON-MIN export. classes: of the audit, with names that mean one. control: which question.

    Each person's answer is one; a cancelled one is a skip, two choices make an image ambiguous; empty answers, drafts
    and tasks without an answer are counted. Raises BadInput naming the task.
    """
    reading = _Reading()
    for number, task in enumerate(_tasks(file), start=1):
        where = f"Task {number} of {file.name}"
        fields = expect(task, dict, where, "task")
        if "data" in fields:
            reading.given += _of_task(fields, where, reading)
        else:
            reading.given.append(_of_row(fields, where))
    return _answers(file.name, reading, classes, control)


def read_table(rows: Sequence[Mapping[str, Any]], name: str, classes: Collection[str], control: str = "") -> Answers:
    """The same of the rows of a CSV or TSV export."""
    reading = _Reading(given=[_of_row(row, f"Row {number} of {name}") for number, row in enumerate(rows, start=1)])
    return _answers(name, reading, classes, control)


def is_export(columns: Collection[str]) -> bool:
    """Whether a table's columns are those of a Label Studio export."""
    return bool({"annotation_id", "lead_time"} & set(columns)) and "verdict" not in columns


def _tasks(file: Path) -> list[Any]:
    try:
        tasks = json.loads(file.read_bytes())
    except RecursionError as error:
        raise BadInput(
            f"{file} is nested too deeply to be a Label Studio export.", "Export the project again."
        ) from error
    except (OSError, ValueError) as error:
        why = (
            f"it holds a number of more than {LONGEST_NUMBER:,} digits" if "digits" in str(error) else str(error)[:300]
        )
        raise BadInput(f"{file} could not be read: {why}.", "Export the project as JSON again.") from error
    if not isinstance(tasks, list):
        raise BadInput(f"{file} is no list of tasks.", "Export the project as JSON or JSON-MIN.")
    return tasks


def _of_task(task: Mapping[str, Any], where: str, reading: _Reading) -> list[_Given]:
    """What people gave to a task of a JSON export, in the order of their times where all are known."""
    data = expect(task["data"], dict, where, "data")
    if "completions" in task:
        raise BadInput(f"{where} has 'completions', of a Label Studio before 1.0.", "Export it from a newer one.")
    drafts = expect(task.get("drafts", []), list, where, "drafts")
    reading.left_out[DRAFTS] += len(drafts)
    annotations = expect(task.get("annotations", []), list, where, "annotations")
    if not annotations:
        reading.left_out[UNANSWERED] += 1
    given = [
        _of_annotation(annotation, data, f"{where}, annotation {number}", reading)
        for number, annotation in enumerate(annotations, start=1)
    ]
    return sorted(given, key=lambda each: each.time) if all(each.time for each in given) else given


def _of_annotation(annotation: Any, data: Mapping[str, Any], where: str, reading: _Reading) -> _Given:
    fields = expect(annotation, dict, where, "annotation")
    if fields.get("ground_truth"):
        reading.notes["answers are marked as ground truth"] += 1
    choices: dict[str, list[str]] = {}
    others = []
    for result in expect(fields.get("result", []), list, where, "result"):
        kind = text(expect(result, dict, where, "a result").get("type"), where, "type")
        if kind != CHOICES:
            others.append(kind)
            continue
        value = expect(result.get("value"), dict, where, "value")
        name = text(result.get("from_name", CONTROL), where, "from_name")
        choices.setdefault(name, []).extend(_listed(value.get(CHOICES), where, CHOICES))
    return _Given(
        where, data, _person(fields.get("completed_by"), where),
        moment(fields.get("created_at"), where, "created_at"), bool(fields.get("was_cancelled")),
        {name: tuple(dict.fromkeys(labels)) for name, labels in choices.items()}, tuple(others),
        untouched=_is_none(fields.get("lead_time")),
    )  # fmt: skip


def _of_row(row: Mapping[str, Any], where: str) -> _Given:
    """What JSON-MIN and tables have: the task's data and the answers side by side, each control a field."""
    choices, others = {}, []
    for name in _answer_fields(list(row)):
        value = _unpacked(row[name])
        if isinstance(value, dict) and CHOICES in value:
            value = value[CHOICES]
            _listed(value, where, name)
        if isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value)):
            choices[name] = tuple(dict.fromkeys(_listed([value] if isinstance(value, str) else value, where, name)))
        elif value is not None:
            others.append(name)
    cancelled = row.get("was_cancelled") in (True, "true", "True", "1")
    person, time = _person(row.get("annotator"), where), moment(row.get("created_at"), where, "created_at")
    return _Given(where, row, person, time, cancelled, choices, tuple(others), True, _is_none(row.get("lead_time")))


def _answer_fields(names: Sequence[str]) -> list[str]:
    """The fields that may be controls: in JSON-MIN they come after the task's own and its number; tables are sorted."""
    possible = [name for name in names if name not in OWN_FIELDS and name not in OUR_FIELDS]
    if list(names) == sorted(names):
        return possible
    after = [name for name in possible if "id" in names and names.index(name) > names.index("id")]
    return after or possible


def _unpacked(value: Any) -> Any:
    """A table's cell that is JSON, as Label Studio writes several choices; other cells as they are."""
    if not (isinstance(value, str) and value.startswith(("{", "["))):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _listed(value: Any, where: str, name: str) -> list[str]:
    """A list of choices without the empty ones."""
    listed = expect(value, list, where, name)
    return [text(expect(each, str, where, name), where, name) for each in listed if each != ""]


def _person(value: Any, where: str) -> str:
    """Whom Label Studio says an answer is from: an e-mail address, a name or a number; "" for nobody."""
    if isinstance(value, dict):
        value = value.get("email") or value.get("username") or value.get("id")
    return text(value, where, "annotator")


def _answers(name: str, reading: _Reading, classes: Collection[str], asked: str) -> Answers:
    controls, ours = _controls(reading.given), all("key" in each.data for each in reading.given)
    others = Counter(kind for each in reading.given for kind in each.others)
    in_table = any(each.in_table for each in reading.given)
    chosen = choose_control(name, controls, others, classes, asked, ours=ours, in_table=in_table)
    answers = [answer for each in reading.given for answer in _answer(each, chosen, reading)]
    notes = [f"answers are from the control {chosen!r}"] if chosen else []
    notes += [f"{count:,} {what}" for what, count in reading.notes.items()]
    unread = sorted({each.name for each in controls} - {chosen}) if not in_table else []
    notes += [f"other controls are not read: {some_of(unread, 20)}"] if unread else []
    return Answers(tuple(answers), +reading.left_out, tuple(notes))


def _controls(given: Sequence[_Given]) -> list[StudioControl]:
    """Every control, or field of a table that may be one, with the answers it got."""
    counts: dict[str, Counter[str]] = {}
    for each in given:
        for name, choices in each.choices.items():
            counts.setdefault(name, Counter()).update(choices)
    return [StudioControl(name, count) for name, count in counts.items()]


def _answer(given: _Given, control: str, reading: _Reading) -> Iterator[Answer]:
    labels = given.choices.get(control, ())
    about = _as_decided(_about(given), given, labels)
    if given.cancelled:
        yield replace(about, verdict=SKIPPED)
    elif not labels:
        reading.left_out[EMPTY] += 1
    elif len(labels) == 1:
        yield replace(about, label=labels[0])
    elif len(labels) == 2:
        yield replace(about, label=labels[0], second_label=labels[1], verdict=AMBIGUOUS)
    else:
        raise BadInput(
            f"{given.where} names {len(labels)} classes: {', '.join(map(repr, labels[:5]))}.",
            "An image has one class, or two where it is ambiguous.",
        )


def _as_decided(about: Answer, given: _Given, labels: Sequence[str]) -> Answer:
    """The answer under the name and time of the decision that the task came with, where it still is that decision.

    Label Studio gives what it imports to whoever imports it; an annotation that was opened there has a lead time.
    """
    reviewer, time, *decided = (text(given.data.get(name), given.where, name) for name in DECIDED)
    if not (given.untouched and reviewer and list(labels) == [label for label in decided if label]):
        return about
    return replace(about, reviewer=reviewer, time=moment(time, given.where, DECIDED[1]))


def _is_none(value: Any) -> bool:
    return value is None or value == ""


def _about(given: _Given) -> Answer:
    data, where = given.data, given.where
    other = "" if given.in_table else text(_plain(data.get("id")), where, "id")  # a table's id is the task's number
    image = next((data[name] for name in IMAGE_NAMES if isinstance(data.get(name), str)), "")
    image = image or next((each for each in data.values() if isinstance(each, str) and "/" in each), "")
    return Answer(
        where, text(data.get("key"), where, "key"), other, text(image, where, OBJECT), reviewer=given.person,
        time=given.time, content_hash=text(data.get("content_hash"), where, "content_hash"),
        seen=whole(data.get("seen"), where, "seen"),
    )  # fmt: skip


def _plain(value: Any) -> Any:
    """An id of the user's own, where it is one value."""
    return value if isinstance(value, str | int) else None
