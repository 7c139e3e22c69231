"""What is forked off is as a user would have started it."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.attacks.forked import Forge, kill_session


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
        while os.getsid(command) != command:  # until then it is a fork that has not begun
            time.sleep(0.001)  # between two looks
        os.kill(command, signal.SIGINT)
        assert forge.code() != 0
        ended = forge.start(["--help"], tmp_path, said)
        assert forge.code() == 0
        kill_session(ended)  # which is late, and no fault
