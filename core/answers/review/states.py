"""The state of a review as pages show it: now, after any earlier entry, and what lies between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from ...reviews import Difference, Journal, ReviewState, current, differences
from ...reviews.summary import ReviewerAgreement, agreement, agreement_figure, in_words, summary
from ...types import Estimate
from ...wording import MISSING
from ..view.journal import reading
from ..view.reader import Reader

MOST_DIFFERENCES = 200


@dataclass(frozen=True)
class Compared:
    """The state after an entry, in lines, and the images that are otherwise now; `shown` are the first of `n`."""

    at: int
    words: tuple[str, ...]
    n: int
    shown: tuple[Difference, ...]


@dataclass(frozen=True)
class AgreementLine:
    """Agreement of some reviewers on some images, as text: "0.71 [0.52, 0.88]"."""

    who: str
    images: int
    measure: str
    figure: str


def compared(journal: Journal, at: int) -> Compared:
    """The state after entry `at`, against now."""
    found = differences(current(journal, at), current(journal))
    words = tuple(in_words(summary(journal, at), None))[:-1]  # the last line is on agreement, which is shown elsewhere
    return Compared(at, words, len(found), tuple(found[:MOST_DIFFERENCES]))


def state_words(state: ReviewState | None) -> str:
    """A state in a few words; of an image that nobody has decided too."""
    if state is None:
        return "not reviewed"
    label = f" {state.label}" if state.label and state.verdict in ("confirmed", "relabelled") else ""
    return f"{state.verdict}{label}" + (f" or {state.second_label}" if state.second_label else "")


def agreement_lines(reader: Reader, at: int) -> list[AgreementLine]:
    """All reviewers together and each pair of them, up to entry `at`; none before anything was reviewed twice."""
    with reading(reader.hub.audit) as journal:
        found = agreement(journal) if journal and at else None
    return list(_lines(found)) if found else []


def _lines(found: ReviewerAgreement) -> Iterator[AgreementLine]:
    yield AgreementLine("everybody", found.images, "Krippendorff's alpha", figure(found.alpha))
    for one, other, images, kappa in found.pairs:
        yield AgreementLine(f"{one} and {other}", images, "Cohen's kappa", figure(kappa))


def figure(estimate: Estimate) -> str:
    """An agreement with its interval; what is not defined, as where every answer is the same, is a dash."""
    return agreement_figure(estimate) if isfinite(estimate.value) else MISSING
