"""What goes into the journal and what comes out: decisions, who sent them, what became of them, an image's state."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

CONFIRMED, RELABELLED, AMBIGUOUS, EXCLUDED, SKIPPED = "confirmed", "relabelled", "ambiguous", "excluded", "skipped"
VERDICTS = (CONFIRMED, RELABELLED, AMBIGUOUS, EXCLUDED, SKIPPED)
UNDONE, REDONE, RESTORED = "undone", "redone", "restored"
"""What an entry says that goes back to an earlier decision instead of making one."""

DECISION, BULK, UNDO, REDO, RESOLVE, RESTORE = "decision", "bulk", "undo", "redo", "resolve", "restore"
CLASS, TAG, SELECTION = "class", "tag", "selection"
"""Kinds of entry."""

APPLIED, AGREED, CONFLICT, NOTED = "applied", "agreed", "conflict", "noted"
"""What became of an entry: it is the image's state from then on; it says what the state says already, by someone who
had not seen it; it contradicts a decision that its reviewer had not seen; it changes no image (a skip, a tag …)."""


@dataclass(frozen=True, slots=True)
class By:
    """Who sends an entry, and its place in their outbox. Sent again with the same nonce and number, it counts once.

    nonce: one per page or process. number: the entry's own within that nonce, ascending. time: when it was decided,
    in UTC, if that was not now.
    """

    reviewer: str
    nonce: str = field(default_factory=lambda: uuid.uuid4().hex)
    number: int = 0
    time: str = ""


@dataclass(frozen=True, slots=True)
class ReviewedImage:
    """An image as a decision names it. given: the name of its label in the data, None where it has none."""

    key: str
    content_hash: str
    given: str | None
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """One reviewer's verdict on one image.

    label: the right class's name; for CONFIRMED the label it has now if None; others leave the label as it is.
    second_label: of an ambiguous image, what else it may be.
    seen: the journal's last entry, or the image's version, when the reviewer saw it. blind: made without seeing
    anyone else's decision on it. runs: role -> run id of what the reviewer was shown.
    """

    picture: ReviewedImage
    verdict: str
    label: str | None = None
    second_label: str | None = None
    seen: int = 0
    blind: bool = False
    reason: str = ""
    runs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Saved:
    """What became of something sent, once it is durable.

    sequence: its entry. key: the image, "" where there are many or none. applied, agreed, conflicts, noted: how many
    images it changed, said again, contradicts, leaves. repeated: it had been sent before, and nothing was written.
    """

    sequence: int
    key: str
    applied: int
    agreed: int
    conflicts: int
    noted: int
    repeated: bool = False

    @property
    def count(self) -> int:
        """Images it names."""
        return self.applied + self.agreed + self.conflicts + self.noted


class ReviewState(NamedTuple):
    """What the journal says of one reviewed image.

    label: name of its class now, None for none. version: the last entry that changed it. origin: the decision whose
    verdict holds, which is an earlier one after an undo.
    """

    key: str
    content_hash: str
    label: str | None
    verdict: str
    second_label: str | None
    reviewer: str
    time: str
    reason: str
    version: int
    origin: int


def outcome(verdict: str, label: str | None, second_label: str | None = None) -> tuple[str, str | None, str | None]:
    """What a decision comes to: confirming a label and giving the same one are alike."""
    if verdict in (CONFIRMED, RELABELLED):
        return RELABELLED, label, None
    return verdict, None, second_label


class Entry(NamedTuple):
    """A line of the journal. The columns are explained in docs/review.md."""

    sequence: int
    nonce: str
    number: int
    time: str
    reviewer: str
    kind: str
    effect: str
    action: int
    parent: int | None
    origin: int | None
    key: str | None
    content_hash: str | None
    verdict: str
    old_label: str | None
    new_label: str | None
    second_label: str | None
    reason: str
    blind: int
    seen: int
    found: int
    scores: str
    runs: str
    detail: str


ENTRY_COLUMNS: tuple[str, ...] = Entry._fields
