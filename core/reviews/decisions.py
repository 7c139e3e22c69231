"""Deciding: one image, or every image of a selection, against what the reviewer had seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import BadInput
from .classes import ClassChanges, class_changes, refuse_unknown
from .entries import (
    AGREED,
    AMBIGUOUS,
    APPLIED,
    BULK,
    CONFIRMED,
    CONFLICT,
    DECISION,
    NOTED,
    RELABELLED,
    SKIPPED,
    VERDICTS,
    By,
    Decision,
    ReviewState,
    Saved,
    outcome,
)
from .fold import current, state_of
from .journal import OWN, UNTOUCHED, Head, Journal, as_json


def decide(journal: Journal, decision: Decision, by: By) -> Saved:
    """Write one decision; it is durable when this returns. Sent twice, it counts once.

    Where someone else has decided since `decision.seen`, it changes nothing and is kept as a conflict (`conflicts`),
    or as agreement if it says the same. Raises BadInput on an unknown verdict or class.
    """
    with journal.together():
        before = journal.sent_before(by)
        if before is not None:
            return before
        return write_decision(journal, decision, by, DECISION)


def write_decision(
    journal: Journal, decision: Decision, by: By, kind: str, parent: int | None = None
) -> Saved:  # fmt: skip
    """Check one decision and append it, inside `together`. parent: the entry that it settles."""
    changes = class_changes(journal)
    label, second = _checked(journal, decision, changes)
    head, state = journal.head(decision.picture.key), state_of(journal, decision.picture.key)
    row = _row(decision, label, second, head, state, changes, by.nonce)
    return journal.append([{**row, "parent": parent}], by, kind)


def decide_bulk(
    journal: Journal, decisions: Sequence[Decision], predicate: Any, by: By, reason: str = ""
) -> Saved:  # fmt: skip
    """The same verdict on every image of a selection, in one durable step and one action to undo.

    decisions: one per image, alike but for the picture. predicate: a JSON value that says how they were selected,
    such as the page's address. The answer counts the images changed, and those that someone had changed meanwhile.
    """
    if not decisions:
        raise BadInput("The selection holds no images.", "Widen it.")
    decisions = list({decision.picture.key: decision for decision in decisions}.values())  # an image counts once
    with journal.together():
        before = journal.sent_before(by)
        if before is not None:
            return before
        changes = class_changes(journal)
        first = decisions[0]
        label, second = _checked(journal, first, changes)
        heads, states = journal.heads(), current(journal)

        def rows() -> Iterator[dict[str, Any]]:
            detail = as_json({"predicate": predicate, "count": len(decisions)})
            yield {
                "verdict": first.verdict, "new_label": label, "second_label": second, "reason": reason or first.reason,
                "seen": first.seen, "runs": as_json(dict(first.runs)), "detail": detail,
            }  # fmt: skip
            for decision in decisions:
                key = decision.picture.key
                yield {
                    **_row(decision, label, second, heads.get(key, UNTOUCHED), states.get(key), changes, by.nonce),
                    "kind": DECISION,
                    "runs": "{}",  # the action has them
                }

        return journal.append(rows(), by, BULK)


def _checked(journal: Journal, decision: Decision, changes: ClassChanges) -> tuple[str | None, str | None]:
    """The labels named, under the names they have now. Raises BadInput on an unknown verdict or class."""
    if decision.verdict not in VERDICTS:
        raise BadInput(f"{decision.verdict!r} is no verdict.", f"Use one of {', '.join(VERDICTS)}.")
    if decision.verdict == RELABELLED and decision.label is None:
        raise BadInput(f"The new label of {decision.picture.key!r} is missing.", "Name a class.")
    if decision.second_label is not None and decision.verdict != AMBIGUOUS:
        raise BadInput(f"Only an ambiguous image has a second label, not a {decision.verdict} one.", "Leave it out.")
    names = changes.names(journal.class_names)
    known = set(names)

    def named(label: str | None) -> str | None:
        if label is None or label in known:
            return label
        # A page that was opened before the class got its new name still sends the old one.
        found = changes.name_now(label, decision.seen) or ""
        refuse_unknown(found, names)
        return found

    return named(decision.label), named(decision.second_label)


def _row(
    decision: Decision, label: str | None, second: str | None, head: Head, state: ReviewState | None,
    changes: ClassChanges, nonce: str,
) -> dict[str, Any]:  # fmt: skip
    """One decision as the columns of an entry. head, state: the image's own as they are now."""
    picture = decision.picture
    old = state.label if state is not None else changes.name_now(picture.given, 0)
    new = label if decision.verdict in (CONFIRMED, RELABELLED) and label is not None else old
    if decision.verdict == CONFIRMED and new is None:
        raise BadInput(f"{picture.key!r} has no label to confirm.", "Give it one.")
    effect = _effect(decision, new, second, head, state, nonce)
    return {
        "key": picture.key, "content_hash": picture.content_hash, "verdict": decision.verdict, "old_label": old,
        "new_label": new, "second_label": second, "reason": decision.reason, "seen": decision.seen,
        "found": head.sequence, "blind": int(decision.blind), "scores": as_json(dict(picture.scores)),
        "runs": as_json(dict(decision.runs)), "effect": effect, "origin": OWN if effect == APPLIED else None,
    }  # fmt: skip


def _effect(
    decision: Decision, new: str | None, second: str | None, head: Head, state: ReviewState | None, nonce: str
) -> str:  # fmt: skip
    """Whether a decision becomes the image's state."""
    if decision.verdict == SKIPPED:
        return NOTED
    # What the same page sent is no surprise to it: its outbox is in order, and acknowledgements come late.
    unseen = head.sequence > decision.seen and head.nonce != nonce
    if not unseen and not (decision.blind and state is not None):
        return APPLIED
    if state is None:  # decided and taken back while this reviewer looked: still something they had not seen
        return CONFLICT
    same = outcome(state.verdict, state.label, state.second_label) == outcome(decision.verdict, new, second)
    return AGREED if same else CONFLICT
