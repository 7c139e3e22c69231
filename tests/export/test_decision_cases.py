"""Answers from elsewhere as people have them: each is taken in for whom and what it says, or refused by its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import BadInput, TwoReadings
from core.export.decisions_in import ImportedDecisions
from core.pipeline.export import import_decisions
from core.reviews import ReviewState, conflicts, current, open_journal, rename_class
from core.reviews.entries import By
from core.store.audit import Audit
from tests.audits import build_audit
from tests.cli.test_review import run
from tests.pictures import Heard

ANIMALS = ("cat", "dog", "eel")
KEYS = tuple(f"{name}/{i}.png" for name in ANIMALS for i in range(4))


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    """Twelve images called cat/0.png up to eel/3.png, of the three classes in any order, and one named uniquely."""
    return build_audit(tmp_path / "audits", n=13, runs=False, classes=ANIMALS, files=(*KEYS, "cat/only here.png")).audit


def choices(*labels: str, name: str = "label") -> dict[str, Any]:
    return {"from_name": name, "to_name": "image", "type": "choices", "value": {"choices": list(labels)}}


def task(key: str, *answers: Any, **more: Any) -> dict[str, Any]:
    """A task of a JSON export. answers: results, each of another person; or a dict, an annotation as it is."""
    annotations = [
        each if "result" in each or "was_cancelled" in each else {"completed_by": i, "result": [each]}
        for i, each in enumerate(answers, start=1)
    ]
    return {"id": 1, "data": {"image": "x", **({"key": key} if key else {})}, "annotations": annotations, **more}


def take_in(
    audit: Audit, folder: Path, content: Any, name: str = "answers.json", **asked: Any
) -> tuple[ImportedDecisions, str]:
    file, heard = folder / name, Heard()
    if isinstance(content, pa.Table):
        pq.write_table(content, file)
    else:
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return import_decisions(audit, heard, file, reviewer="importer", **asked), heard.text


def state(audit: Audit, key: str) -> ReviewState:
    journal = open_journal(audit)
    try:
        return current(journal)[key]
    finally:
        journal.close()


def open_conflicts(audit: Audit) -> list[tuple[str, str, str | None]]:
    journal = open_journal(audit)
    try:
        return [(each.key, each.reviewer, each.label) for each in conflicts(journal)]
    finally:
        journal.close()


# Every annotator is a reviewer


def test_annotators_who_disagree_in_one_file_are_a_conflict(audit: Audit, tmp_path: Path) -> None:
    done, said = take_in(audit, tmp_path, [task(KEYS[0], choices("dog"), choices("eel"))])
    assert (done.applied, done.conflicts) == (1, 1)
    assert (state(audit, KEYS[0]).label, state(audit, KEYS[0]).reviewer) == ("dog", "1")
    assert open_conflicts(audit) == [(KEYS[0], "2", "eel")]
    assert "hardlook reviews --conflicts" in said
    assert take_in(audit, tmp_path, [task(KEYS[0], choices("dog"), choices("eel"))])[0].repeated == 2


@pytest.mark.parametrize("name", ["d.csv", "d.tsv", "d.parquet", "D.CSV"])
def test_reviewers_of_a_table_who_disagree_are_a_conflict(audit: Audit, tmp_path: Path, name: str) -> None:
    columns = {"id": [KEYS[0]] * 2 + [KEYS[1]] * 2, "new_label": ["dog", "eel", "dog", "dog"],
               "reviewer": ["ann", "bob"] * 2, "time": ["2024-05-01T10:00:00+02:00", "", "2024-05-02", ""]}  # fmt: skip
    between = "\t" if name.endswith("tsv") else ","
    text = "\n".join(between.join(row) for row in (columns, *zip(*columns.values(), strict=True)))
    done, _ = take_in(audit, tmp_path, pa.table(columns) if name.endswith("parquet") else text, name)
    assert (done.applied, done.agreed, done.conflicts) == (2, 1, 1)
    assert open_conflicts(audit) == [(KEYS[0], "bob", "eel")]
    assert (state(audit, KEYS[0]).reviewer, state(audit, KEYS[0]).time) == ("ann", "2024-05-01T08:00:00.000+00:00")


def test_a_table_may_call_its_reviewers_annotators(audit: Audit, tmp_path: Path) -> None:
    take_in(audit, tmp_path, f"id,label,annotator\n{KEYS[0]},dog,ann\n", "d.csv")
    assert (state(audit, KEYS[0]).label, state(audit, KEYS[0]).reviewer) == ("dog", "ann")


def test_answers_that_name_nobody_are_each_from_somebody_else(audit: Audit, tmp_path: Path) -> None:
    done, _ = take_in(audit, tmp_path, f"id,new_label\n{KEYS[0]},dog\n{KEYS[0]},eel\n", "d.csv")
    assert (done.applied, done.conflicts) == (1, 1)
    assert open_conflicts(audit) == [(KEYS[0], "importer", "eel")]


def test_one_reviewer_s_later_answer_replaces_the_earlier_by_its_time(audit: Audit, tmp_path: Path) -> None:
    answers = [
        {"completed_by": 1, "created_at": f"2024-05-0{day}T12:00:00Z", "result": [choices(label)]}
        for day, label in ((2, "eel"), (1, "dog"))
    ]
    done, said = take_in(audit, tmp_path, [task(KEYS[0], *answers)])
    assert (done.applied, done.conflicts) == (2, 0)
    assert state(audit, KEYS[0]).label == "eel"
    assert "1 answers replaced by a later one" in said


def test_what_is_no_answer_is_counted(audit: Audit, tmp_path: Path) -> None:
    tasks = [
        task(KEYS[0], {"completed_by": 1, "result": []}, drafts=[{"result": []}]),
        task(KEYS[1], {"completed_by": 1, "was_cancelled": True, "result": [choices("dog")]}),
        task(KEYS[2], predictions=[{"result": [choices("dog")]}]),
        task(KEYS[3], {"completed_by": 1, "ground_truth": True, "result": [choices("dog")]}),
    ]
    done, said = take_in(audit, tmp_path, tasks)
    assert (done.applied, done.skipped) == (1, 1)
    for line in ("empty answers: 1", "drafts: 1", "tasks without an answer: 1", "1 answers are marked as ground truth"):
        assert line in said


def test_an_ambiguous_image_keeps_its_label_beside_the_other_choice(audit: Audit, tmp_path: Path) -> None:
    from core.export.rows import collect

    given = {row.key: row.given for row in collect(audit).rows}
    other = next(name for name in ANIMALS if name != given[KEYS[0]])
    take_in(audit, tmp_path, [task(KEYS[0], choices(other, str(given[KEYS[0]])))])
    assert (state(audit, KEYS[0]).label, state(audit, KEYS[0]).second_label) == (given[KEYS[0]], other)


# Which question, which image


def test_other_questions_of_a_project_are_not_read(audit: Audit, tmp_path: Path) -> None:
    both = {"completed_by": 1, "result": [choices("eel", name="background"), choices("cat")]}
    _, said = take_in(audit, tmp_path, [task(KEYS[0], both)])
    assert state(audit, KEYS[0]).label == "cat"
    assert "other controls are not read: 'background'" in said


def test_the_question_whose_answers_are_classes_is_found_whatever_it_is_called(audit: Audit, tmp_path: Path) -> None:
    both = {"completed_by": 1, "result": [choices("blurred", name="quality"), choices("cat", name="animal")]}
    _, said = take_in(audit, tmp_path, [task(KEYS[0], both)])
    assert state(audit, KEYS[0]).label == "cat"
    assert "from the control 'animal'" in said


def test_two_questions_about_classes_are_asked_about(audit: Audit, tmp_path: Path) -> None:
    both = {"completed_by": 1, "result": [choices("eel", name="a"), choices("cat", name="b")]}
    with pytest.raises(TwoReadings, match=r"2 questions.*--control a.*--control b"):
        take_in(audit, tmp_path, [task(KEYS[0], both)])
    take_in(audit, tmp_path, [task(KEYS[0], both)], control="b")
    assert state(audit, KEYS[0]).label == "cat"
    with pytest.raises(BadInput, match="no control 'c'; it has 'a', 'b'"):
        take_in(audit, tmp_path, [task(KEYS[0], both)], control="c")


MIN = {"image": "x", "id": 1, "annotator": 1, "annotation_id": 3}


@pytest.mark.parametrize(
    "fields",
    [{"label": "dog"}, {"choice": "dog"}, {"label": {"choices": ["dog"]}}, {"choice": ["dog"], "note": "not sure"}],
)
def test_json_min_is_read_whatever_the_question_is_called(audit: Audit, tmp_path: Path, fields: Any) -> None:
    take_in(audit, tmp_path, [{**MIN, "key": KEYS[0], **fields}])
    assert state(audit, KEYS[0]).label == "dog"


def test_json_min_whose_fields_hold_no_class_or_two_is_refused_with_what_there_is(audit: Audit, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"No field .* 'choice' \('hound'\).*--control NAME.*--map"):
        take_in(audit, tmp_path, [{**MIN, "key": KEYS[0], "choice": "hound"}])
    take_in(audit, tmp_path, [{**MIN, "key": KEYS[0], "choice": "hound"}], mapping={"hound": "dog"})
    assert state(audit, KEYS[0]).label == "dog"
    with pytest.raises(TwoReadings, match="--control choice"):
        take_in(audit, tmp_path, [{"image": "x", "category": "cat", "choice": "dog"}])


@pytest.mark.parametrize("between", [",", "\t"])
def test_label_studio_s_tables_name_images_by_key_and_not_by_the_task_s_number(
    audit: Audit, tmp_path: Path, between: str
) -> None:
    rows = [
        ["image", "id", "key", "label", "annotator", "annotation_id", "lead_time"],
        ["x", "1", KEYS[3], "dog", "1", "5", "3.2"],
        ["x", "2", KEYS[4], '"{""choices"": [""cat"", ""dog""]}"', "1", "6", "3.2"],
        ["x", "3", KEYS[5], "", "1", "7", "3.2"],
    ]
    text = "\n".join(between.join(row) for row in rows)
    done, said = take_in(audit, tmp_path, text, "ls.tsv" if between == "\t" else "ls.csv")
    assert done.applied == 2
    assert (state(audit, KEYS[3]).label, state(audit, KEYS[4]).verdict) == ("dog", "ambiguous")
    assert "empty answers: 1" in said


@pytest.mark.parametrize(
    "image",
    [
        "/data/upload/1/3f2a91bc-only%20here.png", "s3://bucket/photos/cat/only%20here.png", "only here.png",
        "https://example.org/cat/only%20here.png?size=2", "/data/local-files/?d=photos%2Fcat%2Fonly+here.png",
        "C:\\photos\\cat\\only here.png",
    ],
)  # fmt: skip
def test_a_task_without_a_key_is_found_by_its_file_s_name_where_that_is_unique(
    audit: Audit, tmp_path: Path, image: str
) -> None:
    take_in(audit, tmp_path, [{"id": 7, "data": {"image": image}, "annotations": [{"result": [choices("eel")]}]}])
    assert state(audit, "cat/only here.png").label == "eel"


def test_a_task_that_fits_several_images_or_none_is_named_and_nothing_taken_in_is_an_error(
    audit: Audit, tmp_path: Path
) -> None:
    for image, why in (("/data/upload/1/ab12-0.png", "fits several images: 1 .*fits 3"), ("z.png", "fits no image: 1")):
        with pytest.raises(BadInput, match=f"Nothing of .* was taken in: left out, whose file's name {why}"):
            take_in(audit, tmp_path, [{"data": {"image": image}, "annotations": [{"result": [choices("eel")]}]}])
    with pytest.raises(BadInput, match="of no image of this audit: 1"):
        take_in(audit, tmp_path, "id,new_label\nnobody.png,dog\n", "d.csv")
    with pytest.raises(BadInput, match="it holds no answers"):
        take_in(audit, tmp_path, [])


def test_an_id_of_one_s_own_names_an_image_where_it_is_a_key(audit: Audit, tmp_path: Path) -> None:
    mine = {"id": 1, "data": {"image": "x", "id": KEYS[2]}, "annotations": [{"result": [choices("dog")]}]}
    take_in(audit, tmp_path, [mine])
    assert state(audit, KEYS[2]).label == "dog"


# Classes


def test_choices_that_are_no_class_are_all_named_with_what_maps_them(audit: Audit, tmp_path: Path) -> None:
    tasks = [task(KEYS[0], choices("dogs")), task(KEYS[1], choices("dogs")), task(KEYS[2], choices("a 'fish'"))]
    with pytest.raises(BadInput) as refused:
        take_in(audit, tmp_path, tasks)
    assert "There is no class 'dogs', which 2 answers give; there is 'dog'" in str(refused.value)
    assert "--map dogs=dog" in str(refused.value)
    assert "--add-class" not in str(refused.value)  # a class that is called nearly so is meant, not a new one
    done, _ = take_in(audit, tmp_path, tasks, mapping={"dogs": "dog", "a 'fish'": "eel"})
    assert done.applied == 3
    assert state(audit, KEYS[2]).label == "eel"
    with pytest.raises(BadInput, match=r"No answer of answers\.json is 'cats'"):
        take_in(audit, tmp_path, tasks, mapping={"cats": "cat"})


def test_a_choice_that_no_class_is_called_like_may_be_a_new_class(audit: Audit, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        take_in(audit, tmp_path, [task(KEYS[0], choices("zebra"))])
    assert "--add-class zebra" in str(refused.value)


@pytest.mark.parametrize("between", [",", "\t"])
def test_a_control_of_any_name_is_found_in_a_table_whose_columns_are_sorted(
    audit: Audit, tmp_path: Path, between: str
) -> None:
    # As Label Studio 1.23 writes them: the control before the task's number, a field of the task after it.
    columns = ("annotation_id", "annotator", "choice", "created_at", "id", "key", "lead_time", "updated_at", "weather")
    row = ("1", "ann", "dog", "2024-05-01T10:00:00Z", "1", KEYS[0], "2.5", "2024-05-01T10:00:00Z", "rain")
    text = "\n".join(between.join(line) for line in (columns, row))
    done, _ = take_in(audit, tmp_path, text, "d.csv" if between == "," else "d.tsv")
    assert (done.applied, state(audit, KEYS[0]).label) == (1, "dog")


def test_a_decision_that_went_out_and_came_back_untouched_keeps_its_reviewer_and_time(
    audit: Audit, tmp_path: Path
) -> None:
    decided = {"reviewer": "ann", "reviewed_at": "2024-05-01T10:00:00.000+00:00", "reviewed_label": "dog"}
    tasks = []
    for key, label, lead_time in ((KEYS[0], "dog", None), (KEYS[1], "eel", None), (KEYS[2], "dog", 2.5)):
        tasks.append(task(key, {"completed_by": 7, "result": [choices(label)], "lead_time": lead_time}))
        tasks[-1]["data"] |= decided
    take_in(audit, tmp_path, tasks)
    assert [state(audit, key).reviewer for key in KEYS[:3]] == ["ann", "7", "7"]
    assert state(audit, KEYS[0]).time == decided["reviewed_at"]


def test_a_class_that_was_renamed_since_is_still_that_class(audit: Audit, tmp_path: Path) -> None:
    journal = open_journal(audit)
    rename_class(journal, "dog", "hound", By("ann"))
    journal.close()
    take_in(audit, tmp_path, [task(KEYS[0], choices("dog"))], control="label")
    assert state(audit, KEYS[0]).label == "hound"


def test_the_command_maps_choices_and_ends_with_1_where_nothing_is_taken_in(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    (tmp_path / "a.json").write_text(json.dumps([task(KEYS[0], choices("dogs", name="q"))]))
    command = ("import-decisions", str(tmp_path / "a.json"))
    assert run(*command, monkeypatch=monkeypatch) == 1
    assert run(*command, "--control", "q", "--map", "dogs=dog", monkeypatch=monkeypatch) == 0
    assert run(*command, "--map", "dogs", monkeypatch=monkeypatch) == 1
    (tmp_path / "a.json").write_text(json.dumps([task(KEYS[0])]))
    assert run(*command, monkeypatch=monkeypatch) == 1
    assert "tasks without an answer: 1" in capsys.readouterr().err


# What is no export at all


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([{"data": None}], "Task 1 of answers.json: 'data' is null"),
        ([{"data": [1]}], "'data' is a list"),
        ([None], "'task' is null"),
        ([[]], "'task' is a list"),
        ({"tasks": []}, "no list of tasks"),
        ([task(KEYS[0], {"result": None})], "annotation 1: 'result' is null"),
        ([task(KEYS[0], {"result": [None]})], "'a result' is null"),
        ([task(KEYS[0], {"result": [{"type": "choices", "value": None}]})], "'value' is null"),
        ([task(KEYS[0], {"result": [{"type": "choices", "value": {"choices": None}}]})], "'choices' is null"),
        ([task(KEYS[0], {"result": [{"type": "choices", "value": {"choices": [None]}}]})], "'choices' is null"),
        ([task(KEYS[0], {"result": [{"type": "choices", "value": {"choices": [["dog"]]}}]})], "'choices' is a list"),
        ([task(KEYS[0], {"completed_by": [1], "result": [choices("dog")]})], "'annotator' is a list"),
        ([{"data": {"key": KEYS[0]}, "annotations": None}], "'annotations' is null"),
        ([{"data": {"key": KEYS[0]}, "completions": []}], "Label Studio before 1.0"),
        ([{"data": {"key": 2**63}, "annotations": [{"result": [choices("dog")]}]}], "'key' is a number beyond"),
        ([{"data": {"key": KEYS[0], "seen": 2**63}, "annotations": [{"result": [choices("dog")]}]}], "'seen' is a num"),
        ([{"data": {"key": KEYS[0], "seen": -1}, "annotations": [{"result": [choices("dog")]}]}], "'-1', not a number"),
        ([{"data": {"key": KEYS[0], "seen": True}, "annotations": [{"result": [choices("dog")]}]}], "'True', not a"),
        ([task(KEYS[0], choices("dog", "cat", "eel"))], "names 3 classes"),
        ([task(KEYS[0], {"result": [{"type": "rectanglelabels", "value": {}}]})], "no choices, but 1 rectanglelabels"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"data": {"key": "\\ud800"}, "annotations": [{"result": []}]}]', "half a surrogate pair|no answers"),
        ("", "could not be read"),
        ("9" * 5000, "could not be read"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_place(audit: Audit, tmp_path: Path, content: Any, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        take_in(audit, tmp_path, content)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id;new_label\na;dog\n", "separated by semicolons"),
        (
            f"id,new_label\n{KEYS[0]},{'x' * 200_000}\n",
            "Row 1 of d.csv: 'new_label' has 200,000 characters, and 10,000",
        ),
        (f"id,new_label\n{KEYS[0]}, dog\n", r"no class ' dog'.*--map ' dog=dog'"),
        (f"id,new_label,seen\n{KEYS[0]},dog,99999999999999999999\n", "9223372036854775807 is the most"),
        (f"id,new_label,seen\n{KEYS[0]},dog,{'9' * 5000}\n", "is the most"),
        (f"id,new_label,seen\n{KEYS[0]},dog,1.5\n", r"'1\.5', not a number"),
        (f"id,new_label\n{KEYS[0]},dog,more\n", "could not be read"),
        ("id,id\na,b\n", "'id' twice"),
        ("id,verdic\na,b\n", "no column 'new_label' and no 'verdict'"),
        ("", "could not be read"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_by_row_and_field(
    audit: Audit, tmp_path: Path, text: str, reason: str
) -> None:
    with pytest.raises(BadInput, match=reason):
        take_in(audit, tmp_path, text, "d.csv")


def test_cells_of_a_parquet_table_that_are_no_text_are_refused(audit: Audit, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"Row 1 of d\.parquet: 'new_label' is a list"):
        take_in(audit, tmp_path, pa.table({"id": [KEYS[0]], "new_label": [["dog"]]}), "d.parquet")
    with pytest.raises(BadInput, match="'id' is a bytes"):
        take_in(audit, tmp_path, pa.table({"id": [b"x"], "new_label": ["dog"]}), "d.parquet")


def test_an_answer_that_knows_entries_of_another_journal_counts_as_knowing_none(audit: Audit, tmp_path: Path) -> None:
    take_in(audit, tmp_path, f"id,new_label\n{KEYS[0]},dog\n", "d.csv")
    done, said = take_in(audit, tmp_path, f"id,new_label,seen\n{KEYS[0]},eel,500\n", "e.csv")
    assert done.conflicts == 1
    assert "1 answers have seen entries that this journal does not have" in said
