"""What can be compared: an audit as it is or as it was, with its labels as the data has them, as reviewed, or true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast, get_args

from ...errors import BadInput, Command, command
from ...files.opened import closed_on_error
from ...reviews import has_journal, open_journal
from ...reviews.classes import class_changes
from ...reviews.entries import EXCLUDED
from ...reviews.fold import current
from ...store import views
from ...store.audit import Audit
from ...store.comparison.matching import StateTable
from ...store.items import ingests_of
from ...types import Run
from ...wording import counted
from ..view.subsets import NUMBER

LabelVersion = Literal["given", "reviewed", "true"]
GIVEN, REVIEWED, TRUE = VERSIONS = get_args(LabelVersion)
IN_WORDS = {GIVEN: "as given", REVIEWED: "as reviewed", TRUE: "as the data set says they truly are"}
WHEN = "a date, a time (2026-05-01T14:30, in UTC) or the number of an entry of the journal"


@dataclass(frozen=True)
class AuditState:
    """An audit at some moment. hub: its images and their scores. runs: what was computed from the images by then.

    at: the last entry of the journal that counts. before: when, as it was asked for, "" for now.
    """

    audit: Audit
    labels: LabelVersion
    hub: views.Hub
    runs: tuple[Run, ...]
    items: str
    at: int
    before: str = ""

    @property
    def words(self) -> str:
        """The audit's name, and when it was so: "photos before 2026-05-01"."""
        return f"{self.audit.name} before {self.before}" if self.before else self.audit.name

    @property
    def key(self) -> tuple[str, ...]:
        """What answers about it depend on."""
        return (self.audit.place, self.items, self.labels, str(self.at), *(run.run_id for run in self.runs))


@dataclass(frozen=True)
class StateLabels:
    """The labels of a state, for the comparison. decided: decisions that are put over the data's. stale: those about
    images whose content has changed since, which do not count."""

    table: StateTable
    decided: int
    stale: int


def two_states(
    audit: Audit, other: Audit | None, *, before: str = "", labels: tuple[str, str] = (REVIEWED, REVIEWED)
) -> tuple[AuditState, AuditState]:
    """The two states to compare: two audits, an audit before a moment and now, or one with two versions of its labels.

    before: `WHEN`, "" for now. Raises BadInput where they are no two, or there is no such state, MissingRun without
    images.
    """
    first, second = _version(labels[0]), _version(labels[1])
    one = other is None or other.path == audit.path
    if before and not one:
        raise BadInput("Two audits are compared as they are now.", "Name one audit with --before WHEN.")
    if one and not before and first == second:
        raise BadInput(
            f"Audit {audit.name!r} alone, with its labels {IN_WORDS[first]} on both sides, has nothing to differ from. "
            f"{_moments(audit)}",
            f"Name another audit, two versions of its labels with --labels, or with --before {WHEN}. Run",
            *ways_to_differ(audit),
        )
    old = _state(audit, first, before)
    with closed_on_error(old.hub.connection):
        return old, _state(audit if other is None else other, second)


def labels_of(state: AuditState) -> StateLabels:
    """The labels of a state by name, reviewers' decisions and changes of classes included where they are asked for."""
    names: list[str | None] = list(views.classes(state.hub))
    items = state.audit.items_file(state.items)
    column: Literal["label", "true_label"] = "true_label" if state.labels == TRUE else "label"
    if state.labels != REVIEWED or not state.at:
        return StateLabels(StateTable(items, column, cast("list[str]", names)), 0, 0)
    journal = open_journal(state.audit)
    try:
        changes, decisions = class_changes(journal, state.at), list(current(journal, state.at).values())
    finally:
        journal.close()
    table = StateTable(
        items, column, [changes.name_now(name, 0) or "" for name in names],
        [each.key for each in decisions], [each.content_hash for each in decisions],
        [each.label for each in decisions], [each.verdict == EXCLUDED for each in decisions],
    )  # fmt: skip
    query = """SELECT count(*) AS n FROM items.images AS i
               JOIN (SELECT unnest(?::VARCHAR[]) AS key, unnest(?::VARCHAR[]) AS hash) AS d ON d.key = i.key
               WHERE d.hash {} i.content_hash"""
    here, stale = (
        int(state.hub.rows(query.format(sign), [list(table.keys), list(table.content_hashes)])[0]["n"])
        for sign in ("=", "<>")
    )
    return StateLabels(table, here, stale)


def labels_in_words(state: AuditState, labels: StateLabels) -> str:
    """Which labels a state has: "labels as reviewed, 12 decisions"."""
    if state.labels != REVIEWED:
        return f"labels {IN_WORDS[state.labels]}"
    if not labels.decided and not labels.stale:
        return "labels as given, for nothing is reviewed"
    stale = f"; {counted(labels.stale, 'decision')} about other content not used" if labels.stale else ""
    return f"labels as reviewed, {counted(labels.decided, 'decision')}{stale}"


def _version(text: str) -> LabelVersion:
    if text not in VERSIONS:
        raise BadInput(f"There is no version {text!r} of labels.", f"Name one of {', '.join(VERSIONS)}.")
    return cast("LabelVersion", text)


def _state(audit: Audit, labels: LabelVersion, before: str = "") -> AuditState:
    last = _last_entry(audit)
    items, at, runs, said = audit.items_fingerprint, last, audit.runs(), ""
    if is_entry(before):
        at, said = _before_entry(audit, before, last), f"entry {int(before)}"
    elif before:
        moment = moment_of(before)
        items, at, said = _ingested_before(audit, moment), _last_entry(audit, moment), before
        runs = [run for run in audit.runs(current=False) if run.inputs.get("items") == items]
        runs = [run for run in runs if moment_of(run.created) < moment]
    hub = views.open_hub(audit, [run for run in runs if run.kind == "score"], items=items)
    with closed_on_error(hub.connection):
        if labels == TRUE and views.true_labels(hub) is None:
            raise BadInput(
                f"Audit {audit.name!r} has no true labels.",
                "Name the column of them when it is ingested: --true-label-key COLUMN. Or compare given with reviewed.",
            )
    return AuditState(audit, labels, hub, tuple(runs), items, at, said)


def moment_of(text: str) -> datetime:
    """A date or time, in UTC also where it names another zone. Raises BadInput on another text."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:  # in UTC a moment of the year 1 or 9999 may be in none
        raise BadInput(f"{text[:60]!r} is no moment.", f"Give {WHEN}.") from error


def checked_when(text: str) -> str:
    """A text that `WHEN` describes, as it is. Raises BadInput on another."""
    if not is_entry(text):
        moment_of(text)
    return text


def is_entry(text: str) -> bool:
    """Whether a text is meant as the number of an entry of the journal; there need not be one of that number."""
    return text.isascii() and text.isdecimal()


def _ingested_before(audit: Audit, moment: datetime) -> str:
    """The images that were read last before a moment."""
    earlier = [items for items, created in ingests_of(audit) if moment_of(created) < moment]
    if not earlier:
        raise BadInput(
            f"Audit {audit.name!r} held no images before {moment.isoformat(' ')[:19]} (UTC).", _moments(audit)
        )
    return earlier[-1]


def _last_entry(audit: Audit, moment: datetime | None = None) -> int:
    """The journal's last entry, or the last before the first that was made at a moment or later."""
    if not has_journal(audit):
        return 0
    journal = open_journal(audit)
    try:
        if moment is None:
            return journal.last
        until = moment.isoformat(timespec="milliseconds")
        first = journal.rows("SELECT min(sequence) FROM entry WHERE time >= ?", [until])[0][0]
        return journal.last if first is None else int(first) - 1
    finally:
        journal.close()


def _before_entry(audit: Audit, number: str, last: int) -> int:
    if not (NUMBER.fullmatch(number) and 1 <= int(number) <= last):
        raise BadInput(
            f"The journal of audit {audit.name!r} has no entry {number[:60]}; " + (f"its last is {last}." if last else
            "nothing was ever reviewed."), "See them with", command(audit.name, "reviews"),
        )  # fmt: skip
    return int(number) - 1


def _moments(audit: Audit) -> str:
    """When its images were read and how far its journal goes: what --before can name."""
    times = ", ".join(f"{created[:19]}" for _, created in ingests_of(audit))
    last = _last_entry(audit)
    entries = f"its journal has {counted(last, 'entry', 'entries')}" if last else "nothing was ever reviewed"
    return f"Its images were read at {times} (UTC), and {entries}."


def ways_to_differ(audit: Audit) -> list[Command]:
    """Commands that compare something of this audit alone; with another one where it has nothing."""
    ingests, found = ingests_of(audit), []
    if len(ingests) > 1 and ingests[-1][0] == audit.items_fingerprint:
        found.append(command(None, "diff", audit.name, "--before", ingests[-1][1][:19]))
    if has_journal(audit):
        found.append(command(None, "diff", audit.name, "--labels", "given", "reviewed"))
    return found or [command(None, "diff", audit.name, "OTHER")]
