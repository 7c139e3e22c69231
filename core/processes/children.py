"""How children are started: here alone, so that none outlives its parent, not even one that was killed with -9.

`start` is for a program, `start_function` for a function in a process of multiprocessing. Both begin with `tied.py`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from multiprocessing.resource_tracker import ensure_running
from pathlib import Path
from typing import Any

from .tied import run_tied

TIED = Path(__file__).with_name("tied.py")
_FORMS = ("-m", "-c")


@cache
def _starter() -> ThreadPoolExecutor:
    """The thread that starts every child, and stays for as long as this process does.

    To Linux a child's parent is the thread that made it: one started by a page would be ended with the page's thread.
    """
    return ThreadPoolExecutor(1, thread_name_prefix="starts children")


def start(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stdin: int | None = None,
    stdout: int | None = None,
    alone: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a Python program that ends when this process ends.

    command: [python, its options …, "-m", module, arguments …], or "-c" and code. alone: in a session of its own, so
    that an interrupt of this process is not one of the program. The others: as `Popen` takes them.
    """
    place = min(command.index(form) for form in _FORMS if form in command)
    theirs, ours = os.pipe()  # ours is closed by the kernel when this process ends, and then theirs can be read
    words = [*command[:place], str(TIED), str(theirs), str(os.getpid()), *command[place:]]
    try:
        child = _starter().submit(
            subprocess.Popen, words, env=env, stdin=stdin, stdout=stdout, pass_fds=(theirs,), start_new_session=alone
        ).result()  # fmt: skip
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    weakref.finalize(child, os.close, ours)
    return child


def start_function(function: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Start a process that calls a function of a module, and ends when this process ends. arguments: are pickled.

    It never hears Ctrl-C, which this process hears too and ends it for.
    """
    context = get_context("spawn")  # a fork would copy the threads of PyTorch in whatever state they are
    process = context.Process(
        target=run_tied, args=(os.getpid(), function.__module__, function.__name__, *arguments), daemon=True
    )
    _starter().submit(_start_deaf, process).result()
    return process


def _start_deaf(process: BaseProcess) -> None:
    """Start a process that Ctrl-C cannot reach before its first line, where it learns to ignore it (`run_tied`)."""
    if sys.platform == "win32":
        process.start()
        return
    ensure_running()  # what would be started with the first process, and lets Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # of this thread, and so of what it starts
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
