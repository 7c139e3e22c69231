"""What is forked off is as a user would have started it."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.attacks.forked import Forge, kill_session


def caught(process: int) -> int:
    """The signals that a process has a handler for, a bit each; none of one that has ended."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("SigCgt:")[1].split()[0], 16)


@pytest.mark.slow
def test_a_command_hears_signals_however_the_attack_was_started(tmp_path: Path) -> None:
    said = tmp_path / "said"
    with ExitStack() as stack:
        for deaf in (signal.SIGHUP, signal.SIGINT):  # as below nohup, and behind a shell's &
            stack.callback(signal.signal, deaf, signal.signal(deaf, signal.SIG_IGN))
        forge = stack.enter_context(Forge("core.__main__", os.environ))
        os.kill(forge.start(["--help"], tmp_path, said), signal.SIGHUP)
        assert forge.code() == -signal.SIGHUP
        command = forge.start(["--help"], tmp_path, said)
        # Asked of the system: a fork forgets a Ctrl-C that comes before it has begun, so that one sent might be lost.
        assert caught(command) >> (signal.SIGINT - 1) & 1
        assert forge.code() == 0
        kill_session(command)  # which is late, and no fault
