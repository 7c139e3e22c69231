"""Deciding: one image, or every image of a selection, against what the reviewer had seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

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
from .fold import current, state_of, states_of
from .journal import AT_ONCE, OWN, UNTOUCHED, Head, Journal, as_json, sender

REPEATED = "repeated"
"""What became of a decision that had been sent before: nothing was written."""


class UndecidableAmongMany(BadInput):
    """One of many decisions cannot be made. number: its own in its outbox."""

    def __init__(self, error: BadInput, number: int) -> None:
        super().__init__(error.message, error.advice, *error.commands)
        self.number = number


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


def decide_each(journal: Journal, sent: Iterable[tuple[Decision, By]]) -> Counter[str]:
    """Many decisions, each as by `decide`, in one durable step; how many had which effect, or REPEATED.

    What an image's state is by then is kept at hand and not asked for again, so that a million take the time of their
    rows. The pairs of nonce and number differ. Raises UndecidableAmongMany, and then nothing is written.
    """
    tally: Counter[str] = Counter()
    rest = iter(sent)
    with journal.together():
        images = _Images(journal)
        while part := list(islice(rest, AT_ONCE)):
            before = journal.known((by.nonce, by.number) for _, by in part)
            images.load(decision.picture.key for decision, _ in part)
            fresh = [each for each in part if (each[1].nonce, each[1].number) not in before] if before else part
            tally[REPEATED] += len(part) - len(fresh)
            journal.write(images.decided(fresh, tally))
    return tally


class _Images:
    """Heads and states of the images that are being decided, as they become by it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._classes = _Classes.of(journal)
        self._heads: dict[str, Head] = {}
        self._states: dict[str, ReviewState] = {}

    def load(self, keys: Iterable[str]) -> None:
        """Read what the journal has of images that are met for the first time."""
        new = list(dict.fromkeys(key for key in keys if key not in self._heads))
        self._heads |= dict.fromkeys(new, UNTOUCHED)
        found = self._journal.heads(new)
        self._heads |= found
        self._states |= states_of(self._journal, found)

    def decided(self, sent: Iterable[tuple[Decision, By]], tally: Counter[str]) -> Iterator[dict[str, Any]]:
        """The entries of decisions, in order, counted by their effects; each is known to those after it."""
        for sequence, (decision, by) in enumerate(sent, start=self._journal.last + 1):
            key = decision.picture.key
            try:
                label, second = _checked(decision, self._classes)
                head, state = self._heads[key], self._states.get(key)
                row = _row(decision, label, second, head, state, self._classes.changes, by.nonce)
                row |= {**sender(by), "kind": DECISION}
            except BadInput as error:
                raise UndecidableAmongMany(error, by.number) from error
            tally[row["effect"]] += 1
            if row["effect"] == APPLIED:
                self._heads[key] = Head(sequence, sequence, by.nonce)
                self._states[key] = ReviewState(
                    key, row["content_hash"], row["new_label"], row["verdict"], second, by.reviewer, row["time"],
                    row["reason"], sequence, sequence,
                )  # fmt: skip
            yield row


def write_decision(
    journal: Journal, decision: Decision, by: By, kind: str, parent: int | None = None
) -> Saved:  # fmt: skip
    """Check one decision and append it, inside `together`. parent: the entry that it settles."""
    classes = _Classes.of(journal)
    label, second = _checked(decision, classes)
    head, state = journal.head(decision.picture.key), state_of(journal, decision.picture.key)
    row = _row(decision, label, second, head, state, classes.changes, by.nonce)
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
        classes = _Classes.of(journal)
        first = decisions[0]
        label, second = _checked(first, classes)
        heads, states = journal.heads(), current(journal)

        def rows() -> Iterator[dict[str, Any]]:
            detail = as_json({"predicate": predicate, "count": len(decisions)})
            yield {
                "verdict": first.verdict, "new_label": label, "second_label": second, "reason": reason or first.reason,
                "seen": first.seen, "runs": as_json(dict(first.runs)), "detail": detail,
            }  # fmt: skip
            for decision in decisions:
                key = decision.picture.key
                head, state = heads.get(key, UNTOUCHED), states.get(key)
                yield {
                    **_row(decision, label, second, head, state, classes.changes, by.nonce),
                    "kind": DECISION,
                    "runs": "{}",  # the action has them
                }

        return journal.append(rows(), by, BULK)


class _Classes(NamedTuple):
    """The classes as they are called now, and how they came to be."""

    changes: ClassChanges
    names: tuple[str, ...]
    known: frozenset[str]

    @classmethod
    def of(cls, journal: Journal) -> _Classes:
        changes = class_changes(journal)
        names = changes.names(journal.class_names)
        return cls(changes, names, frozenset(names))

    def named(self, label: str | None, seen: int) -> str | None:
        """A label under the name it has now. Raises BadInput if it is no class."""
        if label is None or label in self.known:
            return label
        # A page that was opened before the class got its new name still sends the old one.
        found = self.changes.name_now(label, seen) or ""
        refuse_unknown(found, self.names)
        return found


def _checked(decision: Decision, classes: _Classes) -> tuple[str | None, str | None]:
    """The labels named, under the names they have now. Raises BadInput on an unknown verdict or class."""
    if decision.verdict not in VERDICTS:
        raise BadInput(f"{decision.verdict!r} is no verdict.", f"Use one of {', '.join(VERDICTS)}.")
    if decision.verdict == RELABELLED and decision.label is None:
        raise BadInput(f"The new label of {decision.picture.key!r} is missing.", "Name a class.")
    if decision.second_label is not None and decision.verdict != AMBIGUOUS:
        raise BadInput(f"Only an ambiguous image has a second label, not a {decision.verdict} one.", "Leave it out.")
    return classes.named(decision.label, decision.seen), classes.named(decision.second_label, decision.seen)


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
