from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import duckdb
import numpy as np
import pytest

from core.errors import DiskFull, HardlookError, RunBusy
from core.store import views
from core.store.audit import Audit, create_audit, find_audit
from core.store.database.partial import explained
from core.store.writer import RunWriter, open_run, run_id, run_once
from core.types import RunSpec
from tests.killed import MOMENTS, killed_and_again

ROOT = Path(__file__).parents[2]


def spec(**changes: object) -> RunSpec:
    given = {"kind": "embed", "name": "fake", "inputs": {"items": "abc"}, "parameters": {"d": 4}} | changes
    return RunSpec(**given)  # type: ignore[arg-type]


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    made = create_audit("a", tmp_path)
    made.write_manifest(items="abc")
    return made


def rows(start: int, stop: int) -> dict[str, np.ndarray]:
    ids = np.arange(start, stop, dtype=np.int32)
    return {"image_id": ids, "vector": np.repeat(ids[:, None], 4, axis=1).astype(np.float32)}


def test_the_same_specification_has_the_same_id_and_any_change_another() -> None:
    assert run_id(spec()) == run_id(spec())
    changed = [spec(seed=1), spec(weights="w"), spec(name="x"), spec(parameters={"d": 5}), spec(inputs={"items": "b"})]
    assert len({run_id(one) for one in [spec(), *changed]}) == 6


def test_a_run_is_invisible_until_published_and_immutable_after(audit: Audit) -> None:
    with open_run(audit, spec(), d=4) as writer:
        writer.commit("0-5", {"embedding": rows(0, 5)}, seconds=2.0)
        assert audit.runs() == []
        assert audit.unfinished() == [writer.run_id]
        writer.publish()
    (run,) = audit.runs()
    assert (run.kind, run.name, run.seconds) == ("embed", "fake", 2.0)
    assert "torch" in run.versions
    assert audit.unfinished() == []


def test_a_run_continues_after_its_last_committed_unit(audit: Audit) -> None:
    with open_run(audit, spec(), d=4) as writer:
        writer.commit("0-5", {"embedding": rows(0, 5)})
    with open_run(audit, spec(), d=4) as writer:
        assert writer.finished() == {"0-5"}
        assert writer.read("SELECT count(*) AS n FROM embedding")["n"].to_pylist() == [5]


def test_a_unit_that_fails_half_way_leaves_none_of_its_rows(audit: Audit) -> None:
    with open_run(audit, spec(), d=4) as writer:
        with pytest.raises(Exception, match="nonesuch"):
            writer.commit("0-5", {"embedding": rows(0, 5), "nonesuch": rows(0, 1)})
        assert writer.finished() == set()
        assert writer.read("SELECT count(*) AS n FROM embedding")["n"].to_pylist() == [0]


def test_running_twice_computes_once(audit: Audit) -> None:
    calls = []

    def work(writer: object) -> None:
        calls.append(writer)

    first = run_once(audit, spec(), work, d=4)
    assert first == (run_id(spec()), True)
    assert run_once(audit, spec(), work, d=4) == (run_id(spec()), False)
    assert len(calls) == 1


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_killed_at_its_end_is_published_with_each_row_once(
    audit: Audit, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def work(writer: RunWriter) -> None:
        writer.commit("first", {"embedding": rows(0, 5)}, seconds=2.0)
        writer.commit(["second", "third"], {"embedding": rows(5, 8)}, seconds=1.0)

    again = killed_and_again(lambda: run_once(audit, spec(), work, d=4), moment, monkeypatch)
    assert again == (run_id(spec()), True)
    (run,) = audit.runs()
    assert run.seconds == 3.0
    with duckdb.connect(str(audit.run_path(run.run_id)), read_only=True) as connection:
        assert connection.sql("SELECT image_id FROM embedding ORDER BY ALL").fetchall() == [(i,) for i in range(8)]
    assert audit.unfinished() == []


def test_a_unit_written_twice_by_one_process_is_an_error(audit: Audit) -> None:
    with open_run(audit, spec(), d=4) as writer:
        writer.commit("first", {"embedding": rows(0, 5)})
        with pytest.raises(HardlookError, match="first"):
            writer.commit("first", {"embedding": rows(5, 8)})


def test_a_second_process_on_the_same_run_is_told_it_is_busy(audit: Audit) -> None:
    script = f"""
        import sys; sys.path.insert(0, {str(ROOT)!r})
        from pathlib import Path
        from core.errors import RunBusy
        from core.store.audit import Audit
        from core.store.writer import open_run
        from core.types import RunSpec
        spec = RunSpec("embed", "fake", {{"items": "abc"}}, {{"d": 4}})
        try:
            with open_run(Audit(Path({str(audit.path)!r})), spec, d=4):
                pass
        except RunBusy as error:
            print("busy:", error)
    """
    with open_run(audit, spec(), d=4):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
        )
    assert done.stdout.startswith("busy: Another process is writing")


def test_a_process_killed_amid_commits_loses_no_acknowledged_unit(audit: Audit) -> None:
    script = f"""
        import sys; sys.path.insert(0, {str(ROOT)!r})
        import numpy as np
        from pathlib import Path
        from core.store.audit import Audit
        from core.store.writer import open_run
        from core.types import RunSpec
        spec = RunSpec("embed", "fake", {{"items": "abc"}}, {{"d": 4}})
        with open_run(Audit(Path({str(audit.path)!r})), spec, d=4) as writer:
            for i in range(100_000):
                if str(i) in writer.finished():
                    continue
                ids = np.full(3, i, np.int32)
                writer.commit(str(i), {{"embedding": {{"image_id": ids, "vector": np.ones((3, 4), np.float32)}}}})
                print(i, flush=True)
    """
    for _ in range(3):
        child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        seen = [int(child.stdout.readline()) for _ in range(5)]
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        with open_run(audit, spec(), d=4) as writer:
            finished = {int(unit) for unit in writer.finished()}
            assert set(seen) <= finished
            counts = writer.read("SELECT image_id, count(*) AS n FROM embedding GROUP BY ALL")
            assert set(counts["n"].to_pylist()) == {3}
            assert set(counts["image_id"].to_pylist()) == finished


def test_a_hub_reads_vectors_back_in_image_order(audit: Audit) -> None:
    from core.store.database import schema

    with duckdb.connect(str(audit.items_path)) as connection:
        connection.execute(schema.items({}))
    with open_run(audit, spec(), d=4) as writer:
        writer.commit("5-9", {"embedding": rows(5, 9)})
        writer.commit("0-5", {"embedding": rows(0, 5)})
        writer.publish()
    hub = views.open_hub(audit)
    vectors = views.embedding(hub, run_id(spec()))
    assert vectors.flags.c_contiguous
    np.testing.assert_array_equal(vectors[:, 0], np.arange(9))


def test_a_full_disk_says_so_and_what_to_do() -> None:
    error = explained(duckdb.IOException("Could not write file: No space left on device"), Path("/x/runs/a.partial"))
    assert isinstance(error, DiskFull)
    assert "goes on from there" in error.hint


def test_without_a_name_the_newest_audit_is_meant(tmp_path: Path) -> None:
    create_audit("first", tmp_path)
    time.sleep(0.02)  # modification times decide, and file systems round them
    create_audit("second", tmp_path)
    assert find_audit(None, tmp_path).name == "second"
    assert find_audit("first", tmp_path).name == "first"


def test_busy_is_an_error_a_user_can_act_on() -> None:
    error = explained(
        duckdb.IOException("IO Error: Could not set lock on file: Conflicting lock is held"), Path("a.partial")
    )
    assert isinstance(error, RunBusy)
