"""What cannot be read of an unfinished run is set aside by name and begun anew; leftovers of the dead are removed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from dataclasses import asdict, replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from core.answers.runs.cards import unfinished_lines
from core.answers.runs.deletion import delete_run, plan_deletion
from core.errors import DiskFull, HardlookError, RunBusy
from core.kinds.train import STATES
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


def told(**changes: object) -> str:
    """What is told of the run half way, with some of it changed: of its spec, or beside it."""
    whole = {"spec": asdict(SPEC), "unit": "0", "seconds": 2.5}
    beside = {name: value for name, value in changes.items() if name in whole}
    return json.dumps({**whole, "spec": {**asdict(SPEC), **changes}, **beside} if not beside else {**whole, **beside})


TOLD = {
    "nothing": "", "half": "{", "a list": "[]", "a text": '"x"', "null": "null", "bytes": "\udcff",
    "a number for the spec": '{"spec": 3}', "a spec without": '{"spec": {"kind": 1}}', "deep": "[" * 100_000,
    "deep and closed": "[" * 20_000 + "]" * 20_000, "digits": told().replace("2.5", "1" * 5_000),
    "endless": told().replace("2.5", "Infinity"), "no number": told().replace("2.5", "NaN"),
    "beyond": told().replace("2.5", "1e999"), "before the beginning": told(seconds=-1),
    "seconds in words": told(seconds="2"), "seconds true": told(seconds=True), "no unit": told(unit=None),
    "a long unit": told(unit="epoch " + "1" * 5_000), "a unit that is a number": told(unit=3),
    "parameters null": told(parameters=None), "parameters a list": told(parameters=[1]), "kind a list": told(kind=[]),
    "another kind": told(kind="train"), "inputs null": told(inputs=None),
    "inputs of lists": told(inputs={"items": [1]}), "name null": told(name=None), "seed in words": told(seed="0"),
    "seed beyond": told(seed=2**70), "image size in words": told(parameters={"image_size": "x"}),
    "too large": " " * 5_000_000,
}  # fmt: skip


@pytest.fixture
def half_way(audit: Audit) -> Audit:
    with open_run(audit, SPEC, d=4) as writer:
        writer.commit("0", {"embedding": rows("0")}, seconds=2.5)
    assert told_progress(audit, run_id(SPEC)) == ("0", 2.5)
    return audit


def goes_on(audit: Audit, said: list[str]) -> None:
    """Another run can be deleted while this one is stopped, and this one goes on where it was."""
    (run,) = unfinished_runs(audit)
    assert (run.spec, run.unit, run.seconds, run.writing) == (None, "", 0.0, False)
    assert [(line.state, line.progress[:7]) for line in unfinished_lines(audit, 400)] == [("stopped", "started")]
    other = run_once(audit, replace(SPEC, name="other"), work, d=4)[0]
    assert plan_deletion(audit, other).stopped == ()
    delete_run(audit, other)
    computed: list[str] = []

    def rest(writer: RunWriter) -> None:
        computed.extend(unit for unit in UNITS if unit not in writer.finished())
        work(writer)
        assert told_progress(audit, run_id(SPEC))[0] == UNITS[-1]

    assert run_once(audit, SPEC, rest, d=4, warn=said.append) == (run_id(SPEC), True)
    assert computed == UNITS[1:]
    assert not os.path.lexists(progress_path(audit, run_id(SPEC)))


@pytest.mark.parametrize("kind", TOLD)
def test_progress_that_cannot_be_read_is_as_if_nothing_was_told(half_way: Audit, kind: str) -> None:
    progress_path(half_way, run_id(SPEC)).write_bytes(TOLD[kind].encode("utf-8", "surrogateescape"))
    assert told_progress(half_way, run_id(SPEC)) == ("", 0.0)
    said: list[str] = []
    goes_on(half_way, said)
    assert said == []


def put_in_place_of(path: Path, kind: str) -> None:
    """What is no file where a file was."""
    path.unlink(missing_ok=True)
    if kind == "a folder":
        (path / "in it").mkdir(parents=True)
    elif kind == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path if kind == "a link to itself" else path.with_name("gone"))


NO_FILES = ("a folder", "a pipe", "a link to itself", "a link to nothing")


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_lies_in_the_place_of_progress_is_set_aside_and_stops_nothing(half_way: Audit, kind: str) -> None:
    path, said = progress_path(half_way, run_id(SPEC)), list[str]()
    put_in_place_of(path, kind)
    goes_on(half_way, said)
    assert [f"set aside as {path.name}.unreadable-1" in line for line in said] == [True]
    assert os.path.lexists(path.with_name(f"{path.name}.unreadable-1"))


@pytest.mark.parametrize("ending", ["", ".wal"])
@pytest.mark.parametrize("kind", NO_FILES)
def test_what_lies_in_the_place_of_an_unfinished_run_is_set_aside(half_way: Audit, kind: str, ending: str) -> None:
    partial, said = half_way.partial_path(run_id(SPEC)), list[str]()
    path = partial.with_name(partial.name + ending)
    put_in_place_of(path, kind)
    remove_leftovers_of(half_way)
    assert [run.writing for run in unfinished_runs(half_way)] == [False]
    assert plan_deletion(half_way, run_id(SPEC)).run_id == run_id(SPEC)
    assert run_once(half_way, SPEC, work, d=4, warn=said.append) == (run_id(SPEC), True)
    assert f"set aside as {path.name}.unreadable-1" in said[0]
    assert half_way.unfinished() == []


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


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_lies_in_the_place_of_a_finished_run_is_named(half_way: Audit, kind: str) -> None:
    path = half_way.run_path(run_once(half_way, replace(SPEC, name="other"), work, d=4)[0])
    put_in_place_of(path, kind)
    assert half_way.runs() == []
    assert [each.path for each in half_way.unreadable_runs()] == ([] if kind == "a link to nothing" else [path])


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


def test_states_of_training_go_with_the_run_that_was_finished_and_stay_with_others(half_way: Audit) -> None:
    """Killed between the publication of a run and its last line, and not started again by its own command."""
    finished, unfinished = half_way.checkpoints("train-a"), half_way.checkpoints(run_id(SPEC))
    for folder in (finished, finished / "0", unfinished, unfinished / "0"):
        folder.mkdir(parents=True)
        for name in ("epoch-0001.pt", *STATES):
            (folder / name).write_text("x")
    half_way.run_path("train-a").write_text("x")
    remove_leftovers_of(half_way)
    assert {path.name for path in finished.rglob("*.pt")} == {"epoch-0001.pt"}
    assert {path.name for path in unfinished.rglob("*.pt")} == {"epoch-0001.pt", *STATES}


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
