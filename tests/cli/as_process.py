"""The command run as its own process would: forked off one that has loaded everything, and has no threads to lose."""

from __future__ import annotations

import multiprocessing
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


_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["core.__main__", "core.cli.app", "tests.cli.as_process"])


def nothing() -> None:
    """Prepare nothing."""


def run_command(arguments: list[str], prepare: Callable[[], object] = nothing) -> Ended:
    """Run `hardlook` with arguments, as the environment is now. prepare: a function of a module, called in the child,
    to close, redirect, limit or hide something."""
    with tempfile.TemporaryDirectory() as folder:
        said = [Path(folder, name) for name in ("out", "err")]
        given = (arguments, prepare, said, dict(os.environ), os.getcwd())
        child = _FORKS.Process(target=_in_child, args=given)
        child.start()
        child.join()
        texts = [path.read_text(errors="replace") if path.exists() else "" for path in said]
    assert child.exitcode is not None
    return Ended(child.exitcode, *texts)


def _in_child(
    arguments: list[str], prepare: Callable[[], object], said: list[Path], environment: dict[str, str], folder: str
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
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
