"""The ledger of shards: what is done, who does it, what failed; files alone, and no two have the same shard."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.engines.ledger import ATTEMPTS, LEASE, UNSIGNED, Ledger
from core.processes.identity import own_mark


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "stage", ".parquet")
    made.begin()
    return made


def gone() -> str:
    """The mark of a process of this machine that has ended."""
    process = os.fork()
    if not process:
        os._exit(0)
    os.waitpid(process, 0)
    return own_mark().replace(str(os.getpid()), str(process), 1)


def test_a_shard_is_done_when_its_file_has_its_name_and_not_before(ledger: Ledger) -> None:
    for name in ("part-00001.parquet", ".part-00002.parquet.9-9-00000000-00000000-0.part", "part-00003.parquet.tmp"):
        (ledger.folder / name).write_bytes(b"")
    assert ledger.done() == {1}


def test_of_many_that_want_a_shard_one_gets_it(ledger: Ledger) -> None:
    with ThreadPoolExecutor(16) as threads:
        got = list(threads.map(lambda _: ledger.claim(7), range(64)))
    assert got.count(True) == 1
    assert ledger.standing().claimed == {7}
    ledger.release(7)
    assert ledger.standing().claimed == frozenset()


def test_what_a_dead_process_had_is_taken_over_by_one_alone(ledger: Ledger) -> None:
    (ledger.folder / "claims" / "00007-1").write_text(gone())
    assert ledger.standing().claimed == frozenset()
    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(lambda _: ledger.claim(7), range(64))).count(True) == 1
    assert ledger.failures() == {}


def test_a_claim_of_another_machine_lasts_as_long_as_its_lease(ledger: Ledger) -> None:
    claim = ledger.folder / "claims" / "00007-1"
    claim.write_text("1-1-aaaaaaaa-bbbbbbbb")
    assert not ledger.claim(7)
    os.utime(claim, (claim.stat().st_atime, claim.stat().st_mtime - LEASE - 1))
    assert ledger.claim(7)


def test_a_claim_that_its_process_could_not_sign_is_taken_over_within_seconds(ledger: Ledger) -> None:
    claim = ledger.folder / "claims" / "00007-1"
    claim.touch()
    assert not ledger.claim(7)  # it may be being written now, where no file can be made whole
    os.utime(claim, (claim.stat().st_atime, claim.stat().st_mtime - UNSIGNED - 1))
    assert ledger.standing().claimed == frozenset()
    assert ledger.claim(7)


def test_a_claim_is_signed_from_its_first_moment_and_its_holder_is_said(ledger: Ledger) -> None:
    assert ledger.claim(7)
    assert (ledger.folder / "claims" / "00007-1").read_text() == own_mark()
    assert [path.name for path in (ledger.folder / "claims").iterdir()] == ["00007-1"]
    assert f"claims/00007-1, of process {os.getpid()} of this machine, heard of 0 s ago" in ledger.holder(7)
    (ledger.folder / "claims" / "00008-2").write_text("1-1-aaaaaaaa-bbbbbbbb")
    assert "00008-2, of process 1 of another machine or container" in ledger.holder(8)
    (ledger.folder / "claims" / "00009-1").write_text("?")
    assert "of a process that has not said which it is" in ledger.holder(9)
    assert ledger.holder(3) == ""


@pytest.mark.parametrize("what", ["a folder", "a pipe", "a link"])
def test_what_is_no_file_is_nobodys_claim_and_is_cleared_away(ledger: Ledger, what: str) -> None:
    for place in (ledger.folder / "claims" / "00007-1", ledger.folder / "failures" / "00003-1"):
        if what == "a folder":
            (place / "in it").mkdir(parents=True)
        elif what == "a pipe":
            os.mkfifo(place)
        else:
            place.symlink_to(place)
    assert ledger.standing().claimed == frozenset()
    assert "is no file" in ledger.standing().failed[3]
    assert ledger.claim(7)
    ledger.part(7).write_bytes(b"")
    ledger.release(7)
    ledger.begin()
    assert list((ledger.folder / "claims").iterdir()) == []
    ledger.fail(3, "again", refused=True)
    assert ledger.forgive([3]) == [3]
    assert list((ledger.folder / "failures").iterdir()) == []


def test_a_lease_that_is_renewed_goes_on(ledger: Ledger) -> None:
    assert ledger.claim(7)
    claim = ledger.folder / "claims" / "00007-1"
    before = claim.stat().st_mtime - LEASE
    os.utime(claim, (before, before))
    ledger.renew([7])
    assert claim.stat().st_mtime > before + LEASE / 2
    assert not ledger.claim(7)


def test_what_is_done_is_claimed_by_nobody_and_its_claims_are_tidied_up(ledger: Ledger) -> None:
    assert ledger.claim(3)
    ledger.part(3).write_bytes(b"")
    assert not ledger.claim(3)
    ledger.begin()
    assert list((ledger.folder / "claims").iterdir()) == []


def test_three_failures_quarantine_a_shard_and_one_refusal_does(ledger: Ledger) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        assert 4 not in ledger.standing().quarantined
        assert ledger.fail(4, f"attempt {attempt}") == attempt
    ledger.fail(5, "changed", refused=True)
    ledger.fail(6, "once")
    standing = ledger.standing()
    assert standing.quarantined == {4: "attempt 3", 5: "changed"}
    assert standing.failed == {6: "once"}
    assert ledger.forgive([4, 6, 7]) == [4]
    assert ledger.standing().quarantined == {5: "changed"}
    assert ledger.forgive(range(9)) == [5]
    assert ledger.standing().quarantined == {}
    assert ledger.standing().failed == {6: "once"}


def test_a_shard_that_was_done_after_all_is_neither_failed_nor_quarantined(ledger: Ledger) -> None:
    ledger.fail(5, "changed", refused=True)
    ledger.part(5).write_bytes(b"")
    assert ledger.standing().quarantined == {}
