"""Commands that write, ended at random moments and run again: python -m tests.attacks.kills --count 500 [--seed 0].

Whatever a signal leaves behind, the same command then ends with what it would have made undisturbed: every file equal
by value, nothing left over, no process alive five seconds after the signal, exit code 0. A command that says the second
time that its work is done (an export is there, a class has been renamed) may say so here too, once it was done.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.attacks.bench import COMMAND, Bench, build_bench
from tests.attacks.commands import WRITES
from tests.attacks.faults import list_faults
from tests.attacks.forked import Forge, kill_session, session_of
from tests.attacks.values import differences, values_of

PATIENCE = 5.0  # seconds after which nothing of a command may be alive
LIMIT = 240.0
LONGEST_STOP = 2.0  # seconds
STOPPED = (130, -signal.SIGINT)
"""Exit codes of a command that Ctrl-C ended: the second may come when nothing is left to be said."""

BORN_ORPHAN = re.compile(
    r"Traceback \(most recent call last\):\n(?:  .*\n)*?.* in spawn_main\n(?:  .*\n)*?EOFError: Ran out of input\n"
)
"""What Python's own multiprocessing says in a process whose parent was killed with -9 in the millisecond of its start,
before any line of ours runs there. It ends with that.
"""

WAYS = ("KILL", "KILL", "KILL", "TERM", "INT twice", "HUP", "STOP and CONT")


@dataclass(frozen=True)
class Undisturbed:
    """What a command leaves when nothing happens to it."""

    seconds: float
    left: dict[str, str]


@dataclass
class Outcome:
    """What came of the attacks. landed: those that met a running command. faults: a few lines each. orphans: processes
    that said BORN_ORPHAN, which is counted and is no fault of ours."""

    count: int = 0
    landed: Counter[str] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    slowest_end: float = 0.0
    orphans: int = 0
    faults: list[str] = field(default_factory=list)


class Attack:
    """One bench under attack: `attacked` is made anew from it each time, at the same place."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self.bench, self.seed = bench, seed
        self.attacked = Bench(bench.folder.with_name("attacked"), bench.inputs, bench.train)
        self.said = bench.folder.with_name("said")
        self.forge = Forge(COMMAND, self.attacked.environment())
        self.outcome = Outcome()
        self._undisturbed: dict[str, Undisturbed] = {}
        self._twice: dict[str, tuple[dict[str, str], int]] = {}

    def undisturbed(self, name: str) -> Undisturbed:
        """What the command does when it is left alone. Raises RuntimeError if it fails."""
        if name not in self._undisturbed:
            self._fresh()
            start = time.monotonic()
            code = self._run(name)
            seconds, left = time.monotonic() - start, values_of(self.attacked.folder)
            if code or left == values_of(self.bench.folder):
                raise RuntimeError(f"{name}: exit code {code}, or nothing written\n{self.said.read_text()}")
            self._undisturbed[name] = Undisturbed(seconds, left)
        return self._undisturbed[name]

    def twice(self, name: str) -> tuple[dict[str, str], int]:
        """What the command leaves when it is run twice and left alone, and what it ends with then."""
        if name not in self._twice:
            self._fresh()
            self._run(name)
            code = self._run(name)
            self._twice[name] = values_of(self.attacked.folder), code
        return self._twice[name]

    def _run(self, name: str) -> int:
        self._start(name)
        return self.forge.code()

    def _start(self, line: str) -> int:
        return self.forge.start(self.attacked.words(line), self.attacked.work, self.said)

    def once(self, name: str, number: int) -> None:
        """One attack on a command; its number decides the way and the moment."""
        expected = self.undisturbed(name)
        draw = random.Random(f"{self.seed} {number} {name}")
        way, moment = draw.choice(WAYS), draw.uniform(0, expected.seconds)
        faults: list[str] = []
        self._fresh()
        session = self._start(name)
        self.outcome.count += 1
        if not self.forge.ended(moment):
            self.outcome.landed[way] += 1
            self.outcome.commands[name] += 1
            self._signal(way, session, draw)
        faults += self._ended(way, session)
        faults += self._again(name, expected)
        if faults:
            place = f"number {number}, {name}, {way} after {moment:.2f} of {expected.seconds:.2f} s"
            self.outcome.faults.append("\n    ".join([place, *faults]))
            print(f"\n  {self.outcome.faults[-1]}", file=sys.stderr)

    def _fresh(self) -> None:
        shutil.rmtree(self.attacked.folder, ignore_errors=True)
        self.bench.copied(self.attacked.folder)

    def _signal(self, way: str, session: int, draw: random.Random) -> None:
        # What a terminal does reaches all that runs in it; a kill by its number, or by the system, one process.
        everybody = draw.random() < 0.5
        with suppress(ProcessLookupError):
            if way == "INT twice":
                os.killpg(session, signal.SIGINT)
                self.forge.ended(draw.uniform(0, 0.3))
                os.killpg(session, signal.SIGINT)
            elif way == "STOP and CONT":
                send = os.killpg if everybody else os.kill
                send(session, signal.SIGSTOP)
                time.sleep(draw.uniform(0, LONGEST_STOP))  # the length of the stop is what is tried
                send(session, signal.SIGCONT)
            elif way == "HUP":
                os.killpg(session, signal.SIGHUP)
            else:
                os.kill(session, signal.Signals[f"SIG{way}"])

    def _ended(self, way: str, session: int) -> list[str]:
        """Faults in how the command ended."""
        start = time.monotonic()
        if not self.forge.ended(LIMIT):
            kill_session(session)
            self.forge.code()
            return [f"did not end within {LIMIT:.0f} s"]
        code = self.forge.code()
        if way == "STOP and CONT":  # after which it went on to its end
            start = time.monotonic()
        faults = []
        while (alive := session_of(session)) and time.monotonic() - start < PATIENCE:
            time.sleep(0.02)  # between two looks; the deadline ends them
        if alive:
            commands = [Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode() for one in alive]
            faults.append(f"alive after {PATIENCE:.0f} s: {commands}")
            kill_session(session)
        if way != "STOP and CONT":
            self.outcome.slowest_end = max(self.outcome.slowest_end, time.monotonic() - start)
        allowed = {"INT twice": (0, *STOPPED), "STOP and CONT": (0,)}.get(way)
        if allowed and code not in allowed:
            faults.append(f"exit code {code}")
        return faults + self._traceback("it", killed=way == "KILL")

    def _again(self, name: str, expected: Undisturbed) -> list[str]:
        """Faults in what the same command makes of what was left."""
        session = self._start("runs --audit a")
        faults = [f"runs: exit code {code}"] if (code := self.forge.code()) else []
        faults += self._traceback("runs")
        session = self._start(name)
        if not self.forge.ended(LIMIT):
            kill_session(session)
            self.forge.code()
            return [*faults, f"again: not ended within {LIMIT:.0f} s"]
        code = self.forge.code()
        found, said = values_of(self.attacked.folder), self.said.read_text(errors="replace")
        faults += self._traceback("again")
        # It may have been done before the signal came: then this was the second time.
        if (found, code) != (expected.left, 0) and (found, code) != self.twice(name):
            faults += [f"again: exit code {code}: {said[-600:]}"] if code else []
            faults += [f"again: {line}" for line in differences(found, expected.left)]
        return faults

    def _traceback(self, when: str, killed: bool = False) -> list[str]:
        said = self.said.read_text(errors="replace")
        if killed:
            said, orphans = BORN_ORPHAN.subn("", said)
            self.outcome.orphans += orphans
        return [f"{when} said: {said[-2000:]}"] if "Traceback" in said else []


def attack(bench: Bench, count: int, seed: int = 0, names: Sequence[str] = ()) -> Outcome:
    """End commands at `count` moments. names: of `WRITES`; all of them if left out."""
    under = Attack(bench, seed)
    with under.forge:
        for number, name in enumerate(chosen(under, list(names) or list(WRITES), count)):
            under.once(name, number)
            print(f"\r{number + 1} of {count}, {len(under.outcome.faults)} faults", end="", file=sys.stderr)
    return under.outcome


def chosen(under: Attack, names: Sequence[str], count: int) -> list[str]:
    """The command of each attack. All get a fair share; one that takes a minute gets fewer than one of a second."""
    if count <= len(names):
        return random.Random(under.seed).sample(list(names), count)
    weights = {name: 1 / (1 + under.undisturbed(name).seconds) for name in names}
    share = (count - 2 * len(names)) / sum(weights.values())
    listed = [name for name in names for _ in range(max(2, 2 + int(share * weights[name])))]
    return [*listed, *names][:count]


def main() -> int:
    """Print the figures; 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", default=[], help="A name of the list; repeatable.")
    given = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outcome = attack(build_bench(Path(folder)), given.count, given.seed, given.only)
    ways = ", ".join(f"{way} {count}" for way, count in outcome.landed.most_common())
    print(f"\n{outcome.count} moments over {len(outcome.commands)} commands in {time.monotonic() - start:.0f} s")
    print(f"met a running command: {outcome.landed.total()} ({ways})")
    print(f"slowest end of all its processes: {outcome.slowest_end:.1f} s")
    print(f"processes born as their parent was killed, which Python says: {outcome.orphans}")
    return list_faults(outcome.faults)


if __name__ == "__main__":
    sys.exit(main())
