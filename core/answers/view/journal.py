"""What the journal says, as far as pages count it. Each answer is asked for one entry, so that it may be kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from ...reviews import Journal, has_journal, open_journal
from ...reviews.verdicts import decided_images
from ...store.audit import Audit
from .reader import Reader


def journal_version(audit: Audit) -> int:
    """The number of the journal's last entry, 0 before the first: what answers that read the journal depend on."""
    with reading(audit) as journal:
        return journal.last if journal else 0


def reviewed_by_class(reader: Reader, at: int) -> dict[int, int]:
    """Given label -> images that somebody decided on, as of entry `at`; classes without any are absent."""
    with reading(reader.hub.audit) as journal:
        decided = list(decided_images(reader.hub, journal, at)) if journal and at else []
    return dict(Counter(reader.labels[decided].tolist())) if decided else {}


@contextmanager
def reading(audit: Audit) -> Iterator[Journal | None]:
    """The journal for one question, None where nothing was ever decided: asking must not make one."""
    journal = open_journal(audit) if has_journal(audit) else None
    try:
        yield journal
    finally:
        if journal:
            journal.close()
