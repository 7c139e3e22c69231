"""The images that people decided on, as a sample of all: which were drawn at random, and what each stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...metrics.sampled import Sample, even_sample
from ...types import Bools, Ints
from ..view.choices import ScoreChoice
from ..view.reader import Reader
from .flag_worth import Strata, as_drawn, not_drawn
from .random_sample import strata_of_score

FEWEST = 10
"""Of wrong labels and of right ones: with fewer, an interval is most of 0..1."""


@dataclass(frozen=True, eq=False)
class Decided:
    """Images to judge by. ids: (m,). wrong: (m,) bool. sample: of m rows."""

    ids: Ints
    wrong: Bools
    sample: Sample

    @property
    def enough(self) -> bool:
        """Whether there are FEWEST of both kinds."""
        return min(int(self.wrong.sum()), int((~self.wrong).sum())) >= FEWEST

    @property
    def share(self) -> float:
        """Share of wrong labels in what the images stand for, NaN without one."""
        weight = self.sample.weight
        return float(weight[self.wrong].sum() / weight.sum()) if len(weight) else np.nan

    def take(self, rows: Bools) -> Decided:
        """The sample of these images alone. rows: (m,) bool."""
        return Decided(self.ids[rows], self.wrong[rows], self.sample.take(rows))

    def thinned(self, most: int) -> Decided:
        """A seeded part of it, each image of which stands for as many more of its kind; the rarer kind goes last."""
        rng, n_wrong = np.random.default_rng(0), int(self.wrong.sum())
        n_right = len(self.ids) - n_wrong
        wanted = min(n_wrong, max(most // 2, most - n_right))
        kept, share = np.zeros(len(self.ids), bool), np.ones(len(self.ids))
        for kind, n in ((self.wrong, wanted), (~self.wrong, min(n_right, most - wanted))):
            rows = np.flatnonzero(kind)
            kept[rng.choice(rows, n, replace=False)] = True
            share[rows] = n / max(len(rows), 1)
        sample = Sample(self.sample.weight / share, self.sample.fraction * share, self.sample.group)
        return Decided(self.ids, self.wrong, sample).take(kept)


def by_themselves(ids: Ints, wrong: Bools) -> Decided:
    """Images that stand for nothing but themselves. ids: (m,). wrong: (n,) bool, of all images."""
    return Decided(ids, wrong[ids], even_sample(len(ids)))


def sampled_rows(strata: Strata) -> tuple[Ints, Sample] | None:
    """Images of the random sample (m,) and what each stands for; None where none was drawn.

    A stratum without a sampled image is stood for by the others of its band, in which rows are also resampled: a class
    in a band often has a single one. A sample was drawn where every band has two that nothing else gave.
    """
    if not len(strata.size) or len(not_drawn(strata, 2)):
        return None
    size = np.bincount(strata.band, strata.size)
    ids = np.flatnonzero((strata.rows >= 0) & (strata.place < strata.sampled[np.maximum(strata.rows, 0)]))
    of = strata.rows[ids]
    represented = np.bincount(strata.band, strata.size * (strata.sampled > 0), len(size))
    weight = (strata.size[of] / strata.sampled[of]) * (size / np.maximum(represented, 1))[strata.band[of]]
    return ids, Sample(weight, strata.sampled[of] / strata.size[of], strata.band[of])


@dataclass(frozen=True, eq=False)
class RandomSample:
    """by: the score whose bands it was drawn from. images: that it stands for. stand_in: share of those that are in
    strata without a sampled one."""

    by: ScoreChoice
    decided: Decided
    images: int
    stand_in: float


def random_sample(
    reader: Reader, choices: Sequence[ScoreChoice], likely: Sequence[str], reviewed: Bools, wrong: Bools
) -> RandomSample | None:
    """The largest random sample that was drawn by a score; None without one. likely: addresses of such scores."""
    by_address = {choice.address: choice for choice in choices}
    found = []
    for address in dict.fromkeys(one for one in likely if one in by_address):
        strata = as_drawn(strata_of_score(reader, address, reviewed, wrong))
        rows = sampled_rows(strata)
        if rows:
            images = int(strata.size.sum())
            stand_in = float(strata.size[strata.sampled == 0].sum()) / images
            decided = Decided(rows[0], wrong[rows[0]], rows[1])
            found.append(RandomSample(by_address[address], decided, images, stand_in))
    return max(found, key=lambda one: len(one.decided.ids), default=None)
