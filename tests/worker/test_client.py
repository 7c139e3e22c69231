"""The worker's loop and its client, with handlers of our own: no PyTorch, and one real process each."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import HardlookError
from core.worker.client import WorkerClient, WorkerFailed, quiet
from core.worker.messages import BrokenFrame, Frame, read_frame, write_frame

ROOT = Path(__file__).parents[2]

OURS = """
import os, sys, time
from core.errors import BadInput
from core.worker.messages import Frame
from core.pipeline.worker.process import serve

def double(frame, say):
    say("Doubling", 1, 2)
    return Frame({"said": frame.message.get("text", "")}, {"twice": 2 * frame.arrays["x"]})

def fail(frame, say):
    raise BadInput("No text side.", "Embed with another encoder.")

def stumble(frame, say):
    raise ZeroDivisionError("one over zero")

def die(frame, say):
    os._exit(3)

def sleep(frame, say):
    time.sleep(60)

def chatter(frame, say):
    print("a library's line")
    return Frame({"process": os.getpid()})

answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
found = {each.__name__: each for each in (double, fail, stumble, die, sleep, chatter)}
serve(os.fdopen(os.dup(0), "rb"), answers, lambda: found, float(sys.argv[1]))
os._exit(0)
"""


@pytest.fixture
def make() -> Iterator[Callable[..., WorkerClient]]:
    """Workers over the handlers above, ended afterwards."""
    made: list[WorkerClient] = []

    def one(idle_seconds: float = 30) -> WorkerClient:
        made.append(WorkerClient([sys.executable, "-c", OURS, str(idle_seconds)]))
        return made[-1]

    yield one
    for worker in made:
        worker.stop()


def gone(process_id: int) -> bool:
    """Whether the process ended within five seconds; a zombie that waits for its parent has."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)  # another process has to come so far; up to the deadline
    return False


def test_a_frame_comes_back_as_it_was_sent() -> None:
    stream = BytesIO()
    arrays: dict[str, NDArray[Any]] = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "empty": np.empty((0, 4), np.uint8),
    }
    write_frame(stream, Frame({"text": "Ünïcode\n", "n": 3}, arrays))
    stream.seek(0)
    frame = read_frame(stream)
    assert frame is not None
    assert frame.message == {"text": "Ünïcode\n", "n": 3}
    for name, array in arrays.items():
        np.testing.assert_array_equal(frame.arrays[name], array, strict=True)
    assert read_frame(stream) is None


def test_neither_cut_off_nor_huge_nor_pickled_parts_are_taken() -> None:
    stream = BytesIO()
    write_frame(stream, Frame({"n": 1}, {"a": np.zeros(50)}))
    whole = stream.getvalue()
    for cut in (2, 10, len(whole) - 1):
        with pytest.raises(BrokenFrame):
            read_frame(BytesIO(whole[:cut]))
    with pytest.raises(BrokenFrame, match="at most"):
        read_frame(BytesIO(b"\xff\xff\xff\xff" + whole[4:]))
    with pytest.raises(ValueError, match="Object arrays"):
        write_frame(BytesIO(), Frame({}, {"a": np.array([{}], dtype=object)}))
    pickled = BytesIO()
    np.save(pickled, np.array([{}], dtype=object), allow_pickle=True)
    header = b'{"message": {}, "arrays": {"a": %d}}' % len(pickled.getvalue())
    with pytest.raises(BrokenFrame, match="allow_pickle"):
        read_frame(BytesIO(len(header).to_bytes(4, "big") + header + pickled.getvalue()))


def test_a_request_is_answered_and_its_progress_is_told(make: Callable[..., WorkerClient]) -> None:
    told: list[tuple[str, int, int]] = []
    worker = make()
    answer = worker.ask("double", Frame({"text": "a"}, {"x": np.arange(3)}), say=lambda *said: told.append(said))
    np.testing.assert_array_equal(answer.arrays["twice"], [0, 2, 4])
    assert answer.message["said"] == "a"
    assert told[0] == ("Starting the worker", 0, 0)
    assert told[-1] == ("Doubling", 1, 2)


def test_errors_come_back_in_words_and_the_worker_goes_on(make: Callable[..., WorkerClient]) -> None:
    worker = make()
    before = worker.ask("chatter", Frame({}), say=quiet).message["process"]
    with pytest.raises(HardlookError) as caught:
        worker.ask("fail", Frame({}), say=quiet)
    assert (caught.value.message, caught.value.hint) == ("No text side.", "Embed with another encoder.")
    with pytest.raises(HardlookError, match="ZeroDivisionError: one over zero"):
        worker.ask("stumble", Frame({}), say=quiet)
    with pytest.raises(HardlookError, match="knows no request 'nonesuch'"):
        worker.ask("nonesuch", Frame({}), say=quiet)
    assert worker.ask("chatter", Frame({}), say=quiet).message["process"] == before == worker.process_id


def test_after_a_crash_the_next_request_starts_another(make: Callable[..., WorkerClient]) -> None:
    worker = make()
    with pytest.raises(WorkerFailed, match="exit code 3 during 'die'"):
        worker.ask("die", Frame({}), say=quiet)
    assert worker.ask("chatter", Frame({}), say=quiet).message["process"] == worker.process_id


def test_a_request_that_takes_too_long_ends_the_worker(make: Callable[..., WorkerClient]) -> None:
    worker = make()
    worker.ask("chatter", Frame({}), say=quiet)
    process_id = worker.process_id
    assert process_id is not None
    with pytest.raises(WorkerFailed, match="did not finish 'sleep' in time"):
        worker.ask("sleep", Frame({}), say=quiet, timeout=0.2)
    assert gone(process_id)
    assert worker.ask("chatter", Frame({}), say=quiet).message["process"] != process_id


def test_an_idle_worker_ends_and_comes_back_when_asked(make: Callable[..., WorkerClient]) -> None:
    worker = make(idle_seconds=0.1)
    first = worker.ask("chatter", Frame({}), say=quiet).message["process"]
    deadline = time.monotonic() + 5
    while worker.process_id is not None and time.monotonic() < deadline:
        time.sleep(0.02)  # another process has to come so far; up to the deadline
    assert worker.process_id is None
    assert worker.ask("chatter", Frame({}), say=quiet).message["process"] != first


def test_requests_of_several_threads_share_one_worker(make: Callable[..., WorkerClient]) -> None:
    worker, found = make(), {}

    def ask(i: int) -> None:
        found[i] = worker.ask("double", Frame({"text": str(i)}, {"x": np.array(i)}), say=quiet)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert {i: (answer.message["said"], int(answer.arrays["twice"])) for i, answer in found.items()} == {
        i: (str(i), 2 * i) for i in range(8)
    }


def test_the_worker_ends_when_the_dashboard_is_killed_amid_a_request() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", f"""
import threading, time
from core.worker.messages import Frame
from core.worker.client import WorkerClient, quiet
worker = WorkerClient([{sys.executable!r}, "-c", {OURS!r}, "60"])
print(worker.ask("chatter", Frame({{}}), say=quiet).message["process"], flush=True)
worker.ask("sleep", Frame({{}}), say=lambda *said: print(said, flush=True))
"""],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.stdout.readline()  # the request to sleep has begun
        os.kill(parent.pid, signal.SIGKILL)
    assert gone(child)


def test_the_client_loads_no_torch() -> None:
    script = "import sys, core.worker.client; assert not {'torch', 'faiss'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_the_real_worker_starts_and_answers() -> None:
    """Takes seconds: it is the one test that loads PyTorch in a process of its own, as the dashboard has it done."""
    worker = WorkerClient(idle_seconds=30)
    try:
        with pytest.raises(HardlookError, match="knows no request 'nonesuch'"):
            worker.ask("nonesuch", Frame({}), say=quiet)
    finally:
        worker.stop()
