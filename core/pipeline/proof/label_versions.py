"""The versions of every label that a proof compares: as given, as reviewed and, where known, as it truly is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...errors import MissingRun, command
from ...experiments.proof import GIVEN_LABELS, REVIEWED_LABELS, TRUE_LABELS, Reviewed
from ...reviews import current, has_journal, open_journal
from ...store import views
from ...store.audit import Audit
from ...training.held_out import split_held_out
from ...types import UNLABELLED, Bools, Ints
from ..training.labels import labels_version
from ..training.random_labels import altered


@dataclass(frozen=True)
class Versions:
    """Labels of all images, (n,) int, UNLABELLED for none. name: of the reviewed version. true: None if not known.

    train, held_out: (n,) bool of the first seed, for counting and for ranking.
    """

    given: Ints
    reviewed: Ints
    true: Ints | None
    name: str
    train: Bools
    held_out: Bools

    def counted(self, rows: Bools) -> Reviewed:
        """What the reviews did to these images."""
        had, has = rows & (self.given != UNLABELLED), rows & (self.reviewed != UNLABELLED)
        changed = altered(self.given, self.reviewed, rows)
        return Reviewed(
            int(had.sum()), int((changed & has).sum()), int((changed & ~has).sum()), int((has & ~had).sum()),
            self._wrong(self.given, had), self._wrong(self.reviewed, has),
        )  # fmt: skip

    def _wrong(self, labels: Ints, rows: Bools) -> int:
        if self.true is None:
            return -1
        return int((rows & (self.true != UNLABELLED) & (labels != self.true)).sum())

    @property
    def held_out_changed(self) -> bool:
        """Whether the reviews changed any label that networks are judged by."""
        return bool((self.held_out & (self.given != self.reviewed)).any())

    def all(self, rows: Bools) -> dict[str, Ints]:
        """Every version of these images' labels by name: as given, as reviewed, and where known as they truly are."""
        found = {GIVEN_LABELS: self.given[rows], REVIEWED_LABELS: self.reviewed[rows]}
        return found | ({TRUE_LABELS: self.true[rows]} if self.true is not None else {})

    def judges(self, rows: Bools) -> dict[str, Ints]:
        """The versions that differ, the one nearest to the truth first."""
        found: dict[str, Ints] = {}
        for name, labels in reversed(self.all(rows).items()):
            if not any(np.array_equal(labels, other) for other in found.values()):
                found[name] = labels
        return found


def read_versions(audit: Audit, seed: int) -> Versions:
    """The labels as given, as reviewed and, where known, as they truly are."""
    hub = views.open_hub(audit, ())
    given, splits = views.labels(hub), views.column(hub, "split")
    reviewed = labels_version(audit, "reviewed")
    before = split_held_out(given, splits, seed)
    after = split_held_out(reviewed.labels, splits, seed, drawn_by=given)
    return Versions(
        given, reviewed.labels, views.true_labels(hub), reviewed.name, before.train | after.train,
        before.held_out | after.held_out,
    )  # fmt: skip


def refuse_nothing_reviewed(audit: Audit, parts: Mapping[str, Reviewed]) -> None:
    """Raise MissingRun where reviews changed no label that a network is trained on or judged by."""
    if any(part.altered + part.added for part in parts.values()):
        return
    decided = 0
    if has_journal(audit):
        journal = open_journal(audit)
        decided = len(current(journal))
        journal.close()
    what = f"confirmed all of the {decided:,} labels it looked at" if decided else "has not begun"
    raise MissingRun(
        f"The review of audit {audit.name!r} {what}, so there is no effect to prove.",
        "Review labels on the page Label suspects",
        command(audit.name, "dashboard"),
        command(audit.name, "import-decisions", "FILE"),
    )


def in_words(name: str, part: Reviewed) -> str:
    """What the reviews did to a part of the data."""
    counts = {"relabelled": part.relabelled, "left out": part.excluded, "newly labelled": part.added}
    said = ", ".join(f"{n:,} {what}" for what, n in counts.items() if n) or "none changed"
    wrong = f"; wrong labels {part.wrong_before:,} before, {part.wrong_after:,} after" if part.wrong_before >= 0 else ""
    return f"{name} labels: {part.images:,}, {said}{wrong}"
