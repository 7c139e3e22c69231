"""How far a review has come: counts, people, conflicts and agreement, as lines of text or as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ..metrics.reviewer_agreement import alpha_interval, kappa_interval
from ..types import Estimate
from ..wording import interval_of
from .classes import ClassChange, class_names, listed_changes
from .conflicts import conflicts
from .entries import SKIPPED
from .fold import current
from .journal import Journal
from .second import pairs_of, ratings
from .tags import selections, tags


@dataclass(frozen=True)
class ReviewerAgreement:
    """What blind second reviews say of how far reviewers agree. pairs: (one, other, images, kappa)."""

    images: int
    alpha: Estimate
    pairs: tuple[tuple[str, str, int, Estimate], ...]


@dataclass(frozen=True)
class Summary:
    """The state of a journal. at: the entry it is of; last: the last there is. verdicts, reviewers: images by what and
    who decided them.

    skipped: skips, however often an image was skipped. conflicts: open now, whatever `at` is.
    """

    at: int
    last: int
    verdicts: dict[str, int]
    reviewers: dict[str, int]
    skipped: int
    conflicts: int
    classes: tuple[str, ...]
    class_changes: tuple[ClassChange, ...]
    tags: dict[str, int]
    selections: tuple[str, ...]

    @property
    def reviewed(self) -> int:
        """Images with a decision."""
        return sum(self.verdicts.values())


def summary(journal: Journal, at: int | None = None) -> Summary:
    """Counts now, or after entry `at`, of a later one than there is: now."""
    newest = journal.last
    last = newest if at is None else min(at, newest)
    states = current(journal, last).values()
    ((skips,),) = journal.rows(
        "SELECT count(*) FROM entry WHERE verdict = ? AND key IS NOT NULL AND effect = 'noted' AND sequence <= ?",
        [SKIPPED, last],
    )
    return Summary(
        at=last,
        last=newest,
        verdicts=dict(Counter(state.verdict for state in states).most_common()),
        reviewers=dict(Counter(state.reviewer for state in states).most_common()),
        skipped=skips,
        conflicts=len(conflicts(journal)),
        classes=class_names(journal, last),
        class_changes=tuple(listed_changes(journal, last)),
        tags={name: len(keys) for name, keys in tags(journal, last).items()},
        selections=tuple(selection.name for selection in selections(journal, last)),
    )


def agreement(journal: Journal, *, resamples: int = 1000, seed: int = 0) -> ReviewerAgreement | None:
    """Krippendorff's alpha of all second reviews and Cohen's kappa of each pair, None before there is one."""
    rated = ratings(journal)
    if not rated.keys:
        return None
    pairs = []
    for a, b in pairs_of(rated.codes):
        first, second = rated.codes[a], rated.codes[b]
        interval = kappa_interval(first, second, n=resamples, seed=seed)
        both = int(((first >= 0) & (second >= 0)).sum())
        pairs.append((rated.reviewers[a], rated.reviewers[b], both, interval))
    alpha = alpha_interval(rated.codes, n=resamples, seed=seed)
    return ReviewerAgreement(len(rated.keys), alpha, tuple(pairs))


def in_words(found: Summary, agreed: ReviewerAgreement | None) -> Iterator[str]:
    """The same as lines. Conflicts and agreement are of now; where the rest is of an earlier entry, they say so."""
    now = "" if found.at == found.last else " now"
    yield f"{found.reviewed:,} images reviewed, {found.skipped:,} skips, entry {found.at:,} of the journal"
    if found.verdicts:
        yield "verdicts: " + ", ".join(f"{count:,} {verdict}" for verdict, count in found.verdicts.items())
        yield "reviewers: " + ", ".join(f"{reviewer} {count:,}" for reviewer, count in found.reviewers.items())
    yield f"open conflicts{now}: {found.conflicts:,}"
    for change in found.class_changes:
        yield f"class {change.name!r}: {change.what}" + (f" {change.to!r}" if change.to else "")
    if found.tags:
        yield "tags: " + ", ".join(f"{name} {count:,}" for name, count in found.tags.items())
    if found.selections:
        yield "selections: " + ", ".join(found.selections)
    if agreed is None:
        yield "agreement: no blind second reviews yet"
        return
    on = f"agreement{now} on {agreed.images:,} images reviewed twice, blind"
    yield f"{on}: Krippendorff's alpha {_figure(agreed.alpha)}"
    for one, other, images, kappa in agreed.pairs:
        yield f"  {one} and {other}, {images:,} images: Cohen's kappa {_figure(kappa)}"


def _figure(estimate: Estimate) -> str:
    if estimate.value != estimate.value:
        return "not defined (every answer is the same)"
    return agreement_figure(estimate)


def agreement_figure(estimate: Estimate) -> str:
    """An agreement that is defined: "0.71 [0.52, 0.88]"; without an interval where images that agree all alike, or one
    alone, do not say how much others would."""
    return f"{estimate.value:.2f} {interval_of(estimate, '{:.2f}'.format)}".strip()
