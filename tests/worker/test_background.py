from __future__ import annotations

import threading
import time

import pytest

from core.errors import BadInput
from core.worker.background import BackgroundJob, BackgroundJobs, Say


def settled(job: BackgroundJob[int]) -> BackgroundJob[int]:
    """The job once it is done."""
    deadline = time.monotonic() + 5
    while not job.done and time.monotonic() < deadline:
        time.sleep(0.005)  # the job is another thread's; up to the deadline
    assert job.done
    return job


def test_who_asks_again_gets_the_job_that_runs_and_afterwards_a_new_one() -> None:
    jobs, release, runs = BackgroundJobs(), threading.Event(), []

    def work(say: Say) -> int:
        runs.append(1)
        release.wait(5)
        return len(runs)

    first = jobs.start("a", work)
    assert jobs.start("a", work) is first
    assert not first.done
    release.set()
    assert settled(first).result() == 1
    assert jobs.start("a", work).result() == 2


def test_a_job_says_what_it_does_and_how_far_it_is() -> None:
    told, go_on = threading.Event(), threading.Event()

    def work(say: Say) -> int:
        say("Comparing", 3, 4)
        told.set()
        go_on.wait(5)
        say("Finishing", 0, 0)
        return 1

    job = BackgroundJobs().start("a", work)
    assert told.wait(5)
    assert (job.doing, job.share) == ("Comparing", 0.75)
    go_on.set()
    assert job.result() == 1
    assert (job.doing, job.share) == ("Finishing", None)


def test_an_error_is_the_job_s_result_and_does_not_stay() -> None:
    jobs = BackgroundJobs()

    def fail(say: Say) -> int:
        raise BadInput("no such image")

    with pytest.raises(BadInput, match="no such image"):
        settled(jobs.start("a", fail)).result()
    assert jobs.start("a", lambda say: 7).result() == 7
