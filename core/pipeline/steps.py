"""What every step shares: what came out of it, and how it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..progress import Reporter
from ..store.audit import Audit, read_runs
from ..store.writer import RunWriter, run_id, run_once
from ..types import Run, RunSpec
from ..wording import duration


@dataclass(frozen=True)
class Done:
    """A finished step: its run, and whether this call computed it."""

    run: Run
    new: bool

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.run.run_id


def compute(
    audit: Audit, spec: RunSpec, work: Callable[[RunWriter], None], reporter: Reporter, *, d: int = 0, k: int = 0
) -> Done:
    """Compute and publish a run, or say that it is there already.

    d, k: embedding dimension and number of classes, where the run's tables have them.
    """
    identity = run_id(spec)
    if audit.partial_path(identity).exists():
        reporter.say(f"{spec.kind} {spec.name}: going on where it was stopped")
    identity, new = run_once(audit, spec, work, d=d, k=k, warn=reporter.warn)
    run = finished_run(audit, spec)
    if new:
        reporter.say(f"{spec.kind} {spec.name}: done in {duration(run.seconds)} ({identity})")
    else:
        reporter.say(f"{spec.kind} {spec.name}: nothing to do, it was computed before ({identity})")
    return Done(run, new)


def finished_run(audit: Audit, spec: RunSpec) -> Run:
    """The published run of a specification."""
    (run,) = read_runs([audit.run_path(run_id(spec))])
    return run
