"""Images that are there more than once, and which of them need somebody's decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...maths.duplicates import THRESHOLD, DuplicateGroup, duplicate_groups
from ...store import lookups, views
from ...wording import count
from ..view.reader import Reader

__all__ = ["DuplicateGroup", "DuplicateSummary", "duplicate_lines", "duplicate_summary"]

SCORER = "duplicates"
SHOWN_GROUPS, SHOWN_MEMBERS = 10, 4


@dataclass(frozen=True)
class DuplicateSummary:
    """Groups of equal or near-equal images: those whose labels disagree first, then those that cross splits.

    threshold: cosine from which images count as near duplicates.
    """

    groups: tuple[DuplicateGroup, ...]
    threshold: float

    @property
    def exact(self) -> int:
        """Groups of identical images."""
        return sum(group.exact for group in self.groups)

    @property
    def near(self) -> int:
        """Groups of images that are alike without being all identical."""
        return len(self.groups) - self.exact

    @property
    def leaks(self) -> int:
        """Groups with members in more than one split."""
        return sum(group.crosses_splits for group in self.groups)

    @property
    def disagreements(self) -> int:
        """Groups whose labelled members carry more than one label."""
        return sum(group.labels_differ for group in self.groups)


def duplicate_summary(
    reader: Reader, threshold: float = THRESHOLD, *, run_id: str | None = None
) -> DuplicateSummary | None:
    """All groups, by the run of that id or the newest; None before `hardlook score duplicates`.

    threshold: cosine; pairs below 0.9 are not stored.
    """
    runs = [info.run_id for info in reader.scores if info.scorer == SCORER]
    if not runs:
        return None
    pairs = lookups.neighbor_pairs(reader.hub, run_id or runs[-1])
    hashes = views.column(reader.hub, "content_hash").astype(np.str_)
    splits = [reader.splits[code] for code in reader.split_codes.tolist()]
    return DuplicateSummary(tuple(duplicate_groups(pairs, hashes, reader.labels, splits, threshold)), threshold)


def duplicate_lines(reader: Reader, found: DuplicateSummary) -> list[str]:
    """Counts, then the first groups by name, for a terminal."""
    if not found.groups:
        return [f"no duplicates: no two images are identical or alike by a cosine of {found.threshold} or more"]
    lines = [
        f"{count(found.exact)} groups of identical images, {count(found.near)} of near-identical ones (cosine "
        f"{found.threshold} or more); {count(found.disagreements)} with labels that disagree, {count(found.leaks)} "
        "across splits"
    ]
    keys = views.column(reader.hub, "key")
    lines += [_line(reader, group, lambda row: str(keys[row])) for group in found.groups[:SHOWN_GROUPS]]
    if len(found.groups) > SHOWN_GROUPS:
        lines.append(f"  and {count(len(found.groups) - SHOWN_GROUPS)} groups more")
    return lines


def _line(reader: Reader, group: DuplicateGroup, key: Callable[[int], str]) -> str:
    """One group: how alike, what is the matter, and its first members with label and split."""
    how = "identical" if group.exact else f"cosine {group.lowest_similarity:.3f}"
    faults = ["labels disagree"] * group.labels_differ + ["across splits"] * group.crosses_splits
    members = [
        f"{key(row)} ({reader.class_name(int(reader.labels[row])) or 'unlabelled'}, "
        f"{reader.splits[reader.split_codes[row]]})"
        for row in group.rows[:SHOWN_MEMBERS]
    ]
    more = f" = {len(group.rows) - SHOWN_MEMBERS} more" if len(group.rows) > SHOWN_MEMBERS else ""
    return f"  {how:<13} {' = '.join(members)}{more}" + (f"   {', '.join(faults)}" if faults else "")
