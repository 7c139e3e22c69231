"""Which file of an audit is to blame where something failed that no reader could explain."""

from __future__ import annotations

from ...errors import HardlookError, Unreadable
from ...reviews import has_journal
from ...reviews import journal as journals
from ...reviews.schema import damage_of as damage_of_journal
from ...store.audit import Audit
from ...store.database.damage import damage_of


def damage_in(audit: Audit) -> HardlookError | None:
    """What is wrong with the first file that is damaged, None where all can be read; each is read from end to end.

    For errors that nobody expected: where a file is damaged they follow from that, and where none is they are ours.
    """
    try:
        published = [audit.items_path] if audit.manifest.get("items") else []
    except Unreadable as error:
        return error
    for path in (*published, *sorted(audit.runs_folder.glob("*.duckdb"))):
        if damaged := damage_of(path):
            return damaged
    return damage_of_journal(audit.path / journals.FILE) if has_journal(audit) else None
