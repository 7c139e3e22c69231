"""What a reviewer looks at next: images in an order, second reviews, or conflicts; and how far they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from ...metrics.intervals import share_estimate
from ...reviews import Conflict, Journal, ReviewState, conflicts, current
from ...reviews.classes import class_changes
from ...reviews.queue import lend, skipped_by
from ...reviews.second import second_reviews_due
from ...reviews.verdicts import says_wrong
from ...store import lookups
from ...types import UNLABELLED, Bools, Ints
from ...wording import count, percent_interval
from ..view.reader import Reader

BLOCK, MOST_BLOCKS = 200, 4  # keys read at once, and how many such blocks are kept
NOWHERE = -1  # the id of an image that the data has no more


@dataclass(frozen=True)
class Next:
    """Keys to look at next, and the place in the order before which nothing is left for this reviewer."""

    keys: list[str]
    start: int = 0


class QueueSource(Protocol):
    """Where a queue comes from. Second reviews are blind: without what others decided."""

    @property
    def blind(self) -> bool:
        """Whether these are second reviews."""

    def next_keys(self, journal: Journal, reviewer: str, n: int, start: int) -> Next:
        """The next n images for a reviewer, not in someone else's hands; those they skipped come last.

        start: as the last answer said.
        """

    def progress(self, journal: Journal, reviewer: str) -> str:
        """How far it is, in words."""


@dataclass(frozen=True, eq=False)
class InOrder:
    """Images in an order, each until somebody has decided it as it is now. ids: (m,) int."""

    reader: Reader
    ids: Ints
    blind: bool = False

    def next_keys(self, journal: Journal, reviewer: str, n: int, start: int) -> Next:
        """Not decided. Starts again where the last answer ended: a queue may be a million long."""
        states = self._standing(journal)
        again = self._skipped(journal, reviewer, states)
        skipped, passed = set(again), 0

        def candidates() -> Iterator[str]:
            nonlocal passed
            whole = True  # nothing has been left behind yet
            for key in self._keys(start):
                done = key in states or key in skipped
                whole = whole and done
                passed += whole
                if not done:
                    yield key
            yield from again

        keys = lend(journal, candidates(), reviewer, n, decided_too=True)
        return Next(keys, start + passed)

    def _keys(self, start: int) -> Iterator[str]:
        """Keys from a place on, read in blocks as they are asked for; the block in use is read once."""
        for block in range(start // BLOCK, -(-len(self.ids) // BLOCK)):
            if block not in self._blocks:
                rows = lookups.image_rows(self.reader.hub, self.ids[block * BLOCK : (block + 1) * BLOCK])
                self._blocks[block] = [row["key"] for row in rows]
                for old in list(self._blocks)[:-MOST_BLOCKS]:
                    self._blocks.pop(old, None)  # two pages may be at it
            yield from self._blocks[block][max(start - block * BLOCK, 0) :]

    @cached_property
    def _blocks(self) -> dict[int, list[str]]:
        return {}

    @cached_property
    def _places(self) -> dict[str, int]:
        """Id of each decided or skipped image that was ever counted: they are looked up once."""
        return {}

    @cached_property
    def _hashes(self) -> dict[str, str]:
        """Content of the images of `_places`."""
        return {}

    @cached_property
    def _inside(self) -> Bools:
        inside = np.zeros(self.reader.n_images, bool)
        inside[self.ids] = True
        return inside

    def progress(self, journal: Journal, reviewer: str) -> str:
        """How far it is and how many flags were right."""
        counted = self.count(journal)
        return with_skipped(counted.text, len(self._skipped(journal, reviewer, self._standing(journal))), counted.left)

    def count(self, journal: Journal) -> Progress:
        """Counted over the decided images alone, however long the queue is."""
        states, changes = self._standing(journal), class_changes(journal)
        given = [changes.name_now(name, 0) for name in self.reader.class_names] if changes.changes else []
        return progress(self.reader, states, self._places, self._inside, given or self.reader.class_names)

    def _standing(self, journal: Journal) -> dict[str, ReviewState]:
        """Every decision but those about another content of an image, which count as none."""
        states = current(journal)
        self._place(states)
        return {key: state for key, state in states.items() if self._hashes.get(key) in (None, state.content_hash)}

    def _skipped(self, journal: Journal, reviewer: str, states: Mapping[str, ReviewState]) -> list[str]:
        """Those of the queue that the reviewer skipped and nobody has decided, last skipped last."""
        keys = [key for key in skipped_by(journal, reviewer) if key not in states]
        self._place(keys)
        return [key for key in keys if (image_id := self._places[key]) >= 0 and self._inside[image_id]]

    def _place(self, keys: Iterable[str]) -> None:
        fresh = [key for key in keys if key not in self._places]
        if fresh:
            rows = lookups.image_rows(self.reader.hub, lookups.ids_of(self.reader.hub, fresh))
            self._hashes.update({row["key"]: row["content_hash"] for row in rows})
            self._places.update(dict.fromkeys(fresh, NOWHERE) | {row["key"]: row["image_id"] for row in rows})


@dataclass(frozen=True)
class SecondReviews:
    """The random share of decided images that somebody else has to judge, without seeing what was decided."""

    blind: bool = True

    def next_keys(self, journal: Journal, reviewer: str, n: int, start: int) -> Next:
        """Those that this reviewer did not decide."""
        due = skipped_last(second_reviews_due(journal, reviewer), skipped_by(journal, reviewer))
        return Next(lend(journal, due, reviewer, n, decided_too=True))

    def progress(self, journal: Journal, reviewer: str) -> str:
        """How many are left to this reviewer."""
        if not reviewer:
            return ""
        due = second_reviews_due(journal, reviewer)
        skipped = len(set(due).intersection(skipped_by(journal, reviewer)))
        return with_skipped(f"{count(len(due))} second reviews left to you", skipped, len(due))


@dataclass(frozen=True)
class Adjudication:
    """Images on which two answers stand against each other, oldest conflict first."""

    blind: bool = False

    def next_keys(self, journal: Journal, reviewer: str, n: int, start: int) -> Next:
        """An image with several conflicts comes once, and again for the next of them."""
        due = skipped_last(open_conflicts(journal), skipped_by(journal, reviewer))
        return Next(lend(journal, due, reviewer, n, decided_too=True))

    def progress(self, journal: Journal, reviewer: str) -> str:
        """How many are open."""
        found = conflicts(journal)
        keys = {each.key for each in found}
        skipped = len(keys.intersection(skipped_by(journal, reviewer)))
        return with_skipped(f"{count(len(found))} conflicts open", skipped, len(keys))


def open_conflicts(journal: Journal) -> dict[str, Conflict]:
    """The oldest open conflict of each image, by key."""
    return {each.key: each for each in reversed(conflicts(journal))}


def skipped_last(keys: Iterable[str], skipped: Sequence[str]) -> list[str]:
    """The keys in their order, but those that were skipped behind all others and in the order of the skips."""
    places = {key: place for place, key in enumerate(skipped)}
    return sorted(keys, key=lambda key: places.get(key, -1))


def with_skipped(text: str, skipped: int, left: int) -> str:
    """How far a queue is, and when the images come back that the reviewer skipped. left: to look at, with those."""
    if not skipped:
        return text
    they, when = "it comes" if skipped == 1 else "they come", "now" if skipped == left else "at the end"
    return f"{text} · {count(skipped)} skipped, {they} back {when}"


def earlier_keys(journal: Journal, reviewer: str, n: int) -> list[str]:
    """Keys of the last n images that a reviewer decided one by one, oldest first, each once."""
    query = """SELECT key FROM entry WHERE reviewer = ? AND action = sequence AND kind IN ('decision', 'resolve')
               AND key IS NOT NULL ORDER BY sequence DESC LIMIT ?"""
    newest_first = dict.fromkeys(key for (key,) in journal.rows(query, [reviewer, 2 * n]))
    return list(newest_first)[:n][::-1]


@dataclass(frozen=True)
class Progress:
    """How far the review of some images is. decided: of them; labelled: of those; wrong: of these, whose given label
    the decision says is wrong; left: rest."""

    decided: int
    labelled: int
    wrong: int
    left: int

    @property
    def text(self) -> str:
        """Counts, and how many of the flags were right so far."""
        if not self.decided:
            return f"{count(self.left)} to review"
        said = f"{count(self.left)} left · {count(self.decided)} decided"
        if not self.labelled:
            return said
        precision = percent_interval(share_estimate(self.wrong, self.labelled))
        if self.labelled < self.decided:
            return f"{said}, {precision} of their {count(self.labelled)} given labels wrong, as counted"
        return f"{said}, {precision} of them wrong labels, as counted"


def progress(
    reader: Reader,
    states: Mapping[str, ReviewState],
    places: Mapping[str, int],
    inside: Bools,
    names: Sequence[str | None],
) -> Progress:
    """states: of every decided image, by key. places: their ids. inside: (n,) bool, the images counted.

    names: of the classes as they are called now, by label; None for one that is no longer there.
    """
    judged = [(state, image_id) for key, state in states.items() if (image_id := places[key]) >= 0 and inside[image_id]]
    labels = [(state, label) for state, image_id in judged if (label := int(reader.labels[image_id])) != UNLABELLED]
    wrong = sum(says_wrong(state, names[label]) for state, label in labels)
    return Progress(len(judged), len(labels), wrong, int(np.count_nonzero(inside)) - len(judged))
