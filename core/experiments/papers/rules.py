"""Rules by which a claim holds, does not, or cannot be told: written once, so that no section bends its own.

Nothing holds, and nothing fails, because an interval is too wide to tell: that something costs nothing, or that nothing
is there, is shown by an interval that lies wholly within a margin stated beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...types import Estimate
from .section import FAILS, HOLDS, UNTOLD, Verdict


def above(estimate: Estimate, bound: float = 0.0) -> Verdict:
    """Whether an estimate lies above a bound: by its whole interval, by none of it, or cannot be told."""
    if not estimate.has_interval:
        return UNTOLD
    return HOLDS if estimate.low > bound else FAILS if estimate.high <= bound else UNTOLD


def below(estimate: Estimate, bound: float = 0.0) -> Verdict:
    """The same of lying below it."""
    if not estimate.has_interval:
        return UNTOLD
    return HOLDS if estimate.high < bound else FAILS if estimate.low >= bound else UNTOLD


def no_worse(difference: Estimate, margin: float) -> Verdict:
    """Whether a difference, above 0 where it is better, is at most a margin below 0: by its whole interval (Walker &
    Nowacki 2011, noninferiority). It fails where all of the interval is worse than that."""
    return above(difference, -margin)


def every(verdicts: Sequence[Verdict]) -> Verdict:
    """Of a claim that is made of several things at once: one that fails makes it fail, one untold leaves it untold."""
    if not verdicts:
        return UNTOLD
    return FAILS if FAILS in verdicts else UNTOLD if UNTOLD in verdicts else HOLDS


def unanimous(verdicts: Sequence[Verdict]) -> Verdict:
    """Of one question asked in several ways, as of other images and of other seeds: what all of them say."""
    said = set(verdicts)
    return verdicts[0] if len(said) == 1 else UNTOLD


def most(verdicts: Sequence[Verdict]) -> Verdict:
    """Of a claim about what mostly is: more than half of them hold, or more than half fail."""
    for verdict in (HOLDS, FAILS):
        if 2 * sum(one == verdict for one in verdicts) > len(verdicts):
            return verdict
    return UNTOLD
