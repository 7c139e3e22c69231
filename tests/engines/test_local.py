from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engines.local import Batch, interrupts_held, plan_batches, run_batches


def rows_of(batches: list[Batch]) -> list[int]:
    return [row for batch in batches for row in range(batch.start, batch.stop)]


def test_batches_are_cut_at_multiples_of_the_size() -> None:
    assert plan_batches(10, 4) == [Batch(0, 4), Batch(4, 8), Batch(8, 10)]
    assert plan_batches(0, 4) == []


def test_finished_batches_are_left_out_and_other_units_passed_over() -> None:
    assert plan_batches(10, 4, {"4-8", "reused 3-fa", "start"}) == [Batch(0, 4), Batch(8, 10)]


@given(n=st.integers(0, 60), first=st.integers(1, 17), second=st.integers(1, 17), taken=st.sets(st.integers(0, 59)))
def test_another_batch_size_repeats_no_row_and_loses_none(n: int, first: int, second: int, taken: set[int]) -> None:
    earlier = [batch for place, batch in enumerate(plan_batches(n, first)) if place in taken]
    later = plan_batches(n, second, [batch.unit for batch in earlier])
    assert sorted(rows_of(earlier) + rows_of(later)) == list(range(n))
    assert all(batch.start // second == (batch.stop - 1) // second for batch in later)


def test_commits_come_in_order_in_the_calling_thread_however_long_loading_takes() -> None:
    batches, committed, progress = plan_batches(40, 4), [], []

    def load(batch: Batch) -> int:
        time.sleep(0.02 if batch.start % 8 == 0 else 0)  # every other load is slow: order must not depend on it
        assert threading.current_thread() is not threading.main_thread()
        return batch.start

    def commit(batch: Batch, value: int) -> None:
        assert threading.current_thread() is threading.main_thread()
        assert value == batch.start * 10
        committed.append(batch)

    run_batches(batches, load, lambda x: x * 10, commit, workers=3, progress=lambda *at: progress.append(at))
    assert committed == batches
    assert progress == [(done, 40) for done in range(4, 41, 4)]


def test_no_more_than_a_bounded_number_of_batches_wait_in_memory() -> None:
    held, most, lock = 0, 0, threading.Lock()

    def load(batch: Batch) -> Batch:
        nonlocal held, most
        with lock:
            held += 1
            most = max(most, held)
        return batch

    def commit(batch: Batch, computed: Batch) -> None:
        nonlocal held
        time.sleep(0.003)  # slow commits, so that loading would run ahead if nothing held it
        with lock:
            held -= 1

    run_batches(plan_batches(60, 1), load, lambda x: x, commit, workers=2)
    assert most <= 4  # two being decoded, one waiting, one being computed


def test_loading_overlaps_computing() -> None:
    def slowly(value: Batch) -> Batch:
        time.sleep(0.03)  # long against the cost of a thread, short against the suite
        return value

    started = time.perf_counter()
    run_batches(plan_batches(10, 1), slowly, slowly, lambda batch, computed: None, workers=1)
    assert time.perf_counter() - started < 0.5  # one after the other takes 0.6 s, overlapped 0.33 s


@pytest.mark.parametrize("broken", ["load", "compute", "commit"])
def test_an_exception_keeps_what_was_committed_and_names_the_rows(broken: str) -> None:
    committed: list[Batch] = []

    def step(name: str, batch: Batch) -> Batch:
        if name == broken and batch.start == 4:
            raise ValueError("bad pixels")
        return batch

    def commit(batch: Batch, computed: Batch) -> None:
        committed.append(step("commit", batch))

    with pytest.raises(ValueError, match="bad pixels") as raised:
        run_batches(
            plan_batches(12, 2), lambda batch: step("load", batch), lambda batch: step("compute", batch), commit,
            workers=2,
        )  # fmt: skip
    assert raised.value.__notes__ == ["(rows 4 to 5)"]
    assert committed == [Batch(0, 2), Batch(2, 4)]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("decode")]


def test_a_run_that_was_interrupted_goes_on_to_the_same_result() -> None:
    whole: dict[str, int] = {}
    run_batches(plan_batches(20, 3), lambda b: b, lambda b: b.start, lambda b, v: whole.update({b.unit: v}))
    resumed: dict[str, int] = {}

    def until_the_third(batch: Batch, value: int) -> None:
        if len(resumed) == 3:
            raise KeyboardInterrupt
        resumed[batch.unit] = value

    with pytest.raises(KeyboardInterrupt):
        run_batches(plan_batches(20, 3), lambda b: b, lambda b: b.start, until_the_third)
    run_batches(plan_batches(20, 3, resumed), lambda b: b, lambda b: b.start, lambda b, v: resumed.update({b.unit: v}))
    assert resumed == whole


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C interrupts, also where the tests run as a shell's background job, which starts with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_during_a_commit_waits_for_its_end(interruptible: None) -> None:
    committed: list[str] = []

    def commit(batch: Batch, value: Batch) -> None:
        if batch.start == 2:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)  # were it not held, the interrupt would arrive here
        committed.append(batch.unit)

    with pytest.raises(KeyboardInterrupt):
        run_batches(plan_batches(10, 2), lambda b: b, lambda b: b, commit)
    assert committed == ["0-2", "2-4"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_interrupts_are_left_alone_outside_the_main_thread() -> None:
    failures: list[BaseException] = []

    def held() -> None:
        try:
            with interrupts_held():
                pass
        except ValueError as error:
            failures.append(error)

    thread = threading.Thread(target=held)
    thread.start()
    thread.join()
    assert failures == []
