"""The steps of a reproduction: planned, done in their order, left out with a word; one that fails stops no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput, DiskFull, HardlookError, RunBusy, TooFewRows, TrainingFailed, Unreachable
from core.experiments.papers import all_sections
from core.experiments.papers.tried import steps_tried
from core.pipeline.reproduce import reproduce as room
from core.pipeline.reproduce.grid import held_out_classes, nearest_classes, planned
from core.pipeline.reproduce.reproduce import refuse_failed, reproduce
from core.pipeline.reproduce.steps import FULL, QUICK, PlannedStep, Task, all_steps, step
from tests.audits import build_audit
from tests.pictures import Heard


def test_every_step_that_a_section_names_is_there_and_every_one_is_used() -> None:
    needed = {name for section in all_sections() for name in section.steps}
    assert needed <= {one.name for one in all_steps()}
    with pytest.raises(ValueError, match="registered twice"):
        step(all_steps()[0].name, "", place=1, seconds=lambda _: 0.0)


def test_nearest_pairs_give_one_class_each() -> None:
    centres = np.array(
        [[0.0, 0], [0.1, 0], [5, 0], [5.2, 0], [9, 9], [20, 0], [30, 0], [np.nan, np.nan], [40, 0], [50, 0]]
    )
    assert nearest_classes(centres) == [0, 2]
    assert nearest_classes(centres[:5]) == [0]


def test_the_grid_is_made_for_the_data(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=120, n_classes=5, computable=True)
    task = Task(made.audit, QUICK, "cpu", Heard())
    held_out = held_out_classes(task)
    assert len(held_out) == 1
    plan = planned(task)
    assert plan.name == QUICK.name
    assert {job.request.held_out_classes for job in plan.jobs} == {tuple(held_out)}
    assert {job.request.seed for job in plan.jobs} == {0, 1, 2}
    full = planned(replace(task, scale=FULL))
    assert {job.request.method for job in plan.jobs} <= {job.request.method for job in full.jobs}
    few = build_audit(tmp_path, "few", n=40, n_classes=3, computable=True)
    assert held_out_classes(replace(task, audit=few.audit)) == []


def test_steps_are_done_in_their_order_and_one_that_fails_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def planted(name: str, place: int, error: Exception | None = None, *, early: bool = False) -> PlannedStep:
        def seconds(_: Task) -> float:
            if error and early:
                raise error
            return 90.0

        def work(_: Task) -> None:
            done.append(name)
            if error:
                raise error

        return PlannedStep(name, f"do {name}", place, seconds, work)

    steps = [
        planted("last", 9), planted("fails", 2, BadInput("It broke.")), planted("lacks", 3, TooFewRows("Too few.")),
        planted("cannot be planned", 4, TooFewRows("None."), early=True),
    ]  # fmt: skip
    monkeypatch.setattr(room, "all_steps", lambda: steps)
    heard = Heard()
    audit = build_audit(tmp_path, n=8, runs=False).audit
    failed = reproduce(audit, [one.name for one in steps], QUICK, heard)
    assert done == ["fails", "lacks", "cannot be planned", "last"]
    assert [str(one) for one in failed] == ["It broke."]
    assert "to do: about 4 min 30 s" in heard.text
    assert "left out: do lacks: Too few." in heard.text
    assert "step 4 of 4: do last" in heard.text
    assert steps_tried(audit) == {
        "fails": ("failed: do fails: It broke.",), "lacks": ("left out: do lacks: Too few.",),
        "cannot be planned": ("left out: do cannot be planned: None.",), "last": (),
    }  # fmt: skip
    steps[1] = planted("fails", 2)
    assert reproduce(audit, ["fails"], QUICK, heard) == []
    assert steps_tried(audit)["fails"] == ()
    with pytest.raises(TrainingFailed, match=r"1 of the steps failed\. It broke\."):
        refuse_failed(failed)
    refuse_failed([])
    audit.write_manifest(items="another")
    assert steps_tried(audit) == {}  # of other images


@pytest.mark.parametrize("kind", [DiskFull, Unreachable, RunBusy])
def test_what_every_later_step_would_meet_too_ends_them_all(
    kind: type[HardlookError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def first(_: Task) -> None:
        raise kind("It stopped.", "Mend it and run the same command again.")

    steps = [
        PlannedStep("first", "do first", 1, lambda _: 90.0, first),
        PlannedStep("second", "train for hours", 2, lambda _: 90.0, lambda _: done.append("second")),
    ]
    monkeypatch.setattr(room, "all_steps", lambda: steps)
    audit = build_audit(tmp_path, n=8, runs=False).audit
    with pytest.raises(kind, match="It stopped"):
        reproduce(audit, ["first", "second"], QUICK, Heard())
    assert done == []
    assert steps_tried(audit) == {}  # the step was not left out: the same command does it
