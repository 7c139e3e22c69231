"""What the entries add up to: every reviewed image's label and verdict, now or at any earlier entry.

An image's state is the decision that its last applied entry goes by. Only reviewed images are held, and one decision
costs two look-ups in an index, however many images or entries there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .classes import ClassChanges, class_changes
from .entries import ReviewState
from .journal import Journal, in_parts

_STATES = """
SELECT o.key, o.content_hash, o.new_label, o.verdict, o.second_label, o.reviewer, o.time, o.reason, h.sequence, h.origin
FROM entry AS h JOIN entry AS o ON o.sequence = h.origin
WHERE h.sequence IN ({heads})"""

_EVERY_HEAD = """SELECT max(sequence) FROM entry
WHERE key IS NOT NULL AND effect = 'applied' AND sequence <= ? GROUP BY key"""

# One step in the index for each image, however many entries it has; GROUP BY would walk over them all.
_HEADS_OF = """WITH wanted (key) AS (VALUES {values})
SELECT (SELECT max(e.sequence) FROM entry AS e
        WHERE e.key = wanted.key AND e.effect = 'applied' AND e.sequence <= ?) FROM wanted"""

# NOT INDEXED: a walk over the newest entries, where the index would have every image walked over.
_CHANGED = """SELECT DISTINCT key FROM entry NOT INDEXED
WHERE sequence > ? AND sequence <= ? AND key IS NOT NULL AND effect = 'applied'"""


@dataclass(frozen=True)
class Folded:
    """A fold that later ones go on from: every state after entry `at`, under these changes of classes."""

    at: int
    changes: ClassChanges
    states: dict[str, ReviewState]


def current(journal: Journal, at: int | None = None) -> dict[str, ReviewState]:
    """The state of every reviewed image by key, now or as it was after entry `at`.

    An image whose every decision was undone, or that was only skipped, is not among them. The journal keeps the
    newest answer, so asking again after some decisions reads those alone.
    """
    at = journal.last if at is None else at
    changes, known = class_changes(journal, at), journal.folded
    if not isinstance(known, Folded) or at < known.at or changes != known.changes:
        states = _states(journal, at, _EVERY_HEAD, [])
        if isinstance(known, Folded) and at < known.at:
            return states
    else:
        changed = [key for (key,) in journal.rows(_CHANGED, [known.at, at])]
        states = {**known.states}
        for key in changed:
            states.pop(key, None)
        states |= states_of(journal, changed, at)
    journal.folded = Folded(at, changes, states)
    return dict(states)


def states_of(journal: Journal, keys: Iterable[str], at: int | None = None) -> dict[str, ReviewState]:
    """The same for a few images, such as those on a page; images without a decision are absent."""
    last = journal.last if at is None else at
    found: dict[str, ReviewState] = {}
    for part in in_parts(keys):
        found |= _states(journal, last, _HEADS_OF.format(values=",".join(["(?)"] * len(part))), part)
    return found


def state_of(journal: Journal, key: str, at: int | None = None) -> ReviewState | None:
    """The same for one image."""
    return states_of(journal, [key], at).get(key)


def _states(journal: Journal, at: int, heads: str, keys: list[str]) -> dict[str, ReviewState]:
    changes = class_changes(journal, at)
    rows = journal.rows(_STATES.format(heads=heads), [*keys, at])
    if not changes.changes:
        return {row[0]: ReviewState._make(row) for row in rows}
    return {row[0]: _called_now(ReviewState._make(row), changes) for row in rows}


def _called_now(state: ReviewState, changes: ClassChanges) -> ReviewState:
    return state._replace(
        label=changes.name_now(state.label, state.origin),
        second_label=changes.name_now(state.second_label, state.origin),
    )


@dataclass(frozen=True)
class Difference:
    """An image whose label or verdict is not the same in two states of the journal. None: not reviewed there."""

    key: str
    before: ReviewState | None
    after: ReviewState | None


def differences(before: Mapping[str, ReviewState], after: Mapping[str, ReviewState]) -> list[Difference]:
    """Images whose label, second label or verdict differ, in key order."""
    return [
        Difference(key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if _says(before.get(key)) != _says(after.get(key))
    ]


def _says(state: ReviewState | None) -> tuple[str | None, ...] | None:
    return None if state is None else (state.verdict, state.label, state.second_label)
