"""Which scores doubt labels, and how many labels are wrong by each estimate there is, with what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...metrics.intervals import share_estimate
from ...store import tallies, views
from ...types import TRAIN_SPLIT, Estimate
from ..overview.standings import label_noise
from ..view.choices import ScoreChoice
from ..view.ranking import labelled_in
from ..view.reader import Reader

PREFERRED = ("suspicion", "rmd_margin", "confident", "rmd_oof")
"""What labels are doubted by, unless another score is chosen."""


IN_WORDS = {"suspicion": "suspicion", "confident": "confident learning"}
"""Scores that estimate the share of wrong labels, and what their estimate is called."""


@dataclass(frozen=True)
class NoiseEstimate:
    """Label-noise rate, and what says so.

    rate: its interval is of the rate in whatever these images are a sample of; it knows nothing of a method that is
    off. measured: against true labels, rather than estimated.
    """

    rate: Estimate
    by: str
    measured: bool = False


def suspecting_scores(reader: Reader, choices: Sequence[ScoreChoice]) -> list[ScoreChoice]:
    """Scores that suggest labels: the preferred ones first, of equal name the newest, then the rest, newest first."""
    found = [choice for choice in reversed(choices) if tallies.has_suggestions(reader.hub, choice.address)]
    rank = {name: place for place, name in enumerate(PREFERRED)}
    return sorted(found, key=lambda choice: rank.get(choice.name, len(PREFERRED)))


def noise_estimates(reader: Reader) -> list[NoiseEstimate]:
    """How many of the training labels are wrong: estimates first, then the truth where it is known.

    suspicion: the mean of its probabilities. confident: confident learning's joint distribution of given and true
    labels (Northcutt, Jiang & Chuang 2021, section 3.1). Intervals are Wilson's, as if the wrong labels were counted.
    """
    split = TRAIN_SPLIT if TRAIN_SPLIT in reader.splits else None
    found = []
    for name in IN_WORDS:
        info = next((info for info in reversed(reader.scores) if info.name == name), None)
        if info is None:
            continue
        values = views.score(reader.hub, info.address)[labelled_in(reader, split)]
        n = int(np.count_nonzero(~np.isnan(values)))
        mean = float(np.nansum(values, dtype=np.float64)) / max(n, 1)
        rate = mean if name == "suspicion" else info.parameters.get("estimated_error_rate")
        if n and rate is not None:
            # Its value as it was stored: the counts that the interval is of are rounded once more.
            found.append(NoiseEstimate(replace(share_estimate(rate * n, n), value=float(rate)), IN_WORDS[name]))
    truth = label_noise(reader)
    if truth is not None and truth.has_interval:
        found.append(NoiseEstimate(truth, "the true labels", measured=True))
    return found
