"""Which scores find planted wrong labels, as `selftest` kept it: read from the metric rows of its run.

Subjects are RUN:SCORE, of a lead RUN:SCORE - SCORE, where RUN is the self-test's own; slices "<kind> <rate> %", for
what the first images of the order hold with ", first <p> %" after it, and of one draw with ", draw <seed>" at the end:

    planted_auroc, planted_average_precision    of telling planted labels from all others
    planted_found        share of the planted labels among the first images of the score's order
    planted_suggested    share of the planted labels for which the score suggests the label that was there before
    planted_lead         average precision of the score that has the highest, less another's, paired
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from ..kinds.evaluate import PLANTED
from ..metrics.auroc import allowing_for_choice
from ..metrics.intervals import one_of_several
from ..store.metrics import (
    LEVEL,
    PLANTED_AUROC,
    PLANTED_AVERAGE_PRECISION,
    PLANTED_FOUND,
    PLANTED_LEAD,
    PLANTED_SUGGESTED,
    Metric,
)
from ..types import Estimate, Run
from ..wording import count, with_interval
from .forms import of_form

LOOKED_AT = (5, 10, 20)
"""Per cent of the images, first in a score's order, among which planted labels are counted."""
BETWEEN = " - "
FORM = 1
"""Of a self-test's rows and of what it says of itself: raised when they change. One of another form is not read."""


def in_slice(kind: str, rate: float, *, first: int | None = None, draw: int | None = None) -> str:
    """The slice of a kind and a rate in per cent; of the first images alone, of one draw alone."""
    parts = [f"{kind} {rate:g} %"]
    parts += [f"first {first} %"] if first is not None else []
    return ", ".join(parts + ([f"draw {draw}"] if draw is not None else []))


@dataclass(frozen=True)
class PlantedScore:
    """What one score is worth at one kind and rate: means over draws.

    found: per cent looked at -> share of the planted labels among them. suggested: None of a score that suggests none.
    behind: the highest average precision less this one's, paired; None of the highest. draws: the average precision of
    each draw.
    """

    name: str
    auroc: Estimate
    average_precision: Estimate
    found: Mapping[int, Estimate]
    suggested: Estimate | None
    behind: Estimate | None
    draws: tuple[float, ...]


@dataclass(frozen=True)
class PlantedNoise:
    """One kind of noise at one rate. rate: per cent. scores: the highest average precision first."""

    kind: str
    rate: float
    scores: tuple[PlantedScore, ...]

    @property
    def name(self) -> str:
        """As people read it: "pair noise, 10 %"."""
        return f"{self.kind} noise, {self.rate:g} %"

    @property
    def can_be_told(self) -> bool:
        """Whether any score is told from a random order, allowing for how many there are to pick from."""
        n = len(self.scores)
        return any(allowing_for_choice(one.auroc, n, LEVEL).low > 0.5 for one in self.scores)

    @property
    def alike(self) -> list[str]:
        """The highest, and scores that put these images in the same order, such as two of one probe."""
        first, *others = self.scores
        return [first.name, *(one.name for one in others if one.behind and same_order(one.behind))]

    @property
    def following(self) -> PlantedScore | None:
        """The next score, of those that order these images otherwise than the highest does; None where none does."""
        return next((one for one in self.scores if one.name not in self.alike), None)

    @property
    def not_apart(self) -> list[str]:
        """Scores from which the highest is not told apart: their paired differences hold 0, or have no interval."""
        others = (one for one in self.scores if one.name not in self.alike)
        return [one.name for one in others if not leads(one.behind)]

    @property
    def apart(self) -> bool:
        """Whether the highest is told apart from every other score: each paired difference leaves 0 out.

        Of all, because a score further behind may vary more, and then is told apart less than the next.
        """
        return self.can_be_told and self.following is not None and not self.not_apart

    def surely_behind(self, score: PlantedScore) -> bool:
        """Whether the highest is ahead of a score although it was picked after looking, from all others than that.

        Student's by the labels of the rarer kind, as the paired difference is, at a level divided by how many there
        were to pick from.
        """
        if score.behind is None:
            return False
        planted = round(score.behind.n * self.rate / 100)
        freedom = min(planted, score.behind.n - planted) - 1
        return leads(one_of_several(score.behind, len(self.scores) - 1, freedom, LEVEL))

    @property
    def verdict(self) -> str:
        """Which score finds these labels, of how many it was picked, and how far it is ahead of the next."""
        if not self.can_be_told:
            return f"cannot be told: none of {len(self.scores)} scores ranks planted labels before others for certain"
        names, value = " and ".join(self.alike), with_interval(self.scores[0].average_precision)
        said = f"highest average precision of {len(self.scores)}: {names}, {value}"
        if self.following is None or self.following.behind is None:
            return said
        said += f"; ahead of {self.following.name} by {with_interval(self.following.behind)}, paired"
        if not self.not_apart:
            return said
        first, *more = self.not_apart
        return f"{said}; not told apart from {first}{f' and {count(len(more))} more' if more else ''}"


@dataclass(frozen=True)
class SelfTest:
    """All kinds and rates of one run, whose inputs say which embedding was tested and which labels were started from.

    noises: kind by kind, the lowest rate of each first.
    """

    run: Run
    noises: tuple[PlantedNoise, ...]

    @property
    def draws(self) -> int:
        """Draws of each kind and rate."""
        return int(self.run.parameters["seeds"])

    @property
    def images(self) -> int:
        """Images that took part."""
        return max((one.auroc.n for noise in self.noises for one in noise.scores), default=0)

    @property
    def kinds(self) -> list[str]:
        """Kinds of noise in their order."""
        return list(dict.fromkeys(noise.kind for noise in self.noises))

    @property
    def reviewed(self) -> bool:
        """Whether labels that people reviewed were started from."""
        return self.run.inputs["labels"] != "given"

    def of_kind(self, kind: str) -> list[PlantedNoise]:
        """Its rates, the lowest first."""
        return [noise for noise in self.noises if noise.kind == kind]

    @property
    def verdict(self) -> str:
        """What all kinds and rates say together."""
        told = [noise for noise in self.noises if noise.can_be_told]
        if not told:
            return (
                f"Cannot be told: at none of {len(self.noises)} kinds and rates does a score rank planted labels first"
            )
        firsts = [noise.scores[0].name for noise in told]
        ranked = sorted(dict.fromkeys(firsts), key=lambda name: -firsts.count(name))
        parts = [
            f"{name} at {firsts.count(name)}, told apart from all others at "
            f"{sum(noise.apart for noise in told if noise.scores[0].name == name)}"
            for name in ranked
        ]
        untold = len(self.noises) - len(told)
        said = f"Highest average precision, of {len(self.noises)} kinds and rates: {'; '.join(parts)}"
        return f"{said}; {untold} cannot be told" if untold else said


def same_order(ahead: Estimate) -> bool:
    """Whether two scores never differ: their difference is 0, and has no interval however many rows there are."""
    return ahead.value == 0 and not ahead.has_interval


def leads(ahead: Estimate | None) -> bool:
    """Whether a lead's interval lies above 0."""
    return ahead is not None and ahead.has_interval and ahead.low > 0


def self_tests(runs: Iterable[Run]) -> list[Run]:
    """The self-tests among an audit's runs, in their order; none of another form, which another Hardlook reads."""
    return [run for run in runs if of_form(run, PLANTED, FORM)]


def stored_self_test(runs: Iterable[Run], rows: Iterable[Metric]) -> SelfTest | None:
    """The newest self-test, None before `hardlook selftest`. runs: oldest first."""
    there = self_tests(runs)
    return read_self_test(there[-1], rows) if there else None


def read_self_test(run: Run, rows: Iterable[Metric]) -> SelfTest:
    """A self-test from its run and metric rows, which may stand among others."""
    own = [row for row in rows if row.subject.partition(":")[0] == run.run_id]
    found = {(row.name, row.subject.partition(":")[2], row.slice): row.estimate for row in own}
    names = list(dict.fromkeys(row.subject.partition(":")[2] for row in own if row.name == PLANTED_AUROC))
    noises = [
        _noise(kind, rate, names, found, int(run.parameters["seeds"]))
        for kind in run.parameters[PLANTED]
        for rate in run.parameters["rates"]
    ]
    return SelfTest(run, tuple(noise for noise in noises if noise.scores))


Found = Mapping[tuple[str, str, str], Estimate]


def _noise(kind: str, rate: float, names: Sequence[str], found: Found, draws: int) -> PlantedNoise:
    part = in_slice(kind, rate)
    there = [name for name in names if (PLANTED_AUROC, name, part) in found]
    ordered = by_average_precision({name: found[PLANTED_AVERAGE_PRECISION, name, part] for name in there})
    scores = []
    for name in ordered:
        firsts = {p: found.get((PLANTED_FOUND, name, in_slice(kind, rate, first=p))) for p in LOOKED_AT}
        values = (
            found.get((PLANTED_AVERAGE_PRECISION, name, in_slice(kind, rate, draw=draw))) for draw in range(draws)
        )
        scores.append(
            PlantedScore(
                name, found[PLANTED_AUROC, name, part], found[PLANTED_AVERAGE_PRECISION, name, part],
                {p: share for p, share in firsts.items() if share}, found.get((PLANTED_SUGGESTED, name, part)),
                found.get((PLANTED_LEAD, f"{ordered[0]}{BETWEEN}{name}", part)),
                tuple(one.value for one in values if one),
            )
        )  # fmt: skip
    return PlantedNoise(kind, rate, tuple(scores))


def by_average_precision(figures: Mapping[str, Estimate]) -> list[str]:
    """Names of scores, the highest average precision first; those without one last."""
    return sorted(figures, key=lambda name: -figures[name].value if isfinite(figures[name].value) else 1.0)
