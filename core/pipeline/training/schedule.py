"""The state of a grid while it is trained: which runs are done, which can start, which failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ...errors import OF_THE_MACHINE, HardlookError, TrainingFailed
from ...progress import Advance, Reporter
from ...store.audit import Audit
from ...store.writer import run_id
from ...wording import duration
from ..steps import finished_run
from .grid_file import GridJob, GridPlan
from .grid_scores import GridScores
from .processes import Ended, Steps
from .request import TrainRequest
from .train import Prepared, prepare


class GridSchedule:
    """The runs of a grid, by their label. Made with everything prepared that can be; what is there counts as done."""

    def __init__(self, audit: Audit, grid: GridPlan, scores: GridScores | None, reporter: Reporter) -> None:
        self.audit, self.grid, self._scores, self._reporter = audit, grid, scores, reporter
        self._once = OnlyWarnings(reporter)
        self.prepared: dict[str, Prepared] = {}
        self.done: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self._running: dict[str, Steps] = {}
        self._steps_done = 0
        for job in grid.jobs:
            self._prepare(job)
        self._steps_there = self._steps_done

    def _waits_for(self, job: GridJob) -> GridJob | None:
        """The run that a job's weights are read from."""
        return self.grid.source_job(job) if job.request.difficulty and job.source else None

    def _prepare(self, job: GridJob) -> None:
        """Prepare a job, making its score first where that is read from a network of the grid that is trained."""
        source = self._waits_for(job)
        if job.label in self.prepared or (source is not None and source.label not in self.done):
            return
        if source is not None and self._scores is not None:
            self._scores.make_of_network(job, self.done[source.label], self._once)
        prepared = prepare(self.audit, self._once, self._request(job))
        self.prepared[job.label] = prepared
        identity = run_id(prepared.spec)
        if self.audit.run_path(identity).exists():
            self.done[job.label] = identity
            self._steps_done += prepared.steps

    def _request(self, job: GridJob) -> TrainRequest:
        """The job's request with its score as an address, so that a worker weighs by the same one."""
        asked = job.request.difficulty
        if asked is None or self._scores is None:
            return job.request
        return replace(job.request, difficulty=replace(asked, score=self._scores.address(job)))

    def following(self) -> tuple[GridJob, TrainRequest] | None:
        """The next job that can start; None if there is none, or none before another ends."""
        for job in self.grid.jobs:
            source = self._waits_for(job)
            if job.label in self.done or job.label in self.failed or job.label in self._running:
                continue
            if source is not None and source.label in self.failed:
                self.failed[job.label] = f"its weights come from {source.label}, which failed"
                continue
            try:
                self._prepare(job)
            except OF_THE_MACHINE:
                raise
            except HardlookError as error:
                error.name_audit(self.audit.name)
                self._fail(job, str(error))
                continue
            if job.label in self.prepared and job.label not in self.done:
                self._running[job.label] = Steps(0, self.prepared[job.label].steps)
                return job, self._request(job)
        return None

    def told(self, job: GridJob, message: Steps | Ended) -> None:
        """Take in what a worker says of its job. Raises what would stop every other job as well."""
        if isinstance(message, Steps):
            self._running[job.label] = message
            return
        message.refuse_machine()
        del self._running[job.label]
        self._steps_done += self.prepared[job.label].steps
        if message.error:
            self._fail(job, f"{message.error} {message.hint}".strip())
            return
        run = finished_run(self.audit, self.prepared[job.label].spec)
        self.done[job.label] = run.run_id
        self._reporter.say(f"{self._count()}: {job.label} in {duration(run.seconds)} ({run.run_id})")

    def _fail(self, job: GridJob, error: str) -> None:
        self.failed[job.label] = error
        self._reporter.warn(f"{self._count()}: {job.label} failed. {error}")

    def _count(self) -> str:
        return f"{len(self.done) + len(self.failed)} of {len(self.grid.jobs)}"

    def steps(self) -> tuple[int, int]:
        """Steps done and to do in all, without those of the jobs that were there at the start.

        Jobs that are not prepared yet count as the mean of the others.
        """
        known = [prepared.steps for prepared in self.prepared.values()]
        done = self._steps_done + sum(each.done for each in self._running.values())
        there = self._steps_there
        return done - there, round(sum(known) / len(known) * len(self.grid.jobs)) - there

    def conclude(self, then: str) -> None:
        """Say that all are there, and what to do then. Raises TrainingFailed, naming them, where some failed."""
        if self.failed:
            listed = "; ".join(f"{label}: {error}" for label, error in self.failed.items())
            raise TrainingFailed(
                f"{len(self.failed)} of {len(self.grid.jobs)} runs failed. {listed}",
                "The others are kept; the same command tries these again.",
            )
        self._reporter.say(f"all {len(self.grid.jobs)} runs are there{then}")


@dataclass(frozen=True)
class OnlyWarnings:
    """A reporter of warnings, each of them once however many runs give it."""

    reporter: Reporter
    given: set[str] = field(default_factory=set)

    def say(self, text: str) -> None:
        """Nothing."""

    def warn(self, text: str) -> None:
        """The first time."""
        if text not in self.given:
            self.given.add(text)
            self.reporter.warn(text)

    @contextmanager
    def bar(self, what: str, unit: str = "images") -> Iterator[Advance]:
        """No bar."""
        yield lambda done, total: None
