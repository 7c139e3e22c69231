"""What is told beside a run in progress informs, and stops nothing; nor does what lies in the place of its files."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace

import pytest

from core.answers.runs.cards import unfinished_lines
from core.answers.runs.deletion import delete_run, plan_deletion
from core.store.audit import Audit
from core.store.unfinished import progress_path, remove_leftovers_of, told_progress, unfinished_runs
from core.store.writer import RunWriter, run_id, run_once
from tests.store.tearing import NO_FILES, SPEC, UNITS, put_in_place_of, work


def told(**changes: object) -> str:
    """What is told of the run half way, with some of it changed: of its spec, or beside it."""
    whole = {"spec": asdict(SPEC), "unit": "0", "seconds": 2.5}
    beside = {name: value for name, value in changes.items() if name in whole}
    return json.dumps({**whole, "spec": {**asdict(SPEC), **changes}, **beside} if not beside else {**whole, **beside})


TOLD = {
    "nothing": "", "half": "{", "a list": "[]", "a text": '"x"', "null": "null", "bytes": "\udcff",
    "a number for the spec": '{"spec": 3}', "a spec without": '{"spec": {"kind": 1}}', "deep": "[" * 100_000,
    "deep and closed": "[" * 20_000 + "]" * 20_000, "digits": told().replace("2.5", "1" * 5_000),
    "endless": told().replace("2.5", "Infinity"), "no number": told().replace("2.5", "NaN"),
    "beyond": told().replace("2.5", "1e999"), "before the beginning": told(seconds=-1),
    "seconds in words": told(seconds="2"), "seconds true": told(seconds=True), "no unit": told(unit=None),
    "a long unit": told(unit="epoch " + "1" * 5_000), "a unit that is a number": told(unit=3),
    "parameters null": told(parameters=None), "parameters a list": told(parameters=[1]), "kind a list": told(kind=[]),
    "another kind": told(kind="train"), "inputs null": told(inputs=None),
    "inputs of lists": told(inputs={"items": [1]}), "name null": told(name=None), "seed in words": told(seed="0"),
    "seed beyond": told(seed=2**70), "image size in words": told(parameters={"image_size": "x"}),
    "too large": " " * 5_000_000,
}  # fmt: skip


def goes_on(audit: Audit, said: list[str]) -> None:
    """Another run can be deleted while this one is stopped, and this one goes on where it was."""
    (run,) = unfinished_runs(audit)
    assert (run.spec, run.unit, run.seconds, run.writing) == (None, "", 0.0, False)
    assert [(line.state, line.progress[:7]) for line in unfinished_lines(audit, 400)] == [("stopped", "started")]
    other = run_once(audit, replace(SPEC, name="other"), work, d=4)[0]
    assert plan_deletion(audit, other).stopped == ()
    delete_run(audit, other)
    computed: list[str] = []

    def rest(writer: RunWriter) -> None:
        computed.extend(unit for unit in UNITS if unit not in writer.finished())
        work(writer)
        assert told_progress(audit, run_id(SPEC))[0] == UNITS[-1]

    assert run_once(audit, SPEC, rest, d=4, warn=said.append) == (run_id(SPEC), True)
    assert computed == UNITS[1:]
    assert not os.path.lexists(progress_path(audit, run_id(SPEC)))


@pytest.mark.parametrize("kind", TOLD)
def test_progress_that_cannot_be_read_is_as_if_nothing_was_told(half_way: Audit, kind: str) -> None:
    progress_path(half_way, run_id(SPEC)).write_bytes(TOLD[kind].encode("utf-8", "surrogateescape"))
    assert told_progress(half_way, run_id(SPEC)) == ("", 0.0)
    said: list[str] = []
    goes_on(half_way, said)
    assert said == []


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_lies_in_the_place_of_progress_is_set_aside_and_stops_nothing(half_way: Audit, kind: str) -> None:
    path, said = progress_path(half_way, run_id(SPEC)), list[str]()
    put_in_place_of(path, kind)
    goes_on(half_way, said)
    assert [f"set aside as {path.name}.unreadable-1" in line for line in said] == [True]
    assert os.path.lexists(path.with_name(f"{path.name}.unreadable-1"))


@pytest.mark.parametrize("ending", ["", ".wal"])
@pytest.mark.parametrize("kind", NO_FILES)
def test_what_lies_in_the_place_of_an_unfinished_run_is_set_aside(half_way: Audit, kind: str, ending: str) -> None:
    partial, said = half_way.partial_path(run_id(SPEC)), list[str]()
    path = partial.with_name(partial.name + ending)
    put_in_place_of(path, kind)
    remove_leftovers_of(half_way)
    assert [run.writing for run in unfinished_runs(half_way)] == [False]
    assert plan_deletion(half_way, run_id(SPEC)).run_id == run_id(SPEC)
    assert run_once(half_way, SPEC, work, d=4, warn=said.append) == (run_id(SPEC), True)
    assert f"set aside as {path.name}.unreadable-1" in said[0]
    assert half_way.unfinished() == []


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_lies_in_the_place_of_a_finished_run_is_named(half_way: Audit, kind: str) -> None:
    path = half_way.run_path(run_once(half_way, replace(SPEC, name="other"), work, d=4)[0])
    put_in_place_of(path, kind)
    assert half_way.runs() == []
    assert [each.path for each in half_way.unreadable_runs()] == ([] if kind == "a link to nothing" else [path])
