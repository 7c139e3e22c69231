"""Everything that the sections of a paper need, said beforehand with its time, then done step by step."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ...device import set_threads
from ...errors import (
    OF_THE_MACHINE,
    Degenerate,
    HardlookError,
    MissingRun,
    RunBusy,
    TooFewRows,
    TrainingFailed,
    command,
)
from ...experiments.papers.tried import keep_tried
from ...progress import Reporter
from ...store.audit import Audit
from ...wording import duration
from .steps import PlannedStep, Scale, Task, all_steps

NOTHING_TO_DO_IT_WITH = (TooFewRows, Degenerate, MissingRun)
"""What a step raises where this data or audit has nothing for it: the rest is done, and its sections say so."""


@dataclass(frozen=True)
class Planned:
    """A step with what is left of it. why_not: it cannot be done, and why; then its sections are not computed."""

    step: PlannedStep
    seconds: float
    why_not: str = ""


def plan(task: Task, names: Sequence[str]) -> list[Planned]:
    """The named steps in the order they are done. Raises KeyError on a name that is none: a mistake in this code."""
    known = {one.name: one for one in all_steps()}
    wanted = {known[name].place: known[name] for name in names}
    return [_planned(task, wanted[place]) for place in sorted(wanted)]


def _planned(task: Task, step: PlannedStep) -> Planned:
    try:
        return Planned(step, step.seconds(task))
    except MissingRun:
        return Planned(step, 0.0, "said once the steps before it are done")
    except NOTHING_TO_DO_IT_WITH as error:
        error.name_audit(task.audit.name)
        return Planned(step, 0.0, str(error))


def say_plan(planned: Sequence[Planned], reporter: Reporter) -> None:
    """A line for each step, then how long all of them take."""
    total = sum(one.seconds for one in planned)
    for i, one in enumerate(planned, 1):
        left = f"about {duration(one.seconds)}" if one.seconds else one.why_not or "little or nothing is left to do"
        reporter.say(f"step {i} of {len(planned)}: {one.step.says}: {left}")
    lasts = f"about {duration(total)} on this machine as busy as it is now" if total else "little or nothing"
    reporter.say(f"to do: {lasts}; what is there is kept")


def reproduce(
    audit: Audit, names: Sequence[str], scale: Scale, reporter: Reporter, *, device: str = "auto"
) -> list[HardlookError]:
    """Do the named steps, each from where it was stopped. Returns the errors of those that failed, which are said.

    A step that this data has nothing for is left out with its reason, which its sections say from then on; one that
    fails does not keep the others from being done. Raises DiskFull and Unreachable, which the next would meet too,
    RunBusy, because later steps read what another process computes now, and what ends a process.
    """
    set_threads()
    task = Task(audit, scale, device, reporter)
    planned = plan(task, names)
    say_plan(planned, reporter)
    failed: list[HardlookError] = []
    for i, one in enumerate(planned, 1):
        started = time.monotonic()
        reporter.say(f"step {i} of {len(planned)}: {one.step.says}")
        try:
            left_out = one.step.work(task) or ()
        except (*OF_THE_MACHINE, RunBusy):
            raise
        except HardlookError as error:
            error.name_audit(audit.name)
            lacks = isinstance(error, NOTHING_TO_DO_IT_WITH)
            left_out = (f"{'left out' if lacks else 'failed'}: {one.step.says}: {error}",)
            reporter.warn(left_out[0])
            failed += [] if lacks else [error]
        else:
            reporter.say(f"step {i} of {len(planned)}: done in {duration(time.monotonic() - started)}")
        keep_tried(audit, one.step.name, left_out, reporter.warn)
    return failed


def refuse_failed(failed: Sequence[HardlookError]) -> None:
    """Raise TrainingFailed where steps failed, once everything that could be done and written is."""
    if failed:
        raise TrainingFailed(
            f"{len(failed)} of the steps failed. {'; '.join(one.message for one in failed)}",
            "The others are kept; the same command tries these again.",
            command(None, "runs"),
        )
