"""A run's own words as another Hardlook would write them: passed over by name, or shown without what is unknown."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from core.answers.labels.self_test import newest_self_test
from core.answers.models.papers import assessed
from core.answers.runs.cards import run_card
from core.answers.runs.next_steps import next_steps, run_lines
from core.answers.runs.reproduce import ITS_OPTIONS, reproduction
from core.answers.view.reader import open_reader
from core.cli.app import app
from core.experiments.grids import grid_names, read_grid
from core.experiments.proof import stored_proof
from core.experiments.pruning import stored_pruning
from core.experiments.self_test import self_tests
from core.kinds.evaluate import AGAIN
from core.kinds.registry import all_kinds
from core.report.write import gathered, rendered
from core.store.audit import Audit
from core.store.database.run_words import OF_RUN, wrong_with
from core.store.metrics import read_metrics
from core.types import Run, RunSpec
from tests.audits import build_audit

DEEP, DIGITS = "[" * 20_000 + "]" * 20_000, "1" * 5_000
ROWS: dict[str, tuple[str, Any, str]] = {
    "parameters a list": ("parameters", "[1]", "its parameters is [1], and not an object"),
    "parameters null": ("parameters", "null", "its parameters is null"),
    "no parameters": ("parameters", None, "its parameters is null"),
    "parameters deep": ("parameters", DEEP, "lists lie in each other more than 50 times"),
    "parameters of digits": ("parameters", f'{{"epochs": {DIGITS}}}', "5,000 digits, and 40 are the most"),
    "epochs in words": ("parameters", '{"epochs": "x"}', 'its parameter epochs is "x", and not a whole number'),
    "difficulty of lists": ("parameters", '{"difficulty": {"run": [1]}}', "its parameter difficulty"),
    "inputs null": ("inputs", "null", "its inputs is null"), "no inputs": ("inputs", None, "its inputs is null"),
    "inputs a list": ("inputs", '["items"]', 'its inputs is ["items"]'),
    "inputs of numbers": ("inputs", '{"items": 5}', "and not an object of texts"),
    "versions a number": ("versions", "3", "its versions is 3"), "no versions": ("versions", None, "its versions"),
    "no name": ("name", None, "its name is null"), "no seed": ("seed", None, "its seed is null"),
    "no seconds": ("seconds", None, "its seconds is null"), "endless": ("seconds", float("inf"), "its seconds"),
    "no number of seconds": ("seconds", float("nan"), "its seconds is NaN"),
    "no time": ("created", None, "its created is null"), "no revision": ("revision", None, "its revision is null"),
    "another kind": ("kind", "score", 'it says that it is of the kind "score"'),
}  # fmt: skip
ODD: list[Any] = [None, True, 5, -1, 1e300, "later", "", [], [1], [[]], {}, {"a": [1]}, {"run": [1]}, {"alpha": "x"}]
SOURCES = ("predictions", "checkpoints", "scores", "shards", "file", "arrays")


def say(audit: Audit, run_id: str, column: str, value: Any) -> Path:
    """Write a column of a finished run's row over."""
    path = audit.run_path(run_id)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"UPDATE run SET {column} = ?", [value])
    os.utime(path)
    return path


@pytest.mark.parametrize("kind", ROWS)
def test_a_run_whose_row_another_hardlook_wrote_is_passed_over_by_name(kind: str, tmp_path: Path) -> None:
    column, value, said = ROWS[kind]
    audit = build_audit(tmp_path, n=12).audit
    run = audit.latest("train")
    others = {each.run_id for each in audit.runs()} - {run.run_id}
    path = say(audit, run.run_id, column, value)
    (damaged,) = audit.unreadable_runs()
    assert damaged.path == path
    assert said in damaged.message
    assert f"hardlook runs --delete {run.run_id} --audit sample" in damaged.hint
    if column != "kind":
        assert "It stays for the Hardlook that wrote it." in damaged.hint
    assert {each.run_id for each in audit.runs()} == others
    reader = open_reader(audit)
    assert {one.run_id for one in run_lines(reader)} == others
    assert next_steps(audit, reader)


def test_every_command_goes_on_without_such_a_run_and_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audit = build_audit(tmp_path, n=12).audit
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    (evaluation,) = audit.runs("evaluate")
    say(audit, evaluation.run_id, "parameters", DEEP)
    done = CliRunner().invoke(app, ["runs"])
    assert done.exit_code == 0
    assert "cannot be read" in done.output
    assert f"{evaluation.run_id}.duckdb cannot be read" in done.stderr
    assert CliRunner().invoke(app, ["runs", "--delete", evaluation.run_id]).exit_code == 0
    assert audit.unreadable_runs() == []


@pytest.mark.parametrize("value", [None, "[1]", "null", DEEP, DIGITS])
def test_a_score_whose_parameters_are_none_is_passed_over_with_its_run(value: Any, tmp_path: Path) -> None:
    audit = build_audit(tmp_path, n=12).audit
    run = audit.latest("score", "rmd")
    with duckdb.connect(str(audit.run_path(run.run_id))) as connection:
        connection.execute("UPDATE score_column SET parameters = ?", [value])
    os.utime(audit.run_path(run.run_id))
    (damaged,) = audit.unreadable_runs()
    assert "parameters" in damaged.message
    assert [info.name for info in open_reader(audit).scores] == ["vog_logit_late"]


NEWER = [
    {"against": "later set"}, {"pruning": {"later": 1}, "form": 2}, {"planted": ["later"], "form": 2},
    {"proof": {"later": 1}, "form": 2}, {"pruning": {"later": 1}}, {"levels": {"fog": [1]}}, {"vog_check": 3},
    {"evaluations": 1}, {"words": {}}, {"altered_training": [], "later": {"more": [1]}},
]  # fmt: skip


@pytest.mark.parametrize("parameters", NEWER, ids=str)
def test_what_this_hardlook_does_not_know_of_a_run_stops_no_answer(
    parameters: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = build_audit(tmp_path, n=12).audit
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    (evaluation,) = audit.runs("evaluate")
    say(audit, evaluation.run_id, "parameters", json.dumps(parameters))
    assert audit.unreadable_runs() == []
    reader = open_reader(audit)
    card = run_card(reader, evaluation.run_id)
    assert card is not None
    assert card.again.command.startswith("hardlook ")
    assert not any(one.outcome for one in assessed(reader) if one.section.key in ("pruning", "self-test"))
    assert rendered(gathered(audit))
    assert newest_self_test(reader) is None
    assert stored_proof(reader.hub) is None
    assert stored_pruning(reader.hub.runs, read_metrics(reader.hub)) is None
    assert CliRunner().invoke(app, ["runs"]).exit_code == 0


def test_options_that_mean_nothing_here_are_left_to_who_wrote_them() -> None:
    run = RunSpec("evaluate", "near-ood", {"items": "x", "train": "train-a-1"}, {"against": "later set"})
    made = reproduction(run, "my photos (2)")
    assert made.command == "hardlook evaluate --audit 'my photos (2)'"
    assert made.note.startswith(ITS_OPTIONS)


def _runs(kind: str) -> list[Run]:
    """A run of a kind with an odd value for each parameter that something is told by."""
    names = {name for each in all_kinds() for name in each.reads} | {*AGAIN, "source", "scores", "quick", "only", "k"}
    blank = Run(f"{kind}-x-1", kind, "x", {"items": "x"}, {}, 0, "", 1.0, "2026", {}, "")
    sources: list[dict[str, str]] = [{}, *({"source": source} for source in SOURCES)]
    return [
        replace(blank, parameters={"grid": "g", **source, name: value})
        for source in sources for name in sorted(names) for value in ODD
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [each.name for each in all_kinds()])
def test_any_value_of_any_parameter_is_refused_beforehand_or_goes_through_every_reader(kind: str) -> None:
    taken = 0
    for run in _runs(kind):
        row = {name: getattr(run, name) for name in OF_RUN}
        if wrong_with(row, run.run_id, OF_RUN):
            continue
        taken += 1
        assert reproduction(run, "a").command.startswith("hardlook ")
        for name in grid_names([run]):
            read_grid(name, [run], [])
        stored_pruning([run], [])
        self_tests([run])
    assert taken > 100
