"""What a child does before anything else: it ties itself to its parent, whose death it never outlives.

Two ways, because neither does alone. On Linux the kernel ends the child when its parent ends, also amid a computation
that holds Python's lock. Elsewhere, and where the kernel would not, a thread of the child waits for the end of
something that only the parent holds open: a pipe.

Run as a file, it is a program: `python tied.py PIPE PARENT -m MODULE …` or `… -c CODE …` runs that, tied.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from multiprocessing import parent_process
from multiprocessing.connection import wait
from typing import Any

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def tie(parent: int, parent_ended: Callable[[], object]) -> None:
    """End this process when its parent ends, however that was. parent: its id. parent_ended: returns when it has."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the kernel was told
        os._exit(1)
    threading.Thread(target=_end_after, args=(parent_ended,), name="tied to parent", daemon=True).start()


def _end_after(parent_ended: Callable[[], object]) -> None:
    parent_ended()
    os._exit(1)  # not sys.exit: the main thread may be inside a computation of minutes


def run_tied(parent: int, module: str, name: str, *arguments: Any) -> None:
    """What a process of multiprocessing is started with: a function by name, whose module loads when it is tied."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C too, and ends its processes
    above = parent_process()
    if above is None:
        raise RuntimeError("run_tied is for a process that multiprocessing has started")
    tie(parent, lambda: wait([above.sentinel]))
    getattr(import_module(module), name)(*arguments)


def main() -> None:
    """Tie this process, then run the module or the code that its arguments name, as Python itself would."""
    pipe, parent, form, what, *rest = sys.argv[1:]
    tie(int(parent), lambda: os.read(int(pipe), 1))  # nobody writes to it: it is read when it closes
    sys.argv = [form, *rest]
    if form == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - what -c does


if __name__ == "__main__":
    main()
