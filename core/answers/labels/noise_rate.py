"""How many labels are wrong, by whatever knows it best: one answer for Overview, summary, Label suspects and report.

A random sample that people reviewed is the only one of them that was counted, so it takes the place of what scores
estimate as soon as there is one. Those rest on assumptions that no interval around them would hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...reviews.scores_shown import scores_shown
from ...reviews.verdicts import verdicts
from ...store import views
from ...types import TRAIN_SPLIT, Estimate, ScoreInfo
from ...wording import count, percent
from ..overview.standings import label_noise
from ..review.flag_worth import Strata, as_drawn, noise_of
from ..review.random_sample import strata_of_score
from ..view.journal import reading
from ..view.ranking import labelled_in
from ..view.reader import Reader

SCORES = {"suspicion": "suspicion", "confident": "confident learning"}
"""Scores that estimate the label-noise rate, and what their estimate is called."""
ASSUMES = (
    "the estimate assumes how labels go wrong, and was off by up to 15 % of the labels where the truth was known: a "
    "reviewed random sample says how many"
)
"""What a reader of a score's estimate has to know."""

NOTHING_TO_GO_BY = (
    "cannot be estimated: the embedding says no more of the labels than how common each is, so a score that goes by it "
    "cannot either; another encoder may, and a reviewed random sample does"
)
"""Why a score that was computed estimates no rate."""

Basis = Literal["sample", "truth", "score"]


@dataclass(frozen=True)
class NoiseEstimate:
    """Label-noise rate, and what says so.

    basis: "sample", reviewed images that were drawn at random, whose interval is of all the images they were drawn
    from; "truth", counted against true labels, with the interval of whatever these images are a sample of; "score",
    estimated by a model of mistakes, without an interval: what it is off by, nothing here shows. images: that it is
    said of. by: what says so, in words.
    """

    rate: Estimate
    basis: Basis
    images: int
    by: str

    @property
    def figure(self) -> str:
        """The rate alone, and that it is an estimate where it was not counted."""
        return ("about " if self.basis == "score" else "") + percent(self.rate.value)


def noise_estimates(reader: Reader, at: int = 0) -> list[NoiseEstimate]:
    """How many labels are wrong, the one to go by first: a reviewed sample, else scores' estimates; then the truth.

    at: the journal's entry up to which decisions count, 0 for none. Suspicion and truth are of the training split,
    confident learning of all labels that it has a value of.
    """
    sampled = _by_sample(reader, at) if at else None
    found = [sampled] if sampled else _by_scores(reader)
    truth = label_noise(reader)
    if truth is not None and truth.has_interval:
        found.append(NoiseEstimate(truth, "truth", truth.n, "counted against the true labels"))
    return found


def newest_suspicion(reader: Reader) -> ScoreInfo | None:
    """The score of that name that was made last."""
    return next((info for info in reversed(reader.scores) if info.name == "suspicion"), None)


def nothing_to_go_by(reader: Reader) -> bool:
    """Whether the newest suspicion found that its features say nothing of the labels."""
    info = newest_suspicion(reader)
    return info is not None and info.parameters.get("tells_labels") is False


def without_information(reader: Reader) -> set[str | None]:
    """Embeddings of which the newest suspicion found that they say nothing of the labels, by their run ids."""
    newest = {info.encoder_run: info for info in reader.scores if info.name == "suspicion"}
    return {embedding for embedding, info in newest.items() if info.parameters.get("tells_labels") is False}


def noise_basis(estimates: list[NoiseEstimate]) -> str:
    """What the first estimate is of and from, the others beside it, and what a score's assumes."""
    first, *others = estimates
    said = [f"of {count(first.images)} labels, {first.by}"]
    for one in others:
        of = f" of {count(one.images)} labels" if one.images != first.images else ""
        said.append(f"{one.figure}{of} {one.by}")
    return "; ".join([*said, *([ASSUMES] if first.basis == "score" else [])])


@dataclass(frozen=True)
class DrawnSample:
    """A reviewed random sample. address: of the score it was drawn by. strata: `as_drawn`. rate: what it says."""

    address: str
    strata: Strata
    rate: Estimate


def drawn_sample(reader: Reader, at: int) -> DrawnSample | None:
    """The largest random sample that was drawn by a score and reviewed up to entry `at`; None before one tells."""
    with reading(reader.hub.audit) as journal:
        reviewed, wrong = verdicts(reader.hub, journal, at)
        shown = scores_shown(journal, at) if journal else []
    newest = {info.name: info.address for info in reader.scores if info.name in SCORES}  # the last of a name counts
    known = {info.address for info in reader.scores}
    samples = []
    for address in dict.fromkeys(one for one in (*shown, *newest.values()) if one in known):
        strata = as_drawn(strata_of_score(reader, address, reviewed, wrong))
        rate = noise_of(strata).share
        if np.isfinite(rate.value):
            samples.append(DrawnSample(address, strata, rate))
    return max(samples, key=lambda one: int(one.strata.sampled.sum()), default=None)


def _by_sample(reader: Reader, at: int) -> NoiseEstimate | None:
    drawn = drawn_sample(reader, at)
    if drawn is None:
        return None
    by = f"estimated by a random sample of {count(int(drawn.strata.sampled.sum()))} that were reviewed"
    return NoiseEstimate(drawn.rate, "sample", int(drawn.strata.size.sum()), by)


def _by_scores(reader: Reader) -> list[NoiseEstimate]:
    """suspicion: the mean of its probabilities. confident: confident learning's joint distribution of given and true
    labels (Northcutt, Jiang & Chuang 2021, section 3.1)."""
    split = TRAIN_SPLIT if TRAIN_SPLIT in reader.splits else None
    found = []
    for name, by in SCORES.items():
        info = next((info for info in reversed(reader.scores) if info.name == name), None)
        if info is None or info.encoder_run in without_information(reader):
            continue
        of = split if name == "suspicion" else None  # the other kept its rate, and that is of every split
        values = views.score(reader.hub, info.address)[labelled_in(reader, of)]
        n = int(np.count_nonzero(~np.isnan(values)))
        mean = float(np.nansum(values, dtype=np.float64)) / max(n, 1)
        rate = mean if name == "suspicion" else info.parameters.get("estimated_error_rate")
        if n and rate is not None:
            found.append(NoiseEstimate(Estimate(float(rate), n=n, unit="share"), "score", n, f"estimated by {by}"))
    return found
