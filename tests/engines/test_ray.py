"""Shards by Ray's actors: the same shards done once whatever becomes of an actor, and nothing others can reach."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from core.engines import ray_actors
from core.engines.driving import run_one, run_shards
from core.engines.jobs import ALONE, Work
from core.engines.ledger import Ledger
from core.engines.processes import ShardProcesses
from core.engines.ray_actors import ShardActors
from core.engines.ray_session import RaySession
from core.errors import DiskFull, HardlookError
from core.progress import Quiet
from tests.engines.on_ray import OVER_RAY, drive, until
from tests.engines.toy import begun, toy
from tests.pictures import Heard
from tests.processes.listening import below, listens_on

pytestmark = OVER_RAY


def test_every_shard_is_done_once_and_a_second_call_does_nothing(ledger: Ledger, actors: ShardActors) -> None:
    assert drive(ledger, 9, actors) == Counter(map(str, range(9)))
    assert drive(ledger, 9, actors) == Counter(map(str, range(9)))
    assert ledger.standing().done == set(range(9))
    assert list((ledger.folder / "claims").iterdir()) == []


def test_an_actor_that_dies_is_replaced_and_a_shard_that_kills_three_is_quarantined(
    ledger: Ledger, actors: ShardActors
) -> None:
    for name in ("once-4", "kill-2", "wrong-3", "refuse-5", "lack-6"):
        (ledger.folder / name).touch()
    tried = drive(ledger, 9, actors)
    assert [tried[str(number)] for number in range(9)] == [1, 1, 3, 3, 2, 1, 3, 1, 1]
    standing = ledger.standing()
    assert standing.done == {0, 1, 4, 7, 8}
    assert standing.quarantined.pop(2).startswith("its actor ended: ")
    assert standing.quarantined == {
        3: "ZeroDivisionError: in shard 3", 5: "Shard 5 is not as it was. Put it back.",
        6: "A package is not installed. Install it.",
    }  # fmt: skip


def test_an_actor_that_is_killed_from_outside_is_replaced_and_its_shard_done_again(
    ledger: Ledger, actors: ShardActors
) -> None:
    def kill() -> None:
        until(lambda: (ledger.folder / "pids-2").exists())
        os.kill(int((ledger.folder / "pids-2").read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    work = Work("tests.engines.toy", "make_slowly", (ledger.folder, ledger.folder.with_name("log")))
    run_shards(ledger, range(5), work, actors, lambda standing: None)
    killer.join()
    assert begun(ledger) == Counter({**dict.fromkeys("01345"[:4], 1), "2": 2})
    assert ledger.standing().done == set(range(5))


def test_an_actor_that_died_while_it_was_idle_is_replaced_and_no_shard_blamed(
    ledger: Ledger, actors: ShardActors
) -> None:
    where = Work("tests.engines.toy", "surroundings", ())
    os.kill(json.loads(run_one(actors, where, None))["process"], signal.SIGKILL)
    drive(ledger, 3, actors)
    assert (ledger.done(), ledger.failures()) == ({0, 1, 2}, {})


def test_a_driver_without_room_on_the_cluster_claims_nothing_says_so_once_and_begins_when_there_is(
    session: RaySession, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_actors, "SAY_AFTER", 0.5)
    heard = Heard()
    with ShardActors(session, 2, 1000, 0.0, heard) as second:
        with ShardActors(session, 2, 1000, 0.0, Quiet()) as first:
            drive(ledger, 2, first)
            until(lambda: first.ready(2) and len(first._idle) == 2)
            end = time.monotonic() + 3
            while time.monotonic() < end:
                assert not second.ready(2)
                second.wait([], 0.2)
            assert heard.lines == [
                "warning: Ray has no room for a worker yet, which takes 1 CPU; `ray status` says who has it."
            ]
        assert drive(ledger, 6, second) == Counter(map(str, range(6)))


def test_an_actor_has_one_thread_and_is_where_its_driver_is(
    actors: ShardActors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = json.loads(run_one(actors, Work("tests.engines.toy", "surroundings", ()), None))
    assert told["threads"] == [1]
    assert {name: told["environment"].get(name) for name in ALONE} == ALONE
    assert told["folder"] == str(tmp_path)
    assert not [place for place in told["path"] if place in ("", str(tmp_path))]  # no module of a data set's folder


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        ("full-3", DiskFull, "On .*full"),
        ("unfit", HardlookError, "On .*: The weights are not"),
        ("broken", HardlookError, "no driver"),
    ],
)
def test_what_no_shard_is_to_blame_for_ends_the_driver(
    ledger: Ledger, actors: ShardActors, fault: str, kind: type[Exception], said: str
) -> None:
    (ledger.folder / fault).touch()
    with pytest.raises(kind, match=said):
        drive(ledger, 5, actors)
    standing = ledger.standing()
    assert (standing.failed, standing.quarantined, standing.claimed) == ({}, {}, frozenset())


def test_two_drivers_at_once_one_of_them_local_do_nothing_twice(ledger: Ledger, actors: ShardActors) -> None:
    def locally() -> None:
        with ShardProcesses(2) as processes:
            run_shards(ledger, range(40), toy(ledger, 0.1), processes, lambda standing: None)

    other = threading.Thread(target=locally)
    other.start()
    drive(ledger, 40, actors, 0.1)
    other.join()
    assert begun(ledger) == Counter(map(str, range(40)))
    assert ledger.standing().done == set(range(40))


def test_nothing_of_it_listens_but_on_the_loopback_address(ledger: Ledger, actors: ShardActors) -> None:
    drive(ledger, 2, actors)
    started = below(os.getpid())
    for program in ("gcs_server", "raylet", "ray::JobActor"):
        assert any(program in line for line in started.values()), program
    found = listens_on([os.getpid(), *started])
    assert len(found) > 3
    assert {address for _, address in found} <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}, [
        (address, started.get(process)) for process, address in found
    ]
