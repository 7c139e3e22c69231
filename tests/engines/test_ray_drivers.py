"""Drivers of Ray that are ended: nothing of Ray stays, and what is left is done once by the next."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.engines.ledger import Ledger
from core.engines.ray_actors import ShardActors
from tests.engines.on_ray import OVER_RAY, ROOT, drive, until
from tests.engines.toy import begun
from tests.processes.listening import alive, below

pytestmark = OVER_RAY


@dataclass(frozen=True)
class Ended:
    """A driver of Ray that was ended amid twelve shards. folder: of Ray's files. started: the processes it had."""

    ledger: Ledger
    folder: Path
    started: dict[int, str]
    code: int
    at: float


def ended(place: Path, ending: signal.Signals) -> Ended:
    """Start a driver, and end it."""
    ledger = Ledger(place / "stage", ".txt")
    ledger.begin()
    command = [sys.executable, "-m", "tests.engines.ray_driver", str(ledger.folder)]
    environment = {**os.environ, "HOME": str(place)}
    driver = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert driver.stdout
    said = json.loads(driver.stdout.readline())
    assert (said["seen"], said["on"], said["reports"]) == ("0", False, [])  # usage, before the import and after
    until(lambda: len(ledger.done()) >= 3)
    started = below(driver.pid)
    driver.send_signal(ending)
    code = driver.wait()
    driver.stdout.close()
    assert len(started) >= 4
    assert not (place / ".ray").exists()  # it made no token for everybody's use
    return Ended(ledger, Path(said["folder"]), started, code, time.monotonic())


def continued(driver: Ended, actors: ShardActors) -> None:
    """What is done stays, and what is left is done once."""
    ledger = driver.ledger
    done, before = ledger.done(), begun(ledger)
    assert 3 <= len(done) < 12
    ledger.begin()
    after = drive(ledger, 12, actors)
    assert ledger.standing().done == set(range(12))
    assert all(after[str(number)] == before[str(number)] == 1 for number in done)
    assert ledger.failures() == {}


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return ended(tmp_path_factory.mktemp("killed"), signal.SIGKILL)


def test_a_driver_that_is_killed_takes_ray_with_it_and_is_continued(killed: Ended, actors: ShardActors) -> None:
    until(lambda: not alive(process for process, line in killed.started.items() if "Agent" not in line), 15)
    continued(killed, actors)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_driver_that_is_stopped_takes_ray_with_it_leaves_nothing_and_is_continued(
    tmp_path: Path, actors: ShardActors, ending: signal.Signals
) -> None:
    driver = ended(tmp_path, ending)
    assert alive(driver.started) == set()
    assert driver.code != 0
    assert not driver.folder.exists()
    assert driver.ledger.standing().claimed == frozenset()
    continued(driver, actors)


def test_nothing_of_a_killed_driver_runs_for_longer_than_a_minute(killed: Ended) -> None:
    until(lambda: not alive(killed.started), killed.at + 75 - time.monotonic())
