"""Which shards of a stage are done, claimed, failed or quarantined: a folder of files, and no state beside it.

`part-00042.parquet` is there: shard 42 is done, whoever did it. `claims/00042-3` says who does it, and its time when
they were last heard of; a claim whose process is gone, or that was not renewed for as long as a lease lasts, is taken
over by the next number, which only one of those who try can make. `failures/00042-1` says what became of an attempt.
So two drivers at once do nothing twice, one that was killed leaves nothing to tidy up, and 100,000 shards are listed by
looking into three folders.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from ..processes.identity import certainly_gone, in_words, own_mark
from ..remote.place import (
    APlace,
    ahead,
    created,
    is_file,
    modified,
    names,
    prepared,
    refuse_shared,
    remove,
    stamped,
    touch,
    whole_at,
)

LEASE = 120.0  # seconds without a word after which a process of another machine is taken for gone
UNSIGNED = 5.0
"""Seconds after which a claim without a mark is taken over: where a claim is not made whole, as on disks without links,
its process ended between making it and writing it."""
ATTEMPTS = 3
REFUSED = "refused"
_PART = re.compile(r"part-(\d+)\.\w+")
_NUMBERED = re.compile(r"(\d+)-(\d+|refused)")


@dataclass(frozen=True)
class Standing:
    """How the shards of a stage stand, by number. quarantined: with what was said of the last attempt."""

    done: frozenset[int]
    claimed: frozenset[int]
    failed: dict[int, str]
    quarantined: dict[int, str]


@dataclass(frozen=True)
class Ledger:
    """The ledger of one stage. folder: its own. ending: of its files, with the dot."""

    folder: APlace
    ending: str

    def part(self, number: int) -> APlace:
        """The file of a shard, there or not."""
        return self.folder / f"part-{number:05d}{self.ending}"

    def begin(self) -> None:
        """Make the folders, and remove what ended processes left half written or claimed.

        Raises DiskFull, and BadInput at a URL where claims cannot be told from each other.
        """
        refuse_shared(self.folder)
        for folder in (self.folder, self._claims, self._failures):
            prepared(folder)

        done = self.done()
        for name in names(self._claims):  # of who was killed between the shard's name and the claim's end
            if (found := _NUMBERED.fullmatch(name)) and int(found[1]) in done:
                remove(self._claims / name)

    def done(self) -> set[int]:
        """The shards whose file is there."""
        return {int(found[1]) for name in names(self.folder) if (found := _PART.fullmatch(name))}

    def failures(self) -> dict[int, dict[str, str]]:
        """Shard -> attempt -> the file that says what became of it."""
        found: dict[int, dict[str, str]] = defaultdict(dict)
        for name in sorted(names(self._failures)):
            if match := _NUMBERED.fullmatch(name):
                found[int(match[1])][match[2]] = name
        return dict(found)

    def standing(self, *, said: bool = True) -> Standing:
        """Everything that can be said of the stage now. A shard that was done after all is done.

        said: read what was said of each failure, a file or a request each; "" without.
        """
        done = self.done()
        failed: dict[int, str] = {}
        quarantined: dict[int, str] = {}
        for number, attempts in self.failures().items():
            if number not in done:
                ended = REFUSED in attempts or len(attempts) >= ATTEMPTS
                text = self._said(list(attempts.values())[-1]) if said else ""
                (quarantined if ended else failed)[number] = text
        last = self._last_claims()
        claimed = {number for number, claim in last.items() if number not in done and self._live(*claim)}
        return Standing(frozenset(done), frozenset(claimed), failed, quarantined)

    def claim(self, number: int) -> bool:
        """Take a shard that is not done and that nobody alive has. Raises DiskFull."""
        last = self._last_claims(number).get(number)
        if self.part(number).exists() or (last is not None and self._live(*last)):
            return False
        generation = 1 if last is None else int(last[0].rpartition("-")[2]) + 1
        if not created(self._claims / f"{number:05d}-{generation}", own_mark()):
            return False
        if self.part(number).exists():  # done between the look and the claim
            self.release(number)
            return False
        return True

    def renew(self, numbers: Iterable[int]) -> None:
        """Say that these are still being worked on."""
        for number, (name, _) in self._last_claims(*numbers).items():
            if number in numbers:
                with suppress(FileNotFoundError):
                    touch(self._claims / name)

    def release(self, number: int) -> None:
        """Give a shard back, done or not."""
        for name in names(self._claims):
            if name.startswith(f"{number:05d}-"):
                remove(self._claims / name)

    def fail(self, number: int, said: str, *, refused: bool = False) -> int:
        """Keep what became of an attempt; which attempt it was. refused: another would end as this one did."""
        attempt = len(self.failures().get(number, ())) + 1
        path = self._failures / f"{number:05d}-{REFUSED if refused else attempt}"
        with whole_at(path, needed=len(said)) as part:
            part.write_text(said, encoding="utf-8", errors="backslashreplace")
        return attempt

    def forgive(self, among: Iterable[int]) -> list[int]:
        """Let the quarantined among these shards be tried again; which they were."""
        found = sorted(set(among).intersection(self.standing(said=False).quarantined))
        for number, attempts in self.failures().items():
            for name in attempts.values() if number in found else ():
                remove(self._failures / name)
        return found

    def holder(self, number: int) -> str:
        """The claim on a shard, whose it is and when they were heard of, in words; "" where there is none."""
        name, _ = self._last_claims(number).get(number, ("", None))
        if not name:
            return ""
        if (told := self._signed(name)) is None:
            return ""
        mark, heard = told
        return f"{self._claims / name}, of {in_words(mark)}, heard of {max(self._clock() - heard, 0):.0f} s ago"

    @property
    def _claims(self) -> APlace:
        return self.folder / "claims"

    @property
    def _failures(self) -> APlace:
        return self.folder / "failures"

    def _said(self, name: str) -> str:
        path = self._failures / name
        try:
            return str(path.read_text(encoding="utf-8", errors="replace")) if is_file(path) else f"{path} is no file"
        except FileNotFoundError:
            return ""

    def _last_claims(self, *numbers: int) -> dict[int, tuple[str, float | None]]:
        """Shard -> the name of its newest claim, and when that was heard of, None where it has to be asked for.

        numbers: of these shards, of all where none is named.
        """
        found: dict[int, tuple[int, str, float | None]] = {}
        for name, heard in stamped(self._claims).items():
            if (match := _NUMBERED.fullmatch(name)) and (not numbers or int(match[1]) in numbers):
                claim = int(match[2]), name, heard
                found[int(match[1])] = max(found.get(int(match[1]), claim), claim, key=lambda one: one[0])
        return {number: (name, heard) for number, (_, name, heard) in found.items()}

    def _live(self, name: str, heard: float | None) -> bool:
        """Whether somebody still works under a claim."""
        if heard is not None and self._clock() - heard < LEASE / 2:  # at a URL, where to look costs a request
            return True
        if (told := self._signed(name)) is None:
            return False
        mark, heard = told
        return not certainly_gone(mark) and self._clock() - heard < (LEASE if mark else UNSIGNED)

    def _signed(self, name: str) -> tuple[str, float] | None:
        """The mark in a claim, and when it was heard of; None where it is gone, or is no file and so nobody's."""
        path = self._claims / name
        try:
            if not is_file(path):
                return None
            mark, heard = path.read_text(encoding="utf-8", errors="replace"), modified(path)
        except FileNotFoundError:
            return None
        return mark.partition("\n")[0], heard

    def _clock(self) -> float:
        """The time by the clock that stamps these files, which on a network's disk is not this machine's."""
        return time.time() + self._ahead

    @cached_property
    def _ahead(self) -> float:
        """Seconds that clock is ahead of ours."""
        return ahead(self._claims)
