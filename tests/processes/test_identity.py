"""A process is gone only where that is certain."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from core.processes import identity
from core.processes.identity import MARK, certainly_gone, own_mark


def parts() -> list[str]:
    return own_mark().split("-")


def test_this_process_is_not_gone() -> None:
    assert MARK.fullmatch(own_mark())
    assert not certainly_gone(own_mark())


def test_a_process_that_ended_is_gone() -> None:
    code = "from core.processes.identity import own_mark; print(own_mark())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert certainly_gone(done.stdout.strip())


def test_one_that_ended_and_waits_for_its_parent_is_gone() -> None:
    code = "from core.processes.identity import own_mark; print(own_mark(), flush=True)"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with child:
        assert child.stdout is not None
        mark = child.stdout.readline().strip()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert certainly_gone(mark)


def test_an_id_that_was_given_again_is_another_process() -> None:
    process, start, boot, host = parts()
    assert certainly_gone(f"{process}-{int(start) - 1}-{boot}-{host}")


def test_nothing_is_known_of_another_host() -> None:
    _, start, boot, _ = parts()
    assert not certainly_gone(f"4194304-{start}-{boot}-{'1' * 8}")


def test_what_ran_before_this_host_was_booted_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    process, start, _, host = parts()
    assert certainly_gone(f"{process}-{start}-{'1' * 8}-{host}") == (identity._machine() != "")
    monkeypatch.setattr(identity, "_machine", lambda: "")
    assert not certainly_gone(f"{process}-{start}-{'1' * 8}-{host}")


@pytest.mark.parametrize("text", ["", "12", "12-3-4", "x-1-11111111-22222222", "1-1-11111111-22222222-"])
def test_what_is_no_mark_belongs_to_nobody_that_is_gone(text: str) -> None:
    assert not certainly_gone(text)


def test_another_users_process_is_there() -> None:
    _, start, boot, host = parts()
    assert not certainly_gone(f"1-{identity.started(1)}-{boot}-{host}")
    assert certainly_gone(f"1-{int(start) + 5}-{boot}-{host}")
