"""Undo, redo and going back to an earlier state: new entries that name what they go back on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..errors import BadInput, command
from .classes import (
    ADD,
    MERGE,
    REMOVE,
    RENAME,
    UNMERGE,
    ClassChange,
    ClassChanges,
    change_row,
    changed,
    check_change,
    class_changes,
    effective,
    listed_changes,
)
from .entries import APPLIED, CLASS, CONFLICT, NOTED, REDO, REDONE, RESTORE, RESTORED, UNDO, UNDONE, By, Entry, Saved
from .fold import current
from .journal import UNTOUCHED, Journal, as_json, in_parts

UNDONE_ALREADY = """EXISTS (SELECT 1 FROM entry AS u WHERE u.parent = {entry} AND u.kind = 'undo' AND NOT EXISTS
    (SELECT 1 FROM entry AS r WHERE r.parent = u.sequence AND r.kind = 'redo'))"""
"""SQL: whether an action is undone. {entry} is a column's name."""

_ACTIONS = "('decision', 'bulk', 'resolve', 'restore', 'class')"
_LAST_ACTION = f"""SELECT a.sequence FROM entry AS a WHERE a.reviewer = ? AND a.action = a.sequence
    AND a.kind IN {_ACTIONS} AND NOT {UNDONE_ALREADY.format(entry="a.sequence")} ORDER BY a.sequence DESC LIMIT 1"""
_LAST_UNDO = f"""SELECT u.sequence FROM entry AS u WHERE u.reviewer = ?1 AND u.action = u.sequence AND u.kind = 'undo'
    AND u.parent IS NOT NULL AND NOT EXISTS (SELECT 1 FROM entry AS r WHERE r.parent = u.sequence AND r.kind = 'redo')
    AND NOT EXISTS (SELECT 1 FROM entry AS a WHERE a.reviewer = ?1 AND a.action = a.sequence
                    AND a.kind IN {_ACTIONS} AND a.sequence > u.sequence)
    ORDER BY u.sequence DESC LIMIT 1"""


def undo(journal: Journal, by: By, reason: str = "") -> Saved:
    """Take back the reviewer's last action that is not taken back yet, made in this session or an earlier one.

    An image that someone else has decided meanwhile stays as it is, and a conflict says so. With nothing to take
    back, the answer counts no image. Raises BadInput where a class cannot be taken back.
    """
    return _go_back(journal, by, _LAST_ACTION, UNDO, reason)


def redo(journal: Journal, by: By, reason: str = "") -> Saved:
    """Do again what the reviewer's last undo took back, unless they have decided something since."""
    return _go_back(journal, by, _LAST_UNDO, REDO, reason)


def refuse_no_entry(journal: Journal, at: int) -> None:
    """Raise BadInput unless the journal has an entry of that number; 0 is before the first."""
    last = journal.last
    if not 0 <= at <= last:
        raise BadInput(
            f"The journal has no entry {at}; its last is {last}.", "See them with", command(journal.audit, "reviews")
        )


def restore(journal: Journal, at: int, by: By, reason: str = "") -> Saved:
    """Make every label, verdict and class what it was after entry `at`, by new entries; itself undone by one undo.

    Raises BadInput if there is no such entry.
    """
    with journal.together():
        before = journal.sent_before(by)
        if before is not None:
            return before
        refuse_no_entry(journal, at)
        listed = listed_changes(journal)
        back = [inverse(change, listed) for change in _standing(listed, at)]
        heads = journal.heads()
        then = current(journal, at)
        # Compared by origin: labels are called by other names where a class was renamed since.
        moved = [key for key, head in heads.items() if head.origin != (then[key].origin if key in then else 0)]
        images = [(key, heads[key].origin, then[key].origin if key in then else 0) for key in moved]
        heading: dict[str, Any] = {"reason": reason, "detail": as_json({"at": at})}
        rows = [heading, *map(change_row, back), *returned(journal, images, RESTORED)]
        return journal.append(rows, by, RESTORE)


def inverse(change: ClassChange, listed: Sequence[ClassChange]) -> ClassChange:
    """The change that takes another back. listed: all changes so far, for the names that classes have now."""
    since = ClassChanges(tuple(each for each in listed if each.sequence > change.sequence))
    if change.what == RENAME:
        return ClassChange(0, RENAME, change.to or "", change.name)
    if change.what == MERGE:
        return ClassChange(0, UNMERGE, change.name, change.to, of=change.sequence)
    if change.what == UNMERGE:
        return ClassChange(0, MERGE, change.name, since.name_now(change.to, 0))
    return ClassChange(0, REMOVE if change.what == ADD else ADD, change.name)


def _standing(listed: Sequence[ClassChange], at: int) -> Iterator[ClassChange]:
    """Changes after entry `at` that still hold, the last first. One and its inverse cancel."""
    standing: list[ClassChange] = []
    for change in listed:
        if change.sequence > at:
            if standing and _cancels(standing[-1], change):
                standing.pop()
            else:
                standing.append(change)
    return reversed(standing)


def _cancels(earlier: ClassChange, later: ClassChange) -> bool:
    if earlier.what == MERGE:
        return later.what == UNMERGE and later.of == earlier.sequence
    back = inverse(earlier, [])
    return (back.what, back.name, back.to) == (later.what, later.name, later.to)


def _go_back(journal: Journal, by: By, which: str, kind: str, reason: str) -> Saved:
    with journal.together():
        before = journal.sent_before(by)
        if before is not None:
            return before
        found = journal.rows(which, [by.reviewer])
        if not found:
            # Kept although it changes nothing: sent again later, it must not take back something newer.
            return journal.append([{"reason": reason}], by, kind)
        (target,) = found[0]
        members = journal.entries("sequence = ?1 OR (action = ?1 AND action <> sequence)", [target])
        verdict = UNDONE if kind == UNDO else REDONE
        rows = [*_classes_back(journal, members), *_images_back(journal, members, verdict)]
        if len(rows) == 1 and rows[0].get("key"):  # one image: the entry itself says it all
            return journal.append([{**rows[0], "parent": target, "reason": reason}], by, kind)
        return journal.append([{"parent": target, "reason": reason}, *rows], by, kind)


def _classes_back(journal: Journal, members: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    """Entries that take back an action's changes of classes, the last first. Raises BadInput where one cannot be."""
    listed = listed_changes(journal)
    numbers = {member.sequence for member in members if member.kind == CLASS}
    names = effective(listed).names(journal.class_names)
    for change in reversed([each for each in listed if each.sequence in numbers]):
        back = inverse(change, listed)
        check_change(names, back)
        _refuse_class_in_use(journal, back, members)
        names = changed(names, back)
        yield change_row(back)


def _images_back(journal: Journal, members: Sequence[Entry], verdict: str) -> Iterator[dict[str, Any]]:
    """Entries that give an action's images the state they had before it."""
    applied = [member for member in members if member.key is not None and member.effect == APPLIED]
    earlier = _by_sequence(journal, {member.found for member in applied})
    back = [
        (member.key or "", member.origin or 0, (earlier[member.found].origin or 0) if member.found else 0)
        for member in applied
    ]
    yield from returned(journal, back, verdict)
    for member in members:
        if member.key is not None and member.effect != APPLIED:  # it had changed nothing that could be put back
            yield {"key": member.key, "content_hash": member.content_hash, "verdict": verdict, "effect": NOTED}


def returned(journal: Journal, back: Sequence[tuple[str, int, int]], verdict: str) -> Iterator[dict[str, Any]]:
    """Entries that give images the state of an earlier decision.

    back: (key, the decision the image goes by as far as the sender knows, the decision to go by again; 0 for none).
    Where the image goes by another decision now, the entry is a conflict.
    """
    changes = class_changes(journal)
    heads = journal.heads(key for key, _, _ in back)
    origins = {head.origin for head in heads.values()} | {origin for _, _, origin in back}
    decisions = _by_sequence(journal, origins)
    firsts = _first_entries(journal, [key for key, _, origin in back if origin == 0])
    for key, expected, origin in back:
        head = heads.get(key, UNTOUCHED)
        old, new = decisions.get(head.origin), decisions.get(origin)
        label = new.new_label if new else firsts[key].old_label  # as the data has it, where no decision is left
        since = new.sequence if new else firsts[key].sequence
        yield {
            "key": key, "content_hash": (new or firsts[key]).content_hash, "verdict": verdict,
            "effect": APPLIED if head.origin == expected else CONFLICT,
            "origin": origin if head.origin == expected else None,
            "old_label": changes.name_now(old.new_label, old.sequence) if old else None,
            "new_label": changes.name_now(label, since),
            "second_label": changes.name_now(new.second_label, new.sequence) if new else None,
            "seen": head.sequence, "found": head.sequence,
        }  # fmt: skip


def _by_sequence(journal: Journal, sequences: Iterable[int]) -> dict[int, Entry]:
    found: dict[int, Entry] = {}
    for part in in_parts(sorted(set(sequences) - {0})):
        marks = ",".join("?" * len(part))
        found |= {entry.sequence: entry for entry in journal.entries(f"sequence IN ({marks})", part)}
    return found


def _first_entries(journal: Journal, keys: Iterable[str]) -> dict[str, Entry]:
    """The first entry that changed each image, whose old label is the one in the data."""
    found: dict[str, Entry] = {}
    for part in in_parts(keys):
        where = f"""sequence IN (SELECT min(sequence) FROM entry WHERE key IS NOT NULL AND effect = 'applied'
                                 AND key IN ({",".join("?" * len(part))}) GROUP BY key)"""
        found |= {entry.key or "": entry for entry in journal.entries(where, part)}
    return found


def _refuse_class_in_use(journal: Journal, back: ClassChange, members: Sequence[Entry]) -> None:
    """Raise BadInput if a class is to go that images are in, other than those that leave it by the same step."""
    if back.what != REMOVE:
        return
    leaving = {(member.key, member.origin) for member in members}
    states = current(journal).values()
    using = [
        state.key
        for state in states
        if back.name in (state.label, state.second_label) and (state.key, state.origin) not in leaving
    ]
    if using:
        raise BadInput(
            f"Class {back.name!r} cannot be taken back: {len(using)} images are in it, {using[0]!r} for one.",
            "Give them another label first, or merge the class into another.",
        )
