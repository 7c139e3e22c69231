"""Conflicts: decisions that contradict one their reviewer had not seen, kept until somebody settles them."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import BadInput, command
from .classes import class_changes
from .decisions import write_decision
from .entries import CONFLICT, RESOLVE, By, Decision, Entry, ReviewState, Saved
from .fold import states_of
from .history import UNDONE_ALREADY
from .journal import Journal


@dataclass(frozen=True)
class Conflict:
    """Two answers to one image. sequence: the entry that changed nothing. label, second_label: what it proposes.

    current: the image's state now, None where it is not reviewed any more. blind: found by a second review.
    """

    sequence: int
    key: str
    content_hash: str
    verdict: str
    label: str | None
    second_label: str | None
    reviewer: str
    time: str
    reason: str
    blind: bool
    current: ReviewState | None


_OPEN = f"""effect = 'conflict' AND NOT {UNDONE_ALREADY.format(entry="entry.action")}
    AND NOT EXISTS (SELECT 1 FROM entry AS s WHERE s.parent = entry.sequence AND s.kind = 'resolve'
                    AND s.effect IN ('applied', 'agreed') AND NOT {UNDONE_ALREADY.format(entry="s.sequence")})"""


def conflicts(journal: Journal) -> list[Conflict]:
    """The adjudication queue: every conflict that is neither settled nor withdrawn, oldest first."""
    found = journal.entries(_OPEN)
    states, changes = states_of(journal, {entry.key or "" for entry in found}), class_changes(journal)

    def conflict(entry: Entry) -> Conflict:
        label, second = (changes.name_now(name, entry.sequence) for name in (entry.new_label, entry.second_label))
        return Conflict(
            entry.sequence, entry.key or "", entry.content_hash or "", entry.verdict, label, second, entry.reviewer,
            entry.time, entry.reason, bool(entry.blind), states.get(entry.key or ""),
        )  # fmt: skip

    return [conflict(entry) for entry in found]


def resolve(journal: Journal, conflict: int, decision: Decision, by: By) -> Saved:
    """Settle the conflict of that entry by a decision on its image, which may be either answer or a third.

    The decision needs `seen` like any other: one made meanwhile makes it a conflict too, and this one stays open.
    Raises BadInput if the entry is no conflict, or of another image.
    """
    with journal.together():
        before = journal.sent_before(by)
        if before is not None:
            return before
        found = journal.entries("sequence = ? AND effect = ?", [conflict, CONFLICT])
        if not found:
            raise BadInput(
                f"Entry {conflict} is no conflict.", "See them with", command(journal.audit, "reviews", "--conflicts")
            )
        if found[0].key != decision.picture.key:
            raise BadInput(
                f"Conflict {conflict} is about {found[0].key!r}, not {decision.picture.key!r}.", "Decide that image."
            )
        return write_decision(journal, decision, by, RESOLVE, parent=conflict)
