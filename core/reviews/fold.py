"""What the entries add up to: every reviewed image's label and verdict, now or at any earlier entry.

An image's state is the decision that its last applied entry goes by. Only reviewed images are held, and one decision
costs two look-ups in an index, however many images or entries there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .classes import ClassChanges, class_changes
from .entries import State
from .journal import Journal, in_parts

_STATES = """
SELECT o.key, o.content_hash, o.new_label, o.verdict, o.second_label, o.reviewer, o.time, o.reason, h.sequence, h.origin
FROM entry AS h JOIN entry AS o ON o.sequence = h.origin
WHERE h.sequence IN (SELECT max(sequence) FROM entry
                     WHERE key IS NOT NULL AND effect = 'applied' AND sequence <= ? {only} GROUP BY key)"""


def current(journal: Journal, at: int | None = None) -> dict[str, State]:
    """The state of every reviewed image by key, now or as it was after entry `at`.

    An image whose every decision was undone, or that was only skipped, is not among them.
    """
    return _states(journal, journal.last if at is None else at, "", [])


def states_of(journal: Journal, keys: Iterable[str], at: int | None = None) -> dict[str, State]:
    """The same for a few images, such as those on a page; images without a decision are absent."""
    last = journal.last if at is None else at
    found: dict[str, State] = {}
    for part in in_parts(keys):
        found |= _states(journal, last, f"AND key IN ({','.join('?' * len(part))})", part)
    return found


def state_of(journal: Journal, key: str, at: int | None = None) -> State | None:
    """The same for one image."""
    return states_of(journal, [key], at).get(key)


def _states(journal: Journal, at: int, only: str, keys: list[str]) -> dict[str, State]:
    changes = class_changes(journal, at)
    rows = journal.rows(_STATES.format(only=only), [at, *keys])
    if not changes.changes:
        return {row[0]: State._make(row) for row in rows}
    return {row[0]: _called_now(State._make(row), changes) for row in rows}


def _called_now(state: State, changes: ClassChanges) -> State:
    return state._replace(
        label=changes.name_now(state.label, state.origin),
        second_label=changes.name_now(state.second_label, state.origin),
    )


@dataclass(frozen=True)
class Difference:
    """An image whose label or verdict is not the same in two states of the journal. None: not reviewed there."""

    key: str
    before: State | None
    after: State | None


def differences(before: Mapping[str, State], after: Mapping[str, State]) -> list[Difference]:
    """Images whose label, second label or verdict differ, in key order."""
    return [
        Difference(key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if _says(before.get(key)) != _says(after.get(key))
    ]


def _says(state: State | None) -> tuple[str | None, ...] | None:
    return None if state is None else (state.verdict, state.label, state.second_label)
