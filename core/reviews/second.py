"""Second reviews: a random share of decided images goes to someone else, who does not see what was decided.

What the second reviewer says is kept beside the first decision: agreement, or a conflict for the adjudication queue.
The two answers to every such image say how far reviewers agree (`core/metrics/reviewer_agreement.py`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from ..types import Ints
from .classes import class_changes
from .entries import RELABELLED, Entry, outcome
from .fold import current
from .history import UNDONE_ALREADY
from .journal import Journal

SHARE = 0.1
NO_RATING = -1

_BLIND = f"blind = 1 AND effect IN ('agreed', 'conflict') AND NOT {UNDONE_ALREADY.format(entry='entry.action')}"

_FIRST = f"""sequence IN (SELECT h.origin FROM entry AS h WHERE h.sequence IN
    (SELECT found FROM entry WHERE {_BLIND}))"""
"""SQL: the decisions that second reviewers were compared with."""


def second_reviews_due(journal: Journal, reviewer: str, *, share: float = SHARE, seed: int = 0) -> list[str]:
    """Keys of the share of decided images that others decided and nobody has looked at again, in a random order.

    Whether an image is in the share depends on its key and the seed alone: nobody can choose, and nothing changes
    as decisions come in.
    """
    seen = {entry.key for entry in journal.entries(_BLIND)}
    due = [
        (place, state.key)
        for state in current(journal).values()
        if state.reviewer != reviewer and state.key not in seen and (place := _place(state.key, seed)) < share
    ]
    return [key for _, key in sorted(due)]


@dataclass(frozen=True)
class Ratings:
    """What several reviewers said of the same images.

    codes: (reviewers, images) int into categories, NO_RATING where a reviewer did not judge the image.
    categories: class names, then "ambiguous" and "excluded" in brackets.
    """

    reviewers: tuple[str, ...]
    keys: tuple[str, ...]
    codes: Ints
    categories: tuple[str, ...]


def ratings(journal: Journal) -> Ratings:
    """Every image that had a blind second review, with all the answers it got. Taken back ones do not count."""
    blind = journal.entries(_BLIND)
    first = {entry.key: entry for entry in journal.entries(_FIRST)}
    changes = class_changes(journal)
    said: dict[tuple[str, str], str] = {}
    for second in blind:
        for entry in filter(None, (first.get(second.key), second)):
            label = changes.name_now(entry.new_label, entry.sequence)
            said[entry.reviewer, second.key or ""] = _category(entry, label)
    reviewers = tuple(sorted({reviewer for reviewer, _ in said}))
    keys = tuple(sorted({key for _, key in said}))
    categories = tuple(sorted(set(said.values())))
    codes = np.full((len(reviewers), len(keys)), NO_RATING, np.int64)
    row, column, code = ({name: i for i, name in enumerate(names)} for names in (reviewers, keys, categories))
    for (reviewer, key), category in said.items():
        codes[row[reviewer], column[key]] = code[category]
    return Ratings(reviewers, keys, codes, categories)


def pairs_of(codes: Ints) -> list[tuple[int, int]]:
    """Pairs of reviewers that judged at least two images in common, by their rows in `Ratings.codes`."""
    judged = codes != NO_RATING
    count = len(codes)
    return [(a, b) for a in range(count) for b in range(a + 1, count) if (judged[a] & judged[b]).sum() >= 2]


def _category(entry: Entry, label: str | None) -> str:
    verdict, _, _ = outcome(entry.verdict, label)
    return label or "" if verdict == RELABELLED else f"[{verdict}]"


def _place(key: str, seed: int) -> float:
    """A number in 0..1 that looks random and is the same for the same key and seed."""
    digest = hashlib.blake2b(f"{seed}\n{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
