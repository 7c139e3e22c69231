"""Shards by processes: whatever becomes of a process or a driver, each shard is done once, or named."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.engines import driving
from core.engines.driving import run_one, run_shards
from core.engines.ledger import LEASE, Ledger
from core.engines.processes import ShardProcesses
from core.errors import DiskFull, HardlookError
from tests.engines.toy import begun, toy

ROOT = Path(__file__).parents[2]


def drive(ledger: Ledger, count: int, workers: int = 2, seconds: float = 0.0) -> Counter[str]:
    """Have the shards done; how often each was begun."""
    with ShardProcesses(workers) as processes:
        run_shards(ledger, range(count), toy(ledger, seconds), processes, lambda standing: None)
    return begun(ledger)


def test_every_shard_is_done_once_and_a_second_call_does_nothing(ledger: Ledger) -> None:
    assert drive(ledger, 9) == Counter(map(str, range(9)))
    assert drive(ledger, 9) == Counter(map(str, range(9)))
    assert ledger.standing().done == set(range(9))
    assert list((ledger.folder / "claims").iterdir()) == []


def test_a_process_that_is_killed_is_replaced_and_its_shard_done_again(ledger: Ledger) -> None:
    (ledger.folder / "once-4").touch()
    assert drive(ledger, 8) == Counter({**dict.fromkeys(map(str, range(8)), 1), "4": 2})
    assert ledger.standing().done == set(range(8))


def test_a_shard_that_kills_its_process_three_times_is_quarantined_and_the_rest_finished(ledger: Ledger) -> None:
    for name in ("kill-2", "wrong-3", "refuse-5"):
        (ledger.folder / name).touch()
    tried = drive(ledger, 8)
    assert (tried["2"], tried["3"], tried["5"]) == (3, 3, 1)
    standing = ledger.standing()
    assert standing.done == {0, 1, 4, 6, 7}
    assert standing.quarantined == {
        2: "its process ended by signal 9 (out of memory, if nobody sent it)",
        3: "ZeroDivisionError: in shard 3", 5: "Shard 5 is not as it was. Put it back.",
    }  # fmt: skip


def test_a_driver_that_waits_for_others_says_for_whom(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "SILENT", 0.2)
    claim = ledger.folder / "claims" / "00004-1"
    claim.write_text("1-1-aaaaaaaa-bbbbbbbb")
    now = claim.stat().st_mtime
    os.utime(claim, (now, now - LEASE + 4))  # 4 s are left of its lease
    heard: list[str] = []
    with ShardProcesses(2) as processes:
        run_shards(ledger, range(6), toy(ledger), processes, lambda standing: None, heard.append)
    assert ledger.standing().done == set(range(6))
    (said,) = heard
    assert said.startswith(f"waiting for 1 shard that others have; first {claim}, of process 1 of another machine")


def test_two_drivers_at_once_do_nothing_twice(ledger: Ledger) -> None:
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: drive(ledger, 24, workers=2, seconds=0.02), range(2)))
    assert begun(ledger) == Counter(map(str, range(24)))
    assert ledger.standing().done == set(range(24))


def test_a_full_disk_ends_the_driver_and_blames_no_shard(ledger: Ledger) -> None:
    (ledger.folder / "full-3").touch()
    with pytest.raises(DiskFull, match="full"):
        drive(ledger, 5, workers=1)
    standing = ledger.standing()
    assert standing.done == {0, 1, 2}
    assert (standing.failed, standing.quarantined, standing.claimed) == ({}, {}, frozenset())
    (ledger.folder / "full-3").unlink()
    drive(ledger, 5)
    assert ledger.standing().done == set(range(5))


@pytest.mark.parametrize(("fault", "said"), [("unfit", "weights are not on this machine"), ("broken", "no driver")])
def test_a_machine_that_cannot_begin_ends_its_driver_and_blames_no_shard(ledger: Ledger, fault: str, said: str) -> None:
    (ledger.folder / fault).touch()
    with pytest.raises(HardlookError, match=said):
        drive(ledger, 5)
    standing = ledger.standing()
    assert (standing.failed, standing.quarantined, standing.claimed) == ({}, {}, frozenset())
    (ledger.folder / fault).unlink()
    assert drive(ledger, 5) == Counter(map(str, range(5)))


def test_what_a_machine_lacks_for_a_shard_is_tried_again_and_not_refused(ledger: Ledger) -> None:
    (ledger.folder / "lack-1").touch()
    assert drive(ledger, 3)["1"] == 3
    assert ledger.standing().quarantined == {1: "A package is not installed. Install it."}


def test_one_shard_that_is_out_of_reach_is_quarantined_and_the_rest_finished(ledger: Ledger) -> None:
    (ledger.folder / "away-2").touch()
    for number in (0, 1, 3):  # as others would have them done meanwhile
        ledger.part(number).touch()
    assert drive(ledger, 5, workers=1)["2"] == 3
    standing = ledger.standing()
    assert standing.done == {0, 1, 3, 4}
    assert standing.quarantined == {2: "The images of shard 2 are not there. Mount them."}


def test_three_different_shards_out_of_reach_end_the_driver(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engines.driving.LOOK_EVERY", 0.0)
    for number in range(5):
        (ledger.folder / f"away-{number}").touch()
    with pytest.raises(HardlookError, match="images of shard 2 are not there"):
        drive(ledger, 5, workers=1)
    assert {number: len(attempts) for number, attempts in ledger.failures().items()} == {0: 1, 1: 1, 2: 1}
    assert ledger.standing().claimed == frozenset()


def test_a_shard_that_failed_is_tried_again_after_all_others(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engines.driving.LOOK_EVERY", 0.0)
    (ledger.folder / "wrong-0").touch()
    (ledger.folder / "once-1").touch()
    drive(ledger, 4, workers=1)
    assert ledger.folder.with_name("log").read_text().split() == ["0", "1", "2", "3", "0", "1", "0"]


def test_looking_at_how_shards_stand_reads_no_text_of_a_failure(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.engines.driving.LOOK_EVERY", 0.0)
    ledger.fail(0, "changed", refused=True)
    ledger.fail(1, "once")
    read: list[str] = []
    whole = Path.read_text

    def recorded(path: Path, *args: Any, **kwargs: Any) -> str:
        if path.parent.name == "failures":
            read.append(path.name)
        return whole(path, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", recorded)
    drive(ledger, 4, workers=1)
    assert ledger.forgive([2]) == []
    assert read == []
    assert ledger.standing().quarantined == {0: "changed"}
    assert read == ["00000-refused"]


@pytest.mark.parametrize("noticed", [True, False])
def test_a_process_that_died_while_it_was_idle_is_replaced(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, noticed: bool
) -> None:
    with ShardProcesses(1) as processes:
        run_one(processes, toy(ledger), 0)
        (idle,) = processes._idle
        idle.process.kill()
        idle.process.join()
        if not noticed:  # it dies between the look and the sending
            monkeypatch.setattr(idle.process, "is_alive", lambda: True)
        run_shards(ledger, range(3), toy(ledger), processes, lambda standing: None)
    assert ledger.done() == {0, 1, 2}
    assert ledger.failures() == {}


def test_a_driver_that_is_killed_is_continued_and_nothing_is_done_twice(ledger: Ledger) -> None:
    code = (
        "from tests.engines.test_shard_processes import *\n"
        f"if __name__ == '__main__': drive(Ledger(Path({str(ledger.folder)!r}), '.txt'), 12, 2, 0.1)"
    )
    script = ledger.folder.with_name("driver.py")
    script.write_text(code)
    driver = subprocess.Popen([sys.executable, str(script)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    while len(ledger.done()) < 4:
        assert driver.poll() is None
        time.sleep(0.02)  # looks again: nothing tells when a shard of another process is done
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    done = ledger.done()
    assert 4 <= len(done) < 12
    time.sleep(0.5)  # its processes end with it, and what one was just naming still appears
    done, before = ledger.done(), begun(ledger)
    ledger.begin()
    after = drive(ledger, 12)
    assert ledger.standing().done == set(range(12))
    assert all(after[str(number)] == before[str(number)] == 1 for number in done)
    assert ledger.failures() == {}


def test_one_job_says_what_its_process_said(ledger: Ledger) -> None:
    with ShardProcesses(1) as processes:
        run_one(processes, toy(ledger), 1)
        assert ledger.done() == {1}
        (ledger.folder / "refuse-2").touch()
        (ledger.folder / "kill-3").touch()
        with pytest.raises(HardlookError, match="is not as it was"):
            run_one(processes, toy(ledger), 2)
        with pytest.raises(HardlookError, match="signal 9"):
            run_one(processes, toy(ledger), 3)
        run_one(processes, toy(ledger), 4)
    assert ledger.done() == {1, 4}
