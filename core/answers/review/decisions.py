"""What a page's outbox holds, written to the journal in one durable step; what became of each thing in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ...errors import BadInput, HardlookError
from ...reviews import By, Decision, Journal, ReviewedImage, Saved, decide, decide_bulk, redo, resolve, tag, undo
from ...reviews.queue import give_back
from ...store import lookups
from ...types import Ints
from ...wording import count
from ..view.reader import Reader

DECISION, RESOLVE, BULK, TAG, UNDO, REDO = "decision", "resolve", "bulk", "tag", "undo", "redo"
MOST_AT_ONCE = 100_000
"""Images that one bulk step decides: ten seconds' work, during which nobody else can write."""


@dataclass(frozen=True)
class Outcome:
    """What became of one thing sent: "saved", "agreed", "conflict", "noted" or "refused", and a sentence about it.

    nonce, number: which one. key: its image, "" where it concerns none or many. text: "" where nothing is to be said.
    """

    nonce: str
    number: int
    status: str
    key: str = ""
    text: str = ""


Whole = Callable[[Any], Ints]
"""The images that a predicate of "all of this selection" stands for. Raises BadInput on one of another selection."""


def keep_all(
    reader: Reader, journal: Journal, items: Sequence[Mapping[str, Any]], signed_in: str, whole: Whole
) -> list[Outcome]:
    """Write everything a page sent, in order, in one durable step, and say what became of it once it is durable.

    items: as the page's outbox holds them; each has nonce, number, kind and reviewer, and what its kind needs. What is
    wrong in itself is refused in words; the rest is written. signed_in: counts instead of the names in the items.
    Raises HardlookError where the journal cannot be written at all: then nothing is, and all may be sent again.
    """
    with journal.together():
        outcomes = [keep(reader, journal, item, signed_in, whole) for item in items]
    # A decided image is nobody's any more: whoever settles a conflict on it need not wait for the loan to run out.
    # Where loans cannot be written one waits for that; what is saved is saved, and nothing may say otherwise.
    with suppress(HardlookError):
        for reviewer in {signed_in or str(item.get("reviewer", "")) for item in items}:
            give_back(journal, [one.key for one in outcomes if one.key], reviewer)
    return outcomes


def keep(reader: Reader, journal: Journal, item: Mapping[str, Any], signed_in: str, whole: Whole) -> Outcome:
    """Write one thing, or say why it cannot be. Sent again it counts once, and the answer is the same."""
    nonce, number = str(item["nonce"]), int(item["number"])
    by = By(signed_in or str(item.get("reviewer", "")), nonce, number)
    try:
        saved = _write(reader, journal, item, by, whole)
    except BadInput as error:
        return Outcome(nonce, number, "refused", str(item.get("key", "")), str(error))
    text = in_words(item, saved) if item["kind"] in (BULK, TAG) or saved.count > 1 else ""
    if item["kind"] in (UNDO, REDO) and not saved.count and not _goes_back(journal, saved.sequence):
        text = f"{by.reviewer} has nothing to {item['kind']}"
    return Outcome(nonce, number, _status(saved), saved.key, text)


def _goes_back(journal: Journal, sequence: int) -> bool:
    """Whether an undo or redo found something: a change of classes concerns no image, but is something."""
    return journal.rows("SELECT parent FROM entry WHERE sequence = ?", [sequence])[0][0] is not None


def _write(reader: Reader, journal: Journal, item: Mapping[str, Any], by: By, whole: Whole) -> Saved:
    kind = item.get("kind")
    if kind == DECISION:
        return decide(journal, _decision(item), by)
    if kind == RESOLVE:
        return resolve(journal, int(item["conflict"]), _decision(item), by)
    if kind == BULK:
        return _bulk(reader, journal, item, by, whole)
    if kind == TAG:
        return tag(journal, [str(key) for key in item["keys"]], str(item["name"]), by)
    if kind in (UNDO, REDO):
        return undo(journal, by) if kind == UNDO else redo(journal, by)
    raise BadInput(f"{kind!r} is nothing that a page sends.", "Load the page again.")


def _decision(item: Mapping[str, Any]) -> Decision:
    picture = ReviewedImage(
        str(item["key"]), str(item["content_hash"]), item["given"] or None,
        {str(name): float(value) for name, value in item["values"].items()},
    )  # fmt: skip
    return _of(item, picture)


def _of(item: Mapping[str, Any], picture: ReviewedImage) -> Decision:
    return Decision(
        picture, str(item["verdict"]), item.get("label") or None, item.get("second_label") or None,
        seen=int(item["seen"]), blind=bool(item.get("blind")), reason=str(item.get("reason", "")),
        runs={str(role): str(run) for role, run in item.get("runs", {}).items()},
    )  # fmt: skip


def _bulk(reader: Reader, journal: Journal, item: Mapping[str, Any], by: By, whole: Whole) -> Saved:
    """One verdict on the images marked, or on all that a predicate stands for."""
    before = journal.sent_before(by)
    if before is not None:  # asked first, so that a selection that has changed since is not made out again
        return before
    predicate = item["predicate"]
    keys = item.get("keys")
    ids = whole(predicate) if keys is None else lookups.ids_of(reader.hub, [str(key) for key in keys])
    if len(ids) > MOST_AT_ONCE:
        raise BadInput(
            f"{count(len(ids))} images are more than one step decides ({count(MOST_AT_ONCE)}).",
            "Choose a class or a decile first.",
        )
    decisions = [
        _of(item, ReviewedImage(row["key"], row["content_hash"], reader.class_name(row["label"]) or None))
        for row in lookups.image_rows(reader.hub, ids)
    ]
    return decide_bulk(journal, decisions, predicate, by, str(item.get("reason", "")))


def _status(saved: Saved) -> str:
    if saved.conflicts:
        return "conflict"
    return "saved" if saved.applied else "agreed" if saved.agreed else "noted"


def in_words(item: Mapping[str, Any], saved: Saved) -> str:
    """How many images a step touched: "Marked 1,204: 1,180 changed, 21 agreed already, 3 in conflict"."""
    if item["kind"] == TAG:
        return f"Tagged {count(len(item['keys']))} with {str(item['name']).strip()!r}"
    done = {UNDO: "Undone", REDO: "Redone"}.get(item["kind"], "Marked")
    parts = [f"{count(saved.applied)} changed"]
    parts += [f"{count(saved.agreed)} said the same already"] if saved.agreed else []
    parts += [f"{count(saved.conflicts)} in conflict"] if saved.conflicts else []
    parts += [f"{count(saved.noted)} as they were"] if saved.noted else []
    return f"{done} {count(saved.count)}: {', '.join(parts)}"
