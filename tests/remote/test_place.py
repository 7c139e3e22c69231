"""What is put at a URL for a moment does not stay there where its process was killed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from core.processes.identity import own_mark
from core.remote.place import DAY, UrlPath, ahead, names, place_of, prepared, put, refuse_shared

OURS = own_mark()
ENDED = OURS.replace(f"{os.getpid()}-", "4194305-", 1)  # no system gives so high a number
ELSEWHERE = f"{ENDED[:-8]}00000001"
LEFT = [f".clock.{ENDED}-0.part", f".probe.{ENDED}-3.part"]
STAYS = [
    f".clock.{OURS}-0.part", f".clock.{ELSEWHERE}-0.part", ".probe-4711-0", f".part-00001.parquet.{ENDED}-0.part.txt",
    "00001-1", "part-00001.parquet", "stage.json",
]  # fmt: skip


@pytest.fixture
def folder() -> Iterator[UrlPath]:
    place = place_of("memory://bucket/shards/claims")
    assert isinstance(place, UrlPath)
    for name in [*LEFT, *STAYS]:
        put(place / name, b"x")
    refuse_shared.cache_clear()
    yield place
    for name in names(place):
        (place / name).unlink()
    refuse_shared.cache_clear()


@pytest.mark.parametrize("begin", [prepared, refuse_shared])
def test_what_ended_processes_of_this_machine_put_for_a_moment_goes_and_nothing_else(
    begin: object, folder: UrlPath
) -> None:
    begin(folder)  # type: ignore[operator]
    assert sorted(names(folder)) == sorted(STAYS)


def test_of_other_machines_it_goes_when_it_is_a_day_old(folder: UrlPath, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time() + DAY + 60
    monkeypatch.setattr("core.remote.place.time.time", lambda: now)
    prepared(folder)
    assert sorted(names(folder)) == sorted(STAYS[3:])


def test_looking_at_the_clock_and_the_conditions_leaves_nothing(folder: UrlPath) -> None:
    assert abs(ahead(folder)) < 5
    refuse_shared(folder)
    assert sorted(names(folder)) == sorted(STAYS)
