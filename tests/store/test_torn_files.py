"""What cannot be read of an unfinished run is set aside by name and begun anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest

from core.errors import DiskFull, HardlookError, RunBusy
from core.store.audit import Audit, create_audit
from core.store.database.partial import connect_for_writing, explained, set_damaged_aside
from core.store.unfinished import remove_leftovers_of, unfinished_runs
from core.store.writer import open_run, run_id, run_once
from tests.disks import small_disk
from tests.store.tearing import SPEC, cut, noise, work, zeroed

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("damage", [cut, zeroed, noise])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("ending", ["", ".wal"])
@pytest.mark.parametrize("checkpoint", [False, True])
def test_a_torn_run_is_computed_all_the_same(
    tmp_path: Path, killed: dict[bool, Path], damage: object, share: float, ending: str, checkpoint: bool
) -> None:
    audit = Audit(Path(shutil.copytree(killed[checkpoint], tmp_path / "a")))
    partial = audit.partial_path(run_id(SPEC))
    torn = partial.with_name(partial.name + ending)
    damage(torn, share)  # type: ignore[operator]
    content, said = torn.read_bytes(), list[str]()
    run_once(audit, SPEC, work, d=4, warn=said.append)
    aside = sorted(audit.runs_folder.glob("*.unreadable-*"))
    assert len(said) == len(aside)
    assert all(path.name in line and "cannot be read (" in line for path, line in zip(aside, sorted(said), strict=True))
    if not ending and share < 0.5 and damage is not zeroed:
        assert content in [path.read_bytes() for path in aside]
    (run,) = audit.runs()
    connection = connect_for_writing(audit.run_path(run.run_id))
    assert connection.execute("SELECT count(*), count(DISTINCT image_id) FROM embedding").fetchall() == [(400, 400)]
    connection.close()


@pytest.mark.parametrize("written", [0, 4096, 8192])
def test_a_run_killed_while_its_file_was_begun_leaves_nothing(audit: Audit, written: int) -> None:
    """DuckDB begins a file with three writes, and a kill between two of them leaves what was never a database."""
    partial, said = audit.partial_path(run_id(SPEC)), list[str]()
    connect_for_writing(partial).close()
    os.truncate(partial, written)
    with pytest.raises(duckdb.IOException):
        duckdb.connect(str(partial))
    assert run_once(audit, SPEC, work, d=4, warn=said.append) == (run_id(SPEC), True)
    assert (said, [path.name for path in audit.runs_folder.iterdir()]) == ([], [f"{run_id(SPEC)}.duckdb"])


def test_a_file_that_another_process_begins_is_not_taken_from_it(audit: Audit) -> None:
    partial = audit.partial_path(run_id(SPEC))
    partial.parent.mkdir(exist_ok=True)
    script = """
        import fcntl, sys
        held = open(sys.argv[1], "w")
        fcntl.lockf(held, fcntl.LOCK_EX)
        print("held", flush=True)
        input()
    """
    words = [sys.executable, "-c", textwrap.dedent(script), str(partial)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline()
        with pytest.raises(RunBusy), open_run(audit, SPEC, d=4):
            pass
        child.communicate("\n")
    assert partial.exists()


def test_a_run_that_another_process_writes_is_not_taken_for_torn(audit: Audit) -> None:
    script = f"""
        from pathlib import Path
        from core.store.audit import Audit
        from core.store.writer import open_run
        from tests.store.tearing import SPEC
        with open_run(Audit(Path({str(audit.path)!r})), SPEC, d=4):
            print("open", flush=True)
            input()
    """
    words = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "open"
        with pytest.raises(RunBusy), open_run(audit, SPEC, d=4):
            pass
        remove_leftovers_of(audit)
        assert [run.writing for run in unfinished_runs(audit)] == [True]
        child.communicate("\n")
    assert list(audit.runs_folder.glob("*.unreadable-*")) == []


def test_damage_that_shows_in_writing_is_set_aside_then(audit: Audit) -> None:
    path, said = audit.partial_path("a"), list[str]()
    path.write_text("torn")
    for error in (duckdb.FatalException("no space"), duckdb.Error("Corrupt database file: computed checksum 1")):
        full = HardlookError("It could not be written.")
        full.__cause__ = error
        set_damaged_aside(path, full, said.append)
        path.write_text("torn")
    assert sorted(audit.runs_folder.glob("*.unreadable-*")) == [
        path.with_name(f"a.partial.unreadable-{number}") for number in (1, 2)
    ]
    assert ["a.partial.unreadable-1" in said[0], "a.partial.unreadable-2" in said[1]] == [True, True]
    set_damaged_aside(path, explained(duckdb.IOException("No space left on device"), path), said.append)
    assert (path.exists(), len(said)) == (True, 2)


@pytest.mark.parametrize("left", [0, 4096, 8192, 12288, 20480, 40960])
def test_a_run_begun_on_a_full_disk_goes_on_when_there_is_space(tmp_path: Path, left: int) -> None:
    with small_disk(tmp_path / "disk", 8 << 20) as disk:
        audit = create_audit("a", disk)
        audit.write_manifest(items="abc")
        filler, said = disk / "filler", list[str]()
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        filler.write_bytes(bytes(free - left))
        with pytest.raises(DiskFull, match=r"The disk .* has [\d,]+ bytes free"):
            run_once(audit, SPEC, work, d=4, warn=said.append)
        filler.unlink()
        assert run_once(audit, SPEC, work, d=4, warn=said.append) == (run_id(SPEC), True)
        assert said == []  # nothing of it was torn: what could not be begun was not left


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("ALTER TABLE run ADD COLUMN later INTEGER", "it has a column run.later"),
        ("ALTER TABLE run DROP COLUMN revision", "it has no run.revision"),
        ("DROP TABLE progress; CREATE TABLE progress (later VARCHAR)", "it has no progress"),
        ("DROP TABLE embedding; CREATE TABLE embedding (later VARCHAR)", "it has no embedding.image_id"),
        ("UPDATE run SET run_id = 'embed-other-1'", "it holds the run embed-other-1"),
    ],
)
def test_an_unfinished_run_of_another_hardlook_or_audit_is_set_aside(half_way: Audit, change: str, why: str) -> None:
    """Else it failed at its last step each time, or rows of other images were published under this name."""
    path, said = half_way.partial_path(run_id(SPEC)), list[str]()
    with duckdb.connect(str(path)) as connection:
        connection.execute(change)
    assert run_once(half_way, SPEC, work, d=4, warn=said.append) == (run_id(SPEC), True)
    assert why in said[0] or "Binder Error" in said[0]
    assert f"set aside as {path.name}.unreadable-1" in said[0]
    assert [run.run_id for run in half_way.runs()] == [run_id(SPEC)]


def test_an_unfinished_run_of_before_it_said_whose_it_is_goes_on(half_way: Audit) -> None:
    with duckdb.connect(str(half_way.partial_path(run_id(SPEC)))) as connection:
        connection.execute("DELETE FROM run")
    with open_run(half_way, SPEC, d=4, warn=pytest.fail) as writer:
        assert writer.finished() == {"0"}
        work(writer)
        writer.publish()
    assert [run.run_id for run in half_way.runs()] == [run_id(SPEC)]


def test_a_log_without_its_file_is_not_replayed_into_the_next(audit: Audit, killed: dict[bool, Path]) -> None:
    audit = Audit(Path(shutil.copytree(killed[False], audit.path.with_name("b"))))
    audit.partial_path(run_id(SPEC)).unlink()
    with open_run(audit, SPEC, d=4) as writer:
        assert writer.finished() == set()
