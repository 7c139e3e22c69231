"""What people decided about the opened image, from the journal."""

from __future__ import annotations

from core.answers.image.detail import Detail
from core.reviews import has_journal
from core.reviews.entries import Entry
from pages.components.layout.empty import say_empty
from pages.components.layout.header import View
from pages.components.review.outbox import load_journal
from pages.components.widgets.table import Column, TableCell, TableRow, table

_COLUMNS = (
    Column("when"), Column("reviewer"), Column("verdict"), Column("label"), Column("reason", wide=True),
    Column("effect", tip="applied: it is the image's state from then on; conflict: it contradicts a decision that its "
                         "reviewer had not seen; noted: it changes no label"),
)  # fmt: skip


def show_history(view: View, found: Detail) -> None:
    """A row for each entry about the image, the newest first."""
    entries = load_journal(view).history(found.key) if has_journal(view.audit) else []
    if not entries:
        say_empty("Nobody has reviewed this image yet.", would_show="Here you would see who decided what, and when.")
        return
    table(_COLUMNS, [_row(entry) for entry in reversed(entries)], key="history_of_image", height=520)


def _row(entry: Entry) -> TableRow:
    label = entry.new_label or ""
    if entry.old_label and entry.old_label != entry.new_label:
        label = f"{entry.old_label} → {label}" if label else f"was {entry.old_label}"
    second = f" or {entry.second_label}" if entry.second_label else ""
    return TableRow((
        TableCell(entry.time[:16].replace("T", " ")), TableCell(entry.reviewer), TableCell(entry.verdict or entry.kind),
        TableCell(label + second), TableCell(entry.reason, "quiet"), TableCell(entry.effect, "quiet"),
    ))  # fmt: skip
