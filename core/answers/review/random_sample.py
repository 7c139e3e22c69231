"""The random sample that says what the flags are worth: which images to review for it, and what it says so far."""

from __future__ import annotations

import numpy as np

from ...reviews.verdicts import verdicts
from ...store import views
from ...types import Bools, Floats, Ints
from ..view.journal import reading
from ..view.reader import Reader
from .flag_worth import FlagWorth, Strata, as_drawn, flag_worth, next_to_sample, strata_of


def strata_at(reader: Reader, address: str, at: int) -> Strata:
    """The design over a score, and what was reviewed of it up to entry `at`: a second at 1.28 million images."""
    with reading(reader.hub.audit) as journal:
        reviewed, wrong = verdicts(reader.hub, journal, at)
    return strata_of_score(reader, address, reviewed, wrong)


def strata_of_score(reader: Reader, address: str, reviewed: Bools, wrong: Bools) -> Strata:
    """The design over a score with these decisions, (n,) bool each, counted in it."""
    return strata_of(suspicion_of(reader, address), reader.labels, reviewed, wrong)


def sample_at(reader: Reader, address: str, at: int, n: int) -> Ints:
    """(n,) ids or fewer to review next, drawn with what was known at entry `at`; the same for everyone who asks.

    In an order that leaves no gap in any stratum, however many of them are reviewed, and mixes the strata.
    """
    strata = strata_at(reader, address, at)
    ids = next_to_sample(strata, n)
    mixed = np.random.default_rng(at).random(len(ids))
    return ids[np.lexsort((mixed, strata.place[ids]))].astype(np.int32)


def worth_at(reader: Reader, address: str, at: int) -> FlagWorth:
    """What the reviews up to entry `at` say of the flags of this score."""
    return flag_worth(as_drawn(strata_at(reader, address, at)), reader.class_names)


def suspicion_of(reader: Reader, address: str) -> Floats:
    """(n,) the score turned so that higher is more suspect. One without a direction is taken as it is."""
    return views.score_hard_end_up(reader.hub, address)
