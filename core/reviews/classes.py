"""Classes are renamed, merged and added by entries of the journal; labels follow by name.

A label was written at some entry; every renaming and merger after that entry changes it. Undoing a merger takes it
out of the account, so that its images are their old class again, except those decided while it held.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import BadInput, command
from ..files.names import checked_name
from .entries import CLASS, NOTED, By, Saved
from .journal import Journal, as_json

LONGEST_COMPARED = 200  # characters of a name that is looked for among the others
RENAME, MERGE, ADD, REMOVE, UNMERGE = "rename", "merge", "add", "remove", "unmerge"


@dataclass(frozen=True)
class ClassChange:
    """One change. name: the class it is about; to: the class it becomes, of a merger undone
    the one it became. of: the merger undone."""

    sequence: int
    what: str
    name: str
    to: str | None = None
    of: int = 0


@dataclass(frozen=True)
class ClassChanges:
    """All changes up to some entry, in order, undone mergers left out."""

    changes: tuple[ClassChange, ...]

    def name_now(self, label: str | None, since: int) -> str | None:
        """What a label written at entry `since` is called now."""
        for change in self.changes:
            if change.sequence > since and change.to is not None and label == change.name:
                label = change.to
        return label

    def was_merged(self, name: str) -> bool:
        """Whether a class of the data has become part of another."""
        for change in self.changes:
            if change.to is not None and name == change.name:
                if change.what == MERGE:
                    return True
                name = change.to
        return False

    def names(self, class_names: Sequence[str]) -> tuple[str, ...]:
        """The classes there are now. class_names: those of the data. The data's keep their order, new ones follow."""
        names = tuple(class_names)
        for change in self.changes:
            names = changed(names, change)
        return names


def changed(names: Sequence[str], change: ClassChange) -> tuple[str, ...]:
    """The classes after one more change. A class that is not there (the data was ingested again) stays away."""
    if change.what in (ADD, UNMERGE):
        return (*names, change.name)
    if change.what == RENAME:
        return tuple(change.to if name == change.name and change.to else name for name in names)
    return tuple(name for name in names if name != change.name)


def effective(changes: Iterable[ClassChange]) -> ClassChanges:
    """Changes without the mergers that a later one undoes."""
    listed = list(changes)
    undone = {change.of for change in listed if change.what == UNMERGE}
    return ClassChanges(tuple(each for each in listed if each.what != UNMERGE and each.sequence not in undone))


def class_changes(journal: Journal, at: int | None = None) -> ClassChanges:
    """The changes up to entry `at`, or all."""
    return effective(listed_changes(journal, at))


def listed_changes(journal: Journal, at: int | None = None) -> list[ClassChange]:
    """Every change as it was written, undone ones too."""
    rows = journal.rows(
        "SELECT sequence, verdict, old_label, new_label, detail FROM entry WHERE key IS NULL AND kind = 'class' "
        "AND sequence <= ? ORDER BY sequence",
        [journal.last if at is None else at],
    )
    return [
        ClassChange(sequence, what, name, to, json.loads(detail).get("of", 0))
        for sequence, what, name, to, detail in rows
    ]


def class_names(journal: Journal, at: int | None = None) -> tuple[str, ...]:
    """The classes as they are called now, or were at entry `at`."""
    return class_changes(journal, at).names(journal.class_names)


def rename_class(journal: Journal, name: str, to: str, by: By, reason: str = "") -> Saved:
    """Call a class something else. Raises BadInput if there is no such class, or one of the new name."""
    return _change(journal, ClassChange(0, RENAME, name, checked_name(to, "a class")), by, reason)


def merge_class(journal: Journal, name: str, into: str, by: By, reason: str = "") -> Saved:
    """Make every image of class `name` one of class `into`. Raises BadInput unless there are both."""
    return _change(journal, ClassChange(0, MERGE, name, into), by, reason)


def add_class(journal: Journal, name: str, by: By, reason: str = "") -> Saved:
    """A class that the data did not have. Raises BadInput if there is one of that name."""
    return _change(journal, ClassChange(0, ADD, checked_name(name, "a class")), by, reason)


def _change(journal: Journal, change: ClassChange, by: By, reason: str) -> Saved:
    with journal.together():
        before = journal.sent_before(by)
        if before is not None:
            return before
        check_change(class_names(journal), change)
        return journal.append([{**change_row(change), "reason": reason}], by, CLASS)


def change_row(change: ClassChange) -> dict[str, object]:
    """A change as the columns of an entry."""
    detail = as_json({"of": change.of} if change.of else {})
    return {
        "kind": CLASS, "effect": NOTED, "verdict": change.what, "old_label": change.name, "new_label": change.to,
        "detail": detail,
    }  # fmt: skip


def check_change(names: Sequence[str], change: ClassChange) -> None:
    """Raise BadInput if a change cannot be made to the classes as they are."""
    if change.what in (RENAME, MERGE, REMOVE):
        refuse_unknown(change.name, names)
    if change.what == MERGE:
        refuse_unknown(change.to or "", names)
        if change.name == change.to:
            raise BadInput(f"Class {change.name!r} cannot be merged into itself.", "Name two classes.")
    new = {RENAME: change.to, ADD: change.name, UNMERGE: change.name}.get(change.what)
    if change.what in (RENAME, ADD) and not new:
        raise BadInput("A class needs a name.", "Give one that is not empty.")
    if new in names:
        raise BadInput(f"There is a class {new!r} already.", f"Merge into it, or choose a name other than {new!r}.")


def refuse_unknown(name: str, names: Sequence[str]) -> None:
    """Raise BadInput, naming near ones, if there is no class of that name."""
    if name not in names:
        raise BadInput(
            f"There is no class {name!r}; there is {', '.join(map(repr, near_names(name, names)))}.",
            f"Choose one of the {len(names)}, or add it",
            command(None, "reviews", "--add-class", name),
        )


def near_names(name: str, names: Sequence[str]) -> list[str]:
    """Up to three names spelt like this one, or else the first five there are."""
    return spelt_alike(name, names) or list(names[:5])


def spelt_alike(name: str, names: Sequence[str]) -> list[str]:
    """Up to three names spelt like this one, whatever the case, the nearest first; none where none is."""
    from difflib import get_close_matches

    if len(name) > LONGEST_COMPARED:
        return []  # the comparison takes the product of the lengths; what is that long is no misspelt class
    folded = {each.casefold(): each for each in reversed(names)}
    return [folded[each] for each in get_close_matches(name.casefold(), list(folded), n=3)]
