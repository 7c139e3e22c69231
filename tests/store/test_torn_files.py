"""What cannot be read of an unfinished run is set aside by name and begun anew; leftovers of the dead are removed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import numpy as np
import pytest

from core.errors import DiskFull, HardlookError, RunBusy
from core.store.audit import Audit, create_audit
from core.store.cache import read_arrays, write_arrays
from core.store.database.partial import connect_for_writing, explained, log_of, set_damaged_aside
from core.store.thumbnails import ThumbnailWriter, all_have_one, path_of
from core.store.unfinished import progress_path, remove_leftovers_of, told_progress, unfinished_runs
from core.store.writer import RunWriter, open_run, run_id, run_once
from core.types import RunSpec
from tests.disks import small_disk
from tests.files.test_leftovers import leave

ROOT = Path(__file__).parents[2]
SPEC = RunSpec("embed", "fake", {"items": "abc"}, {"d": 4})
UNITS = [str(i) for i in range(4)]


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    made = create_audit("a", tmp_path)
    made.write_manifest(items="abc")
    return made


def rows(unit: str) -> dict[str, np.ndarray]:
    ids = np.arange(100, dtype=np.int32) + 100 * int(unit)
    return {"image_id": ids, "vector": np.repeat(ids[:, None], 4, axis=1).astype(np.float32)}


def work(writer: RunWriter) -> None:
    for unit in UNITS:
        if unit not in writer.finished():
            writer.commit(unit, {"embedding": rows(unit)})


def kill_amid(audit: Audit, *, checkpoint: bool) -> None:
    """Leave what a process leaves that was killed with two units committed."""
    script = f"""
        import os, signal
        from pathlib import Path
        from core.store.audit import Audit
        from core.store.writer import open_run
        from tests.store.test_torn_files import SPEC, rows
        with open_run(Audit(Path({str(audit.path)!r})), SPEC, d=4) as writer:
            writer.commit("0", {{"embedding": rows("0")}})
            if {checkpoint}:
                writer._connection.execute("CHECKPOINT")
            writer.commit("1", {{"embedding": rows("1")}})
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert log_of(audit.partial_path(run_id(SPEC))).exists()


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """Whether the first unit was checkpointed -> an audit's folder as the killed process left it."""
    found = {}
    for checkpoint in (False, True):
        audit = create_audit("a", tmp_path_factory.mktemp("killed"))
        audit.write_manifest(items="abc")
        kill_amid(audit, checkpoint=checkpoint)
        found[checkpoint] = audit.path
    return found


def cut(path: Path, share: float) -> None:
    os.truncate(path, int(path.stat().st_size * share))


def zeroed(path: Path, share: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)].ljust(len(data), b"\0"))


def noise(path: Path, share: float) -> None:
    path.write_bytes(np.random.default_rng(int(100 * share)).bytes(path.stat().st_size))


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


def test_a_run_that_another_process_writes_is_not_taken_for_torn(audit: Audit) -> None:
    script = f"""
        from pathlib import Path
        from core.store.audit import Audit
        from core.store.writer import open_run
        from tests.store.test_torn_files import SPEC
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


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', '{"spec": 3}', '{"spec": {"kind": 1}}', "\udcff", "null"])
def test_torn_progress_is_as_if_nothing_was_told(audit: Audit, text: str) -> None:
    with open_run(audit, SPEC, d=4) as writer:
        writer.commit("0", {"embedding": rows("0")})
    progress_path(audit, run_id(SPEC)).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert told_progress(audit, run_id(SPEC)) == ("", 0.0)
    (run,) = unfinished_runs(audit)
    assert run.spec is None
    assert run_once(audit, SPEC, work, d=4) == (run_id(SPEC), True)


def test_leftovers_of_ended_processes_are_removed_and_runs_that_can_go_on_stay(
    audit: Audit, killed: dict[bool, Path]
) -> None:
    audit = Audit(Path(shutil.copytree(killed[False], audit.path.with_name("b"))))
    going_on = set(audit.runs_folder.iterdir())
    (audit.path / "checkpoints" / "train-a").mkdir(parents=True)
    folders = [audit.path, audit.runs_folder, audit.cache, audit.path / "checkpoints" / "train-a"]
    for folder in folders:
        leave(folder, "some.file")
    for name in ("gone.progress", "gone.partial.wal"):
        (audit.runs_folder / name).write_text("x")
    remove_leftovers_of(audit)
    assert set(audit.runs_folder.iterdir()) == going_on
    assert [path for folder in folders for path in folder.glob(".*")] == []


def test_a_log_without_its_file_is_not_replayed_into_the_next(audit: Audit, killed: dict[bool, Path]) -> None:
    audit = Audit(Path(shutil.copytree(killed[False], audit.path.with_name("b"))))
    audit.partial_path(run_id(SPEC)).unlink()
    with open_run(audit, SPEC, d=4) as writer:
        assert writer.finished() == set()


@pytest.mark.parametrize("damage", [cut, zeroed, noise])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_torn_thumbnails_are_set_aside_and_made_again(audit: Audit, damage: object, share: float) -> None:
    pairs = [(f"{i:032x}", bytes(2000)) for i in range(100)]
    keys = [key for key, _ in pairs]
    with ThumbnailWriter(audit) as writer:
        writer.add(pairs)
    assert all_have_one(audit, keys)
    damage(path_of(audit), share)  # type: ignore[operator]
    said: list[str] = []
    assert not all_have_one(audit, keys)
    with ThumbnailWriter(audit, said.append) as writer:
        assert writer.known() == set()
        writer.add(pairs)
    assert len(said) == 1
    assert "thumbnails.sqlite.unreadable-1" in said[0]
    assert all_have_one(audit, keys)


def test_an_empty_file_of_thumbnails_is_no_damage(audit: Audit) -> None:
    path_of(audit).touch()
    said: list[str] = []
    with ThumbnailWriter(audit, said.append) as writer:
        writer.add([("a", b"x")])
    assert said == []
    assert not all_have_one(audit, ["a", "b"])


@pytest.mark.parametrize("damage", [cut, noise])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
def test_torn_arrays_of_the_cache_count_as_none(tmp_path: Path, damage: object, share: float) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, {"x": np.arange(1000), "y": np.ones(3)})
    damage(path, share)  # type: ignore[operator]
    assert read_arrays(path, "xy") is None
    write_arrays(path, {"x": np.arange(3)})
    assert read_arrays(path, "x")["x"].tolist() == [0, 1, 2]  # type: ignore[index]


def test_arrays_of_another_kind_count_as_none(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.save(path.with_suffix(".npy"), np.arange(3))
    path.with_suffix(".npy").rename(path)
    assert read_arrays(path, "x") is None
