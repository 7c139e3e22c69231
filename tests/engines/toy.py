"""Stages for tests of the engines: what they do to a shard is said in the name of what lies beside their files."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from core.engines.jobs import Work
from core.engines.ledger import Ledger
from core.errors import BadInput, DiskFull, ExtraMissing, Unreachable, WeightsUnavailable
from core.files.whole import whole_file


def toy(ledger: Ledger, seconds: float = 0.0) -> Work:
    """The stage whose shards lie in a ledger. seconds: that each takes."""
    return Work(__name__, make.__name__, (ledger.folder, ledger.folder.with_name("log"), seconds))


def begun(ledger: Ledger) -> Counter[str]:
    """How often each of its shards was begun."""
    return Counter(ledger.folder.with_name("log").read_text().split())


def make(folder: Path, log: Path, seconds: float = 0.0) -> Callable[[int | None], None]:
    """Write a file for each shard and a line into the log.

    kill-N, once-N, refuse-N, wrong-N, full-N, lack-N, away-N: faults. unfit, broken: faults of whoever begins.
    """
    if (folder / "unfit").exists():
        raise WeightsUnavailable("The weights are not on this machine.", "Fetch them.")
    if (folder / "broken").exists():
        raise RuntimeError("no driver")

    def work(job: int | None) -> None:
        with log.open("a") as file:
            file.write(f"{job}\n")
        time.sleep(seconds)  # 0 unless the test kills somebody in the middle of a shard
        once = folder / f"once-{job}"
        if once.exists():
            once.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        if (folder / f"kill-{job}").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        if (folder / f"refuse-{job}").exists():
            raise BadInput(f"Shard {job} is not as it was.", "Put it back.")
        if (folder / f"lack-{job}").exists():
            raise ExtraMissing("A package is not installed.", "Install it.")
        if (folder / f"away-{job}").exists():
            raise Unreachable(f"The images of shard {job} are not there.", "Mount them.")
        if (folder / f"wrong-{job}").exists():
            raise ZeroDivisionError(f"in shard {job}")
        if (folder / f"full-{job}").exists():
            raise DiskFull("The disk is full.", "Free some space.")
        with whole_file(folder / f"part-{job:05d}.txt", durable=True) as part:
            part.write_text(f"shard {job}")

    return work


def make_slowly(folder: Path, log: Path) -> Callable[[int | None], None]:
    """As `make`, and it says first which process does a shard, which then has time to be killed, once."""
    make_it = make(folder, log)

    def work(job: int | None) -> None:
        said = folder / f"pids-{job}"
        if not said.exists():
            with whole_file(said) as part:
                part.write_text(f"{os.getpid()}")
            if job == 2:
                with log.open("a") as file:
                    file.write(f"{job}\n")
                time.sleep(60)  # until it is killed
        make_it(job)

    return work


def surroundings() -> Callable[[int | None], str]:
    """What a worker is surrounded by, as JSON."""
    import numpy as np
    import torch
    from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

    def work(_: int | None) -> str:
        product = np.ones((8, 8)) @ np.ones((8, 8))  # so that the libraries have begun
        assert product[0, 0] == 8
        threads = {torch.get_num_threads(), *(one["num_threads"] for one in threadpool_info())}
        return json.dumps({
            "process": os.getpid(), "threads": sorted(threads), "environment": dict(os.environ), "path": sys.path,
            "folder": os.getcwd(),
        })  # fmt: skip

    return work
