"""Damaged images thrown at the decoder: python -m tests.attacks.fuzz_images --count 10000 [--seed 0].

Each is decoded in a process of its own kind, which may answer with pixels or with a Refusal. Anything else is a fault:
another exception, a process that dies, more than ten seconds, a word on the error stream, a gigabyte of memory.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from core.images.pixels import Refusal, examine, thumbnail_webp
from tests.attacks.faults import list_faults
from tests.attacks.image_formats import seeds
from tests.attacks.mutations import mutated

MOST_SECONDS = 10.0
MOST_MEGABYTES = 1024
START_SECONDS = 60.0


@dataclass
class Outcome:
    """What came of `count` damaged images.

    slowest, largest: seconds of one image, megabytes of the process, and after which image. faults: one line each, with
    the number that makes the image again.
    """

    count: int
    formats: int
    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    largest: tuple[int, str] = (0, "")
    faults: list[str] = field(default_factory=list)


def damaged(number: int, seed: int) -> tuple[str, bytes]:
    """The format and the bytes of one damaged image."""
    whole = seeds_of()
    names = list(whole)
    rng = np.random.default_rng([seed, number])
    name, other = names[number % len(names)], names[int(rng.integers(len(names)))]
    return name, mutated(whole[name], whole[other], rng)


_seeds: dict[str, bytes] = {}


def seeds_of() -> dict[str, bytes]:
    """The whole files, made once a process."""
    if not _seeds:
        _seeds.update(seeds())
    return _seeds


def fuzz(count: int, seed: int = 0) -> Outcome:
    """Decode `count` damaged images and say what came of them."""
    outcome = Outcome(count, len(seeds_of()))
    with tempfile.NamedTemporaryFile() as errors:
        number, worker = 0, None
        while number < count:
            if worker is None:
                worker = _Worker(seed, errors.name)
            answer = worker.decode(number)
            name = damaged(number, seed)[0]
            if answer is None:
                outcome.faults.append(f"number {number}, {name}: {worker.end()}")
                worker = None
            else:
                _count(outcome, number, name, answer)
            number += 1
        if worker is not None:
            worker.end()
        errors.seek(0)
        if said := errors.read(2000).decode(errors="replace"):
            outcome.faults.append(f"on the error stream: {said}")
    megabytes, after = outcome.largest
    if megabytes > MOST_MEGABYTES:
        outcome.faults.append(f"{megabytes} MB of memory after {after}")
    return outcome


Answer = tuple[str, str, float, int]


def _count(outcome: Outcome, number: int, name: str, answer: Answer) -> None:
    kind, detail, seconds, megabytes = answer
    if kind == "read":
        outcome.read += 1
    elif kind == "refused":
        outcome.refused[detail] += 1
    else:
        outcome.faults.append(f"number {number}, {name}: {detail}")
    if seconds > outcome.slowest[0]:
        outcome.slowest = seconds, f"number {number}, {name}"
    if megabytes > outcome.largest[0]:
        outcome.largest = megabytes, f"number {number}, {name}"


class _Worker:
    """A process that decodes what it is asked for, and can be ended when it does not answer."""

    def __init__(self, seed: int, errors: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, seed, errors), daemon=True)
        self._process.start()
        theirs.close()
        self._patience = START_SECONDS

    def decode(self, number: int) -> Answer | None:
        """What came of one image, None if no answer came in time or the process died."""
        try:
            self._ours.send(number)
            if not self._ours.poll(self._patience):
                return None
            answer: Answer = self._ours.recv()
        except (EOFError, OSError):
            return None
        self._patience = MOST_SECONDS
        return answer

    def end(self) -> str:
        """End the process and say how it was left."""
        self._process.join(0.1)
        died = self._process.exitcode
        self._process.kill()
        self._process.join()
        self._ours.close()
        return f"more than {self._patience:g} seconds" if died is None else f"the process died with {died}"


def _serve(asked: Connection, seed: int, errors: str) -> None:
    os.dup2(os.open(errors, os.O_WRONLY | os.O_APPEND), 2)  # what C libraries write there counts as well
    while True:
        try:
            number = asked.recv()
        except EOFError:
            return
        start = time.perf_counter()
        kind, detail = _decoded(damaged(number, seed)[1])
        asked.send((kind, detail, time.perf_counter() - start, peak_megabytes()))


def peak_megabytes() -> int:
    """The most memory this process has held. Not `getrusage`, which on Linux goes on from the parent's."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    (line,) = [one for one in status.read_text().splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


def _decoded(data: bytes) -> tuple[str, str]:
    try:
        facts, rgb = examine(data)
        if facts.width * facts.height < 1 or rgb.mode != "RGB":
            return "fault", f"{facts} came out as {rgb.mode} of {rgb.size}"
        thumbnail_webp(examine(data, at_least=320)[1])
    except Refusal as refusal:
        return "refused", refusal.reason
    except BaseException as error:  # noqa: BLE001 - whatever else comes is what is looked for
        return "fault", f"{type(error).__name__}: {error}"
    return "read", ""


def main() -> int:
    """Print the figures; 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    start = time.perf_counter()
    outcome = fuzz(given.count, given.seed)
    print(f"{outcome.count:,} damaged images of {outcome.formats} formats in {time.perf_counter() - start:.0f} s")
    print(f"read: {outcome.read:,}")
    for reason, count in outcome.refused.most_common():
        print(f"refused, {reason}: {count:,}")
    print(f"slowest: {outcome.slowest[0]:.2f} s ({outcome.slowest[1]})")
    print(f"most memory: {outcome.largest[0]} MB (after {outcome.largest[1]})")
    return list_faults(outcome.faults)


if __name__ == "__main__":
    sys.exit(main())
