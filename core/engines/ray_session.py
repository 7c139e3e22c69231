"""Ray for as long as one command: a local start that this machine alone can reach, or a cluster that asks for a token.

Nothing is imported of Ray before its environment is settled: it reads it once. Usage reports are off. What is started
here listens on the loopback address alone, asks for a token that this process made up, shows no dashboard, keeps its
files in a folder of its own, which is removed at the end, and sends no file of anybody's anywhere.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import secrets
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from ..errors import BadInput, ExtraMissing, HardlookError
from ..files.temporary import temporary_folder
from .jobs import ALONE
from .ray_address import AT_LOOPBACK, MODE, TOKEN, WITH_TOKEN, at_loopback, refuse_address, refuse_unreachable

ALWAYS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # under `uv run` it would send the working directory to every machine
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else it warns of what it will do in versions to come
}
OBJECT_STORE = 80 * 2**20  # bytes, the least that Ray takes and more than outcomes of jobs need
FOLDER = "hardlook-ray-"
MADE_UP = secrets.token_hex(32)  # one a process, for Ray reads it once
LONGEST = 40  # bytes of a folder's path: sockets lie far below it, whose paths may have 107


class RaySession:
    """Ray, begun when it is first asked for. address: of a cluster; None to start one on this machine.

    Raises ExtraMissing where Ray is not installed, BadInput on an address or where there is no token for it.
    """

    def __init__(self, address: str | None) -> None:
        refuse_without_ray()
        if address is not None:
            refuse_address(address)
        self.address = address
        self._ray: Any = None
        self._undo = ExitStack()

    def begin(self, workers: int) -> Any:
        """The module `ray`, connected. workers: CPUs of a start on this machine. Raises HardlookError."""
        if self._ray is None:
            os.environ.update(ALWAYS)
            with ExitStack() as undo:
                folder = undo.enter_context(own_folder())
                if threading.current_thread() is threading.main_thread():  # Ray puts a handler of its own
                    undo.callback(signal.signal, signal.SIGTERM, signal.getsignal(signal.SIGTERM) or signal.SIG_DFL)
                how = self._join() if self.address else self._start(workers, folder)
                import ray

                undo.callback(ray.shutdown, wait_for_processes=True)
                self._initialise(ray, folder, how)
                if threading.current_thread() is threading.main_thread():
                    signal.signal(signal.SIGTERM, _terminated)
                self._ray, self._undo = ray, undo.pop_all()
        return self._ray

    def end(self) -> None:
        """Leave the cluster, or end what was started here, and remove its files."""
        self._ray = None
        self._undo.close()

    def _start(self, workers: int, folder: Path) -> dict[str, Any]:
        os.environ.update({MODE: WITH_TOKEN, TOKEN: MADE_UP, **AT_LOOPBACK})
        modules = os.pathsep.join(os.path.abspath(place) for place in sys.path if place)
        return {
            "address": "local", "num_cpus": workers, "include_dashboard": False, "object_store_memory": OBJECT_STORE,
            "_node_ip_address": "127.0.0.1", "_temp_dir": str(folder),
            "runtime_env": {"env_vars": {**ALONE, "PYTHONPATH": modules}},
        }  # fmt: skip

    def _join(self) -> dict[str, Any]:
        assert self.address
        refuse_unreachable(self.address)
        os.environ.update({MODE: WITH_TOKEN, **(AT_LOOPBACK if at_loopback(self.address) else {})})
        return {"address": self.address, "runtime_env": {"env_vars": dict(ALONE)}}

    def _initialise(self, ray: Any, folder: Path, how: dict[str, Any]) -> None:
        """In an empty folder: actors look for modules first where this process is, and nobody's data is any."""
        try:
            with chdir(folder):
                ray.init(log_to_driver=False, logging_level=logging.ERROR, **how)
        except Exception as error:
            first = next((line.strip() for line in f"{error}".splitlines() if line.strip()), type(error).__name__)
            raise HardlookError(
                f"Ray could not {'join ' + self.address if self.address else 'be started here'}: {first.rstrip('.')}.",
                "The engine local makes the same files without it.",
            ) from error


def refuse_without_ray() -> None:
    """Raise ExtraMissing where Ray is not installed."""
    if importlib.util.find_spec("ray") is None:
        raise ExtraMissing("The engine ray needs Ray.", "Run: pip install 'hardlook[ray]'")


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder for the files of a session, which is removed; so are those of processes that were killed."""
    above = Path(tempfile.gettempdir())
    if len(os.fsencode(above)) + len(FOLDER) + 8 > LONGEST:
        above = Path("/tmp")
    with ExitStack() as stack:
        try:
            made = stack.enter_context(temporary_folder(FOLDER, above))
        except OSError as error:
            raise BadInput(
                f"No folder for Ray's sockets can be made in {above}: {error.strerror}.", "Set TMPDIR to a short path."
            ) from error
        yield made


def _terminated(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
