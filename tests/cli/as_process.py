"""The command run as its own process would: in a child of this one, which need not load everything anew."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import core.__main__
import core.cli.app


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, minus the number of a signal; what it said on either stream."""

    code: int
    out: str
    err: str


def run_command(arguments: list[str], prepare: Callable[[], object] = lambda: None) -> Ended:
    """Run `hardlook` with arguments. prepare: called in the child, to close, redirect, limit or hide something."""
    with tempfile.TemporaryDirectory() as folder:
        said = [Path(folder, name) for name in ("out", "err")]
        child = os.fork()
        if child == 0:
            _in_child(arguments, prepare, said)
        _, status = os.waitpid(child, 0)
        texts = [path.read_text(errors="replace") if path.exists() else "" for path in said]
    return Ended(-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status), *texts)


def _in_child(arguments: list[str], prepare: Callable[[], object], said: list[Path]) -> None:
    code: object = 99
    try:
        for number, path in enumerate(said, start=1):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
        prepare()
        sys.stdout, sys.stderr = (_as_python_opens(number) for number in (1, 2))
        sys.argv = ["hardlook", *arguments]
        core.__main__.main()
        code = 0
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001 - what Python would print
        traceback.print_exc()
        code = 1
    try:
        sys.stdout.flush()  # as Python does when it ends
    except BaseException:  # noqa: BLE001 - which it answers with this code
        code = 120
    os._exit(code if isinstance(code, int) else int(code is not None))


def _as_python_opens(number: int) -> object:
    """A standard stream as an interpreter has it that was started so: None where it is closed."""
    try:
        os.fstat(number)
    except OSError:
        return None
    return open(number, "w", closefd=False, errors="strict" if number == 1 else "backslashreplace")
