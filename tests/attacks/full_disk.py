"""A disk that is full at a random moment, under every command that writes; with space again the same command finishes.

    python -m tests.attacks.full_disk --count 100 [--seed 0] [--only train]

Each attack takes a fresh copy of the bench's audit on a small disk in memory. That is filled before the command starts,
to the last byte or with a few left that the command will need more of, or while it runs. Then the command has to end
with 0 or with an error in words that names the disk; and when there is space again, the same command with 0. All that
lies there afterwards equals by value what an undisturbed command leaves, but for what was set aside by name.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tests.attacks.bench import COMMAND, Bench, build_bench
from tests.attacks.commands import WRITES
from tests.attacks.forked import Forge, kill_session
from tests.attacks.values import differences, values_of
from tests.disks import mounted

DISK = 256 << 20
"""Bytes of the small disk: some three times what the largest command writes, which are sums of RMD over shards."""

BEFORE, AMID = "before", "amid"
LIMIT = 300.0  # seconds that no command takes
ASIDE = re.compile(r"\.unreadable-\d+$")
FILLER = "filler"


@dataclass(frozen=True)
class Undisturbed:
    """What a command does with room. seconds: it takes. written: bytes that it adds. values: what lies there then."""

    seconds: float
    written: int
    values: dict[str, str]


@dataclass(frozen=True)
class Moment:
    """When the disk is filled. how: BEFORE or AMID. left: bytes that stay free. after: seconds from its start."""

    how: str
    left: int
    after: float = 0.0

    def __str__(self) -> str:
        return f"{self.left:,} bytes left" if self.how == BEFORE else f"full after {self.after:.2f} s"


class Arena:
    """A small disk with a copy of the bench on it, which is made anew for each attack."""

    def __init__(self, disk: Path, original: Bench) -> None:
        self.disk, self.original = disk, original
        self.bench = replace(original, folder=disk / "bench")

    def renew(self) -> None:
        """A fresh copy, and an empty disk besides."""
        for path in self.disk.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.original.copied(self.bench.folder)

    def free(self) -> int:
        """Bytes that are free."""
        found = os.statvfs(self.disk)
        return found.f_bavail * found.f_frsize

    def fill(self, left: int) -> None:
        """Write until no more than `left` bytes are free."""
        with open(self.disk / FILLER, "ab", buffering=0) as file:
            try:
                while (more := self.free() - left) > 0:
                    file.write(bytes(min(more, 1 << 20)))
            except OSError:  # the command was faster
                return

    def empty(self) -> None:
        """Give the space back."""
        (self.disk / FILLER).unlink(missing_ok=True)

    def start(self, forge: Forge, line: str, said: Path) -> int:
        """Start a command there; its session."""
        return forge.start(self.bench.words(line), self.bench.work, said)

    def values(self) -> dict[str, str]:
        """What lies there, but for what was set aside."""
        return {name: value for name, value in values_of(self.bench.folder).items() if not ASIDE.search(name)}


def undisturbed(arena: Arena, forge: Forge, line: str, said: Path) -> Undisturbed:
    """Run a command with room. Raises RuntimeError with what it said if it fails."""
    arena.renew()
    before, started = arena.free(), time.monotonic()
    code = run(arena, forge, line, said)
    seconds = time.monotonic() - started
    if code:
        raise RuntimeError(f"{line}: exit code {code}\n{said.read_text()}")
    return Undisturbed(seconds, max(before - arena.free(), 1 << 16), arena.values())


def run(arena: Arena, forge: Forge, line: str, said: Path) -> int:
    """Run a command to its end; its exit code. Raises TimeoutError."""
    session = arena.start(forge, line, said)
    if not forge.ended(LIMIT):
        kill_session(session)
        raise TimeoutError(f"{line} did not end in {LIMIT:.0f} s")
    return forge.code()


def attack(arena: Arena, forge: Forge, line: str, expected: Undisturbed, moment: Moment, said: Path) -> list[str]:
    """Fill the disk under a command; what is wrong with what becomes of it, a line for each fault."""
    arena.renew()
    if moment.how == BEFORE:
        arena.fill(moment.left)
        code = run(arena, forge, line, said)
    else:
        session = arena.start(forge, line, said)
        if not forge.ended(moment.after):
            arena.fill(0)
            if not forge.ended(LIMIT):
                kill_session(session)
                forge.code()
                return [f"it did not end within {LIMIT:.0f} s of a full disk"]
        code = forge.code()
    faults = faults_of(code, said.read_text(errors="replace"))
    arena.empty()
    if code:
        code = run(arena, forge, line, said)
        if code:
            faults.append(f"with space again it ends with {code}: {said.read_text(errors='replace')[-1500:]}")
    return faults + differences(arena.values(), expected.values)


def faults_of(code: int, text: str) -> list[str]:
    """What is wrong with how a command ended that had no room."""
    if "Traceback" in text:
        return [f"a traceback: {text[-1500:]}"]
    if code == 1 and "bytes free" not in text:
        return [f"its error does not say what is free: {text[-500:]}"]
    return [] if code in (0, 1) else [f"exit code {code}: {text[-500:]}"]


def moments(expected: Undisturbed, generator: random.Random) -> Iterator[Moment]:
    """Moments without end: nothing left, then a few bytes or a few moments by turns."""
    yield Moment(BEFORE, 0)
    while True:
        yield Moment(BEFORE, int(2 ** generator.uniform(10, expected.written.bit_length())) & ~4095)
        yield Moment(AMID, 0, generator.uniform(0.1, 0.95) * expected.seconds)


def attack_all(arena: Arena, lines: Sequence[str], count: int, seed: int, folder: Path) -> dict[str, list[str]]:
    """So many attacks, spread over the lines in turn; "line, moment" -> its faults, where it has any."""
    said, faulty = folder / "said", {}
    generator = random.Random(seed)
    arena.renew()
    with Forge(COMMAND, arena.bench.environment()) as forge:
        expected, coming = {}, {}
        for number in range(count):
            line = lines[number % len(lines)]
            if line not in expected:
                expected[line] = undisturbed(arena, forge, line, said)
                coming[line] = moments(expected[line], generator)
                if number % len(lines) and count < 2 * len(lines):
                    for _ in range(generator.randrange(3)):  # where each line has one turn, not all take the first
                        next(coming[line])
            moment = next(coming[line])
            faults = attack(arena, forge, line, expected[line], moment, said)
            print(f"{number + 1:4} {line}, {moment}: {'; '.join(faults) or 'as undisturbed'}", flush=True)
            if faults:
                faulty[f"{line}, {moment}"] = faults
    return faulty


def main() -> int:
    """Run the attacks; 1 if any found a fault."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=100, help="attacks, spread over the commands in turn")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="commands whose name begins so")
    options = parser.parse_args()
    lines = [name for name in WRITES if name.startswith(options.only)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ExitStack() as stack:
            try:
                disk = stack.enter_context(mounted(folder / "disk", DISK))
            except PermissionError as error:
                print(f"skipped: {error}")
                return 0
            faulty = attack_all(Arena(disk, build_bench(folder)), lines, options.count, options.seed, folder)
    print(f"{options.count} attacks, {len(faulty)} with faults")
    for where, faults in faulty.items():
        print(f"- {where}: {'; '.join(faults)}")
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
