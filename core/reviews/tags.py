"""Tags on images and selections with a name: shared by everyone who opens the audit, kept in the journal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import BadInput, command
from ..files.names import checked_name
from .entries import SELECTION, TAG, By, Saved
from .journal import Journal, as_json

PUT, TAKEN = "put", "taken"


@dataclass(frozen=True)
class SavedSelection:
    """A view by name. query: the address's query string, without its "?"."""

    name: str
    query: str
    reviewer: str
    time: str


def tag(journal: Journal, keys: Sequence[str], name: str, by: By) -> Saved:
    """Put a tag on images; those that have it keep it."""
    return _write(journal, TAG, PUT, name, {"keys": sorted(set(keys))}, by)


def untag(journal: Journal, keys: Sequence[str], name: str, by: By) -> Saved:
    """Take a tag off images; those without it stay without."""
    return _write(journal, TAG, TAKEN, name, {"keys": sorted(set(keys))}, by)


def tags(journal: Journal, at: int | None = None) -> dict[str, frozenset[str]]:
    """Tag -> keys of the images that have it, tags in name order; a tag that is on no image is absent."""
    found: dict[str, set[str]] = {}
    for what, name, detail, *_ in _rows(journal, TAG, at):
        keys = found.setdefault(name, set())
        (keys.update if what == PUT else keys.difference_update)(json.loads(detail)["keys"])
    return {name: frozenset(found[name]) for name in sorted(found) if found[name]}


def save_selection(journal: Journal, name: str, query: str, by: By) -> Saved:
    """Give a view a name. A selection of that name is replaced; the earlier one stays in the journal."""
    return _write(journal, SELECTION, PUT, name, {"query": query.removeprefix("?")}, by)


def forget_selection(journal: Journal, name: str, by: By) -> Saved:
    """Take a selection off the list. Raises BadInput if there is none of that name."""
    if name not in {selection.name for selection in selections(journal)}:
        raise BadInput(f"There is no saved selection {name!r}.", "See them with", command(journal.audit, "reviews"))
    return _write(journal, SELECTION, TAKEN, name, {}, by)


def selections(journal: Journal, at: int | None = None) -> list[SavedSelection]:
    """Saved selections, in name order."""
    found: dict[str, SavedSelection] = {}
    for what, name, detail, reviewer, time in _rows(journal, SELECTION, at):
        if what == PUT:
            found[name] = SavedSelection(name, json.loads(detail)["query"], reviewer, time)
        else:
            found.pop(name, None)
    return [found[name] for name in sorted(found)]


def _write(journal: Journal, kind: str, what: str, name: str, detail: dict[str, object], by: By) -> Saved:
    called = checked_name(name, f"a {kind}")
    with journal.together():
        before = journal.sent_before(by)
        if before is not None:
            return before
        return journal.append([{"verdict": what, "new_label": called, "detail": as_json(detail)}], by, kind)


def _rows(journal: Journal, kind: str, at: int | None) -> list[tuple[str, str, str, str, str]]:
    return journal.rows(
        "SELECT verdict, new_label, detail, reviewer, time FROM entry WHERE key IS NULL AND kind = ? AND sequence <= ? "
        "ORDER BY sequence",
        [kind, journal.last if at is None else at],
    )
