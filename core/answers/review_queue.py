"""What a reviewer looks at next, what became of what they sent, and how far they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import HardlookError
from ..metrics.intervals import wilson
from ..reviews import (
    CONFIRMED,
    SKIPPED,
    By,
    Decision,
    Journal,
    Picture,
    Saved,
    current,
    decide,
    redo,
    undo,
)
from ..reviews.queue import lend
from ..store import lookups
from ..types import Bools, Ints
from .reader import Reader
from .wording import count, percent_interval

DECISION, UNDO, REDO = "decision", "undo", "redo"
KEYS_AT_ONCE = 200


@dataclass(frozen=True)
class Outcome:
    """What became of one thing sent: "saved", "agreed", "conflict", "noted" or "refused", and a sentence for the last.

    nonce, number: which one. key: its image, "" where it concerns none or many.
    """

    nonce: str
    number: int
    status: str
    key: str = ""
    text: str = ""


def next_keys(
    reader: Reader, journal: Journal, ids: Ints, reviewer: str, n: int, *, decided_too: bool = False
) -> list[str]:
    """Keys of the next n images for a reviewer: not decided, not skipped by them, not in someone else's hands."""
    skipped = {
        key for (key,) in journal.rows(
            "SELECT key FROM entry WHERE reviewer = ? AND verdict = ? AND key IS NOT NULL", [reviewer, SKIPPED]
        )
    }  # fmt: skip
    candidates = (key for key in keys_of(reader, ids) if key not in skipped)
    return lend(journal, candidates, reviewer, n, decided_too=decided_too)


def keys_of(reader: Reader, ids: Ints) -> Iterator[str]:
    """Keys of images in this order, read as they are asked for: a queue may be a million long."""
    for start in range(0, len(ids), KEYS_AT_ONCE):
        yield from (row["key"] for row in lookups.image_rows(reader.hub, ids[start : start + KEYS_AT_ONCE]))


def keep(journal: Journal, item: Mapping[str, Any], reviewer: str, runs: Mapping[str, str]) -> Outcome:
    """Write what a page sent, and say what became of it once it is durable.

    item: as the page's outbox holds it: nonce, number, kind, and for a decision key, content_hash, given, verdict,
    label, second_label, seen, blind, reason, values. What cannot be written is said in words, never dropped.
    """
    nonce, number = str(item["nonce"]), int(item["number"])
    by = By(reviewer, nonce, number)
    try:
        if item["kind"] == DECISION:
            saved = decide(journal, _decision(item, runs), by)
        else:
            saved = undo(journal, by) if item["kind"] == UNDO else redo(journal, by)
    except HardlookError as error:
        return Outcome(nonce, number, "refused", str(item.get("key", "")), f"{error.message} {error.hint}")
    return Outcome(nonce, number, _status(saved), saved.key)


def _decision(item: Mapping[str, Any], runs: Mapping[str, str]) -> Decision:
    picture = Picture(
        str(item["key"]), str(item["content_hash"]), item["given"] or None,
        {str(name): float(value) for name, value in item["values"].items()},
    )  # fmt: skip
    return Decision(
        picture, str(item["verdict"]), item.get("label") or None, item.get("second_label") or None,
        seen=int(item["seen"]), blind=bool(item.get("blind")), reason=str(item.get("reason", "")), runs=runs,
    )  # fmt: skip


def _status(saved: Saved) -> str:
    if saved.conflicts:
        return "conflict"
    return "saved" if saved.applied else "agreed" if saved.agreed else "noted"


@dataclass(frozen=True)
class Progress:
    """How far the review of a queue is. decided: of its images; wrong: of those, not confirmed; left: to decide."""

    decided: int
    wrong: int
    left: int

    @property
    def text(self) -> str:
        """Counts, and how many of the flags were right so far."""
        if not self.decided:
            return f"{count(self.left)} to review"
        low, high = wilson(self.wrong, self.decided)
        precision = percent_interval(self.wrong / self.decided, float(low), float(high))
        return f"{count(self.left)} left · {count(self.decided)} decided, {precision} of them wrong labels"


def progress(reader: Reader, journal: Journal, inside: Bools) -> Progress:
    """Counted over the decided images alone, however long the queue is. inside: (n,) bool, the images of the queue."""
    states = current(journal)
    where = lookups.ids_by_key(reader.hub, list(states)) if states else {}
    judged = [
        states[key] for key, image_id in where.items() if inside[image_id] and states[key].verdict != SKIPPED
    ]  # fmt: skip
    wrong = sum(state.verdict != CONFIRMED for state in judged)
    return Progress(len(judged), wrong, int(np.count_nonzero(inside)) - len(judged))
