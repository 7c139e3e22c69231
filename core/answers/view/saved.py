"""Tags and saved selections as pages offer them, as subsets of images, and as something to be written.

A subset of either is pinned to an entry of the journal: `pinned` puts the entry into what caches depend on, so that a
tag that somebody changes is seen at once, while an address that is not pinned means the tag as it is now.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode

import numpy as np

from ...errors import BadInput
from ...reviews import By, forget_selection, open_journal, save_selection, selections, tag, tags, untag
from ...store import lookups
from ...store.audit import Audit
from ...types import Ints
from .choices import filter_of
from .journal import journal_version, reading
from .ranking import Selection, mask_of
from .reader import Reader
from .subsets import NUMBER, register_subset

TAG, SAVED = "tag", "saved"
MOST_TAGGED = 20_000
"""Images tagged by one button; more than anybody has looked at."""


@dataclass(frozen=True)
class SavedView:
    """A saved selection. query: the parts of its address; place: the page it was saved on, "" where not known."""

    name: str
    query: dict[str, str]
    place: str
    reviewer: str
    when: str


def encode(kind: str, name: str, at: int | None = None) -> str:
    """`tag:` or `saved:` with a name, as an address carries it; pinned to entry `at` if that is given."""
    return f"{kind}:{quote(name, safe=' ')}" + ("" if at is None else f"@{at}")


def pinned(audit: Audit, only: str) -> str:
    """The same subset as it is in the journal now; other kinds as they are."""
    kind, _, payload = only.partition(":")
    return f"{only}@{journal_version(audit)}" if kind in (TAG, SAVED) and payload and "@" not in payload else only


def name_of(only: str, kind: str) -> str:
    """The tag's or the saved selection's name, "" for another kind of subset."""
    found, _, payload = only.partition(":")
    return unquote(payload.partition("@")[0]) if found == kind else ""


def tag_counts(reader: Reader, at: int) -> list[tuple[str, int]]:
    """Tags in name order with the number of images that have them, as of entry `at`."""
    with reading(reader.hub.audit) as journal:
        return [(name, len(keys)) for name, keys in tags(journal, at).items()] if journal else []


def saved_views(reader: Reader, at: int) -> list[SavedView]:
    """Saved selections in name order, as of entry `at`."""
    with reading(reader.hub.audit) as journal:
        found = selections(journal, at) if journal else []
    views = []
    for one in found:
        query = dict(parse_qsl(one.query))
        place = query.pop("view", "")
        views.append(SavedView(one.name, query, place, one.reviewer, one.time))
    return views


def tag_images(reader: Reader, ids: Ints, name: str, reviewer: str, *, off: bool = False) -> int:
    """Put a tag on images, or take it off; how many. Raises BadInput on an empty name or too many images."""
    if len(ids) > MOST_TAGGED:
        raise BadInput(f"{len(ids):,} images are more than one step tags ({MOST_TAGGED:,}).", "Filter them first.")
    keys = [row["key"] for row in lookups.image_rows(reader.hub, ids)]
    journal = open_journal(reader.hub.audit)
    try:
        (untag if off else tag)(journal, keys, name, By(reviewer))
    finally:
        journal.close()
    return len(keys)


def save_view(audit: Audit, name: str, query: dict[str, str], place: str, reviewer: str) -> None:
    """Keep a view under a name. Raises BadInput on an empty name."""
    kept = {part: value for part, value in query.items() if part not in ("audit", "page", "image")}
    journal = open_journal(audit)
    try:
        save_selection(journal, name, urlencode({**kept, "view": place}), By(reviewer))
    finally:
        journal.close()


def forget_view(audit: Audit, name: str, reviewer: str) -> None:
    """Take a saved selection off the list."""
    journal = open_journal(audit)
    try:
        forget_selection(journal, name, By(reviewer))
    finally:
        journal.close()


def selection_of(reader: Reader, query: dict[str, str]) -> Selection:
    """Which images a saved address has in view."""
    where = query.get("where", "")
    names, split = reader.class_names, query.get("split")
    return Selection(
        split if split in reader.splits else None,
        names.index(query["class"]) if query.get("class") in names else None,
        filter_of(reader, where) if where else None, query.get("only", ""),
    )  # fmt: skip


def _split(reader: Reader, payload: str) -> tuple[str, int]:
    name, at, number = payload.partition("@")
    if at and not NUMBER.fullmatch(number):
        raise BadInput(f"{number!r} is no entry of the journal.", "Remove only= from the address.")
    return unquote(name), int(number) if at else journal_version(reader.hub.audit)


def _tagged_ids(reader: Reader, payload: str) -> Ints:
    name, at = _split(reader, payload)
    with reading(reader.hub.audit) as journal:
        keys = tags(journal, at).get(name, frozenset()) if journal else frozenset()
    return lookups.ids_of(reader.hub, sorted(keys))


def _saved_ids(reader: Reader, payload: str) -> Ints:
    name, at = _split(reader, payload)
    view = next((view for view in saved_views(reader, at) if view.name == name), None)
    if view is None:
        raise BadInput(f"There is no saved selection {name!r}.", "Choose another under Filter.")
    selection = selection_of(reader, view.query)
    mask = mask_of(reader, selection)
    return np.arange(reader.n_images, dtype=np.int32) if mask is None else np.flatnonzero(mask).astype(np.int32)


register_subset(TAG, _tagged_ids, lambda reader, payload: f"tagged {_split(reader, payload)[0]}")
register_subset(SAVED, _saved_ids, lambda reader, payload: f"saved as {_split(reader, payload)[0]}")
