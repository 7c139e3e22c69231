"""What an audit can be compared with, as a page offers it."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import Unreadable
from ...reviews import has_journal
from ...store import views
from ...store.audit import Audit, list_audits
from ...store.items import ingests_of
from ..view.reader import Reader
from .states import GIVEN, REVIEWED, TRUE, is_entry

SAME = (REVIEWED, REVIEWED)
IN_WORDS = {
    SAME: "labels as reviewed", (GIVEN, GIVEN): "labels as given", (GIVEN, REVIEWED): "labels: given → reviewed",
    (REVIEWED, GIVEN): "labels: reviewed → given", (GIVEN, TRUE): "labels: given → true",
    (REVIEWED, TRUE): "labels: reviewed → true",
}  # fmt: skip
"""Pairs of versions of labels that a page offers."""


@dataclass(frozen=True)
class OtherState:
    """One thing to compare with. audit: its name. before: a moment, "" for now. words: for a list."""

    audit: str
    before: str
    words: str


def comparable(audit: Audit) -> list[OtherState]:
    """Other audits, the newest first, then earlier states of this one's images, then itself, for its labels alone."""
    others = [
        one.name for one in reversed(list_audits(audit.path.parent)) if one.path != audit.path and _holds_images(one)
    ]
    times = [created[:19] for _, created in ingests_of(audit)]
    return [
        *(OtherState(name, "", f"audit {name}") for name in others),
        *(OtherState(audit.name, time, earlier_in_words(time)) for time in reversed(times[1:])),
        OtherState(audit.name, "", "itself"),
    ]  # fmt: skip


def earlier_in_words(before: str) -> str:
    """An earlier state of an audit, held against the audit itself."""
    return f"itself, before {f'entry {before}' if is_entry(before) else before.replace('T', ' ')}"


def _holds_images(audit: Audit) -> bool:
    """Whether it can be compared with; one that cannot be read says so where it is chosen."""
    try:
        return bool(audit.manifest.get("items"))
    except Unreadable:
        return False


def usual_labels(audit: Audit, chosen: OtherState) -> tuple[str, str]:
    """The versions of labels that are compared where nobody chose: of an audit with itself those that differ."""
    return (GIVEN, REVIEWED) if chosen.audit == audit.name and not chosen.before else SAME


def label_pairs(reader: Reader, chosen: OtherState) -> list[tuple[str, str]]:
    """Pairs of versions of labels worth offering: of an audit with itself those that are no two of one."""
    itself = chosen.audit == reader.hub.audit.name and not chosen.before
    true = views.true_labels(reader.hub) is not None
    return [
        (first, second) for first, second in IN_WORDS
        if not (itself and first == second) and (true or second != TRUE)
    ]  # fmt: skip


def nothing_to_compare(audit: Audit) -> bool:
    """Whether there is no other audit, no earlier state and no review of this one."""
    return len(comparable(audit)) == 1 and not has_journal(audit)
