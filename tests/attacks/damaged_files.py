"""Every file of an audit damaged in every way, under every command and page: python -m tests.attacks.damaged_files.

Each works or says what is wrong. A traceback, a process that dies or hangs, and success claimed where the audit could
not be read are faults. --share 0.1 draws a tenth, --seed another tenth; --workers 2 runs as many at once.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.attacks.damage import DAMAGES, damaged_copy, originals
from tests.attacks.units import NEED_IMAGES, UNITS, Outcome, run_unit, warmed


@dataclass(frozen=True)
class Case:
    """file: of the audit, relative to it. damage: a name of DAMAGES. unit: a command or a page."""

    file: str
    damage: str
    unit: str


@dataclass
class Result:
    """What came of some cases. slowest: seconds, and of which. faults: a line each."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    faults: list[str] = field(default_factory=list)


def every_case(folder: Path) -> Iterator[Case]:
    """All of them, for the audit in a folder."""
    for file in sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()):
        for damage in DAMAGES:
            for unit in UNITS:
                yield Case(file, damage, unit)


def attack(cases: list[Case], folder: Path, whole: Path, other: Path, workers: int = 1) -> Result:
    """Run some cases. folder: to work in. whole, other: the audit, and another one, undamaged."""
    result = Result()

    def one(numbered: tuple[int, Case]) -> tuple[Case, Outcome, float]:
        number, case = numbered
        place = folder / str(number)
        damaged_copy(whole, other, place / whole.name, case.file, case.damage, seed=number)
        start = time.perf_counter()
        return case, run_unit(case.unit, place), time.perf_counter() - start

    with ThreadPoolExecutor(workers) as pool:
        for case, outcome, seconds in pool.map(one, enumerate(cases)):
            name = f"{case.file} {case.damage}: {case.unit}"
            result.outcomes[outcome.what] += 1
            if seconds > result.slowest[0]:
                result.slowest = seconds, name
            if fault := outcome.fault or _claimed(case, outcome):
                result.faults.append(f"{name}: {fault}")
    return result


def _claimed(case: Case, outcome: Outcome) -> str:
    """Success where what the unit needs cannot have been read, "" otherwise."""
    lost = case.damage not in ("another audit's", "a byte flipped")
    needed = case.file == "audit.json" or (case.file.startswith("items-") and case.unit in NEED_IMAGES)
    return "claims success without having read it" if lost and needed and outcome.what == "works" else ""


def main() -> int:
    """Print the figures; 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", default="", help="cases whose file, damage or unit has this in it")
    given = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary, warmed():
        folder = Path(temporary)
        whole, other = originals(folder)
        cases = [case for case in every_case(whole) if given.only in f"{case.file} {case.damage} {case.unit}"]
        rng = random.Random(given.seed)
        cases = sorted(rng.sample(cases, int(len(cases) * given.share)), key=cases.index)
        result = attack(cases, folder / "cases", whole, other, given.workers)
    print(f"{len(cases):,} cases of {len(UNITS)} commands and pages in {time.perf_counter() - start:.0f} s")
    for what, count in result.outcomes.most_common():
        print(f"{what}: {count:,}")
    print(f"slowest: {result.slowest[0]:.1f} s ({result.slowest[1]}) · faults: {len(result.faults)}")
    for fault in result.faults:
        print(f"  {fault}")
    return 1 if result.faults else 0


if __name__ == "__main__":
    sys.exit(main())
