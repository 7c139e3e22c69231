"""Every file of an audit, and of a folder of shards, damaged in every way, under every command and page that reads it:
python -m tests.attacks.damaged_files.

Each works or says what is wrong. A traceback, a process that dies or hangs, and success claimed where the audit could
not be read are faults. --share 0.1 draws a tenth; --seed another, and other bytes; --workers 2 runs as many at once.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue

import duckdb

from core.files.arrow import BROKEN_TABLE
from tests.attacks.damage import DAMAGES, UNDAMAGED, damaged_copy, folders_of_shards, originals
from tests.attacks.forked import Forge
from tests.attacks.readers_of_audits import NEED_IMAGES, READERS, SHARD_READERS, Outcome, reading, run_reader
from tests.attacks.values import value_of

READ_OF_ITEMS = ("images", "classes")
"""Tables of the items that a reader needs; the others say what was read of the folder, and how."""

NEEDED_OF_SHARDS = {
    "shards runs": "^shards.json$",
    "shards lens": "^shards.json$|^items/|^(ingest|embed|rmd|centroid)-[0-9a-f]{12}/part-|-sums-[0-9a-f]{12}/merged-",
    "shards score": "^shards.json$",
}  # fmt: skip
"""Files that a reader of shards can do nothing without; a command finds done what has a name, and reads it not."""


@dataclass(frozen=True)
class Case:
    """file: of the audit, relative to it. damage: a name of DAMAGES. reader: a command or a page."""

    file: str
    damage: str
    reader: str


@dataclass
class Result:
    """What came of some cases. slowest: seconds, and of which. faults: a line each."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    faults: list[str] = field(default_factory=list)

    def add(self, other: Result) -> None:
        """Take in what came of others."""
        self.outcomes.update(other.outcomes)
        self.slowest = max(self.slowest, other.slowest)
        self.faults += other.faults


def every_case(folder: Path, readers: Sequence[str] = READERS) -> Iterator[Case]:
    """All of them, for the audit in a folder, or the shards."""
    for file in sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()):
        for damage in DAMAGES:
            for reader in readers:
                yield Case(file, damage, reader)


def attack(cases: list[Case], folder: Path, whole: Path, other: Path, workers: int = 1, seed: int = 0) -> Result:
    """Run some cases. folder: to work in. whole, other: the audit, and another one, undamaged."""
    result = Result()
    idle: SimpleQueue[Forge] = SimpleQueue()

    def one(numbered: tuple[int, Case]) -> tuple[Case, Outcome, float]:
        number, case = numbered
        place = folder / str(number)
        damaged_copy(whole, other, place / whole.name, case.file, case.damage, seed=f"{seed} {number}")
        lost = needed(case) and not same_value(place / whole.name / case.file, whole / case.file)
        forge, start = idle.get(), time.perf_counter()
        try:
            outcome, seconds = run_reader(forge, case.reader, place), time.perf_counter() - start
        finally:  # or the next would wait for it without an end
            idle.put(forge)
        shutil.rmtree(place)
        return case, replace(outcome, fault=outcome.fault or _claimed(case, outcome, lost)), seconds

    with ExitStack() as stack, ThreadPoolExecutor(workers) as pool:
        for _ in range(workers):
            idle.put(stack.enter_context(reading()))
        for case, outcome, seconds in pool.map(one, enumerate(cases)):
            name = f"{case.file} {case.damage}: {case.reader}"
            result.outcomes[outcome.what] += 1
            if seconds > result.slowest[0]:
                result.slowest = seconds, name
            if outcome.fault:
                result.faults.append(f"{name}: {outcome.fault}")
                print(f"  {result.faults[-1]}", flush=True)
    return result


def drawn(cases: list[Case], share: float, rng: random.Random, undamaged: str) -> list[Case]:
    """A share of the cases, in their order, behind each of their readers on what nothing was done to."""
    some = sorted(rng.sample(cases, int(len(cases) * share)), key=cases.index)
    return [*(Case(undamaged, UNDAMAGED, reader) for reader in dict.fromkeys(case.reader for case in some)), *some]


def needed(case: Case) -> bool:
    """Whether the reader can do nothing without the file."""
    if case.reader.startswith("shards "):
        return bool(re.search(NEEDED_OF_SHARDS.get(case.reader, "^$"), case.file))
    return case.file == "audit.json" or (case.file.startswith("items-") and case.reader in NEED_IMAGES)


def same_value(damaged: Path, whole: Path) -> bool:
    """Whether a file holds what it held; what was cut off or changed may have been space that is not used.

    Of the items their images and classes: a reader that needs them may never look at what was read of the folder.
    """
    tables = READ_OF_ITEMS if whole.name.startswith("items-") else ()
    try:
        return value_of(damaged, tables=tables) == value_of(whole, tables=tables)
    except (*BROKEN_TABLE, duckdb.Error):
        return False


def _claimed(case: Case, outcome: Outcome, lost: bool) -> str:
    """Success where what the reader needs cannot have been read, or none where nothing is wrong; "" otherwise."""
    if case.damage == UNDAMAGED:
        return "" if outcome.what == "works" else "does not work on an audit that nothing was done to"
    may_matter_not = case.damage == "another audit's"
    may_matter_not |= case.damage == "a byte flipped" and not case.reader.startswith("shards ")  # which has checksums
    return "claims success without having read it" if lost and not may_matter_not and outcome.what == "works" else ""


def main() -> int:
    """Print the figures; 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", default="", help="cases whose file, damage or reader has this in it")
    given = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        whole, other = originals(folder)
        cases = [case for case in every_case(whole) if given.only in f"{case.file} {case.damage} {case.reader}"]
        divided, another = folders_of_shards(folder)
        over_shards = [
            case
            for case in every_case(divided, SHARD_READERS)
            if given.only in f"{case.file} {case.damage} {case.reader}"
        ]
        rng = random.Random(given.seed)
        cases, over_shards = (drawn(each, given.share, rng, file) for each, file in (
            (cases, "audit.json"), (over_shards, "shards.json"),
        ))  # fmt: skip
        result = attack(cases, folder / "cases", whole, other, given.workers, given.seed)
        result.add(attack(over_shards, folder / "cases", divided, another, given.workers, given.seed))
    count, readers = len(cases) + len(over_shards), len(READERS) + len(SHARD_READERS)
    print(f"{count:,} cases of {readers} commands and pages in {time.perf_counter() - start:.0f} s")
    for what, count in result.outcomes.most_common():
        print(f"{what}: {count:,}")
    print(f"slowest: {result.slowest[0]:.1f} s ({result.slowest[1]}) · faults: {len(result.faults)}")
    return 1 if result.faults else 0


if __name__ == "__main__":
    sys.exit(main())
