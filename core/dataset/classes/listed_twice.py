"""Images that an input lists more than once: the first listing counts, and what the others say of it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..model import Candidate, Refused

LISTED_TWICE = "listed twice"
DUPLICATE_ID = "duplicate id"


@dataclass
class Listings:
    """How often each image is listed and with which labels, as names of classes ("" for none), the first first."""

    first: dict[str, Candidate] = field(default_factory=dict)
    labels: dict[str, list[str]] = field(default_factory=dict)

    def add(self, candidate: Candidate, label: str) -> bool:
        """Whether a candidate is the first of its key. label: its class by name, "" for none."""
        first = self.first.setdefault(candidate.key, candidate)
        if first is candidate:
            self.labels[candidate.key] = [label]
            return True
        if _same_image(first, candidate):
            self.labels[candidate.key].append(label)
        return False

    def refusal(self, candidate: Candidate) -> Refused:
        """What is said of a candidate that is not the first of its key, once all of them are added."""
        if not _same_image(self.first[candidate.key], candidate):
            detail = "another image has the same id; name a column that tells them apart with --id-key"
            return Refused(candidate.key, candidate.path, DUPLICATE_ID, detail)
        labels = self.labels[candidate.key]
        times = "twice" if len(labels) == 2 else f"{len(labels)} times"
        different = list(dict.fromkeys(labels))
        named = [repr(label) if label else "none" for label in different]
        if len(different) == 1:
            said = f"each time with label {named[0]}" if different[0] else "without a label"
        else:
            said = f"with labels {', '.join(named[:-1])} and {named[-1]}; the first counts"
        return Refused(candidate.key, candidate.path, LISTED_TWICE, f"listed {times}, {said}")

    def others(self, key: str) -> str | None:
        """The labels of an image beside its first, None where all listings agree."""
        _, *more = dict.fromkeys(self.labels[key])
        named = [label for label in more if label]
        return " | ".join(named) if named else None

    def any_others(self, keys: Iterable[str]) -> bool:
        """Whether an image is listed with labels that differ."""
        return any(self.others(key) for key in keys)


def _same_image(one: Candidate, other: Candidate) -> bool:
    return (one.path, one.row) == (other.path, other.row)
