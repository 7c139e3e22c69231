"""Audits in which a run was left unfinished, by an exception or by a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from core.store.audit import Audit, create_audit
from core.store.database.partial import log_of
from core.store.unfinished import told_progress
from core.store.writer import open_run, run_id
from tests.store.tearing import SPEC, rows

ROOT = Path(__file__).parents[2]


def kill_amid(audit: Audit, *, checkpoint: bool) -> None:
    """Leave what a process leaves that was killed with two units committed."""
    script = f"""
        import os, signal
        from pathlib import Path
        from core.store.audit import Audit
        from core.store.writer import open_run
        from tests.store.tearing import SPEC, rows
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


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    made = create_audit("a", tmp_path)
    made.write_manifest(items="abc")
    return made


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


@pytest.fixture
def half_way(audit: Audit) -> Audit:
    with open_run(audit, SPEC, d=4) as writer:
        writer.commit("0", {"embedding": rows("0")}, seconds=2.5)
    assert told_progress(audit, run_id(SPEC)) == ("0", 2.5)
    return audit
