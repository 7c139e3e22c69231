"""Two ways of training compared over seeds, and the sentence that says what can be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Literal

from ..metrics.seeds import mean_over_seeds, paired_difference
from ..types import Estimate
from .grids import Method, TrainedGrid

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MINUS = "−"


@dataclass(frozen=True)
class Figure:
    """One column of a comparison: which metric, in what unit. share: 0..1 in the store, shown in per cent."""

    label: str
    name: str
    part: str = "all"
    share: bool = True

    @property
    def key(self) -> str:
        """How the metric table calls it: the metric, and the slice unless it is all images."""
        return self.name if self.part == "all" else f"{self.name} {self.part}"

    def number(self, value: float, *, signed: bool = False) -> str:
        """A value of it, or a difference with its sign: "85.1", "+0.4", "−0.012"."""
        if isnan(value):
            return "–"
        text = f"{100 * value:.1f}" if self.share else f"{value:.3f}"
        text = text if float(text) else text.lstrip("-")  # no minus nought
        return f"{'+' if signed and float(text) > 0 else ''}{text}".replace("-", MINUS)

    @property
    def unit(self) -> str:
        """Of a difference."""
        return " points" if self.share else ""


Verdict = Literal["higher", "lower", "none", "unknown"]


@dataclass(frozen=True)
class Comparison:
    """ours - theirs in one figure, paired by seed. difference: its n is the seeds that both have."""

    ours: Method
    theirs: Method
    figure: Figure
    difference: Estimate

    @property
    def pairs(self) -> int:
        """Seeds that both have."""
        return self.difference.n

    @property
    def verdict(self) -> Verdict:
        """Which way the seeds say it goes; "none" where the interval holds 0, "unknown" where there is none: with fewer
        than two pairs, and where all differ by the same."""
        if not isfinite(self.difference.low):
            return "unknown"
        if self.difference.low <= 0 <= self.difference.high:
            return "none"
        return "higher" if self.difference.value > 0 else "lower"

    @property
    def sentence(self) -> str:
        """What can be said: "lower by 1.2 points [0.4, 2.0]", "no difference that five seeds can show"."""
        value, low, high = self.difference.numbers
        if self.pairs == 0:
            return "no seed in common"
        if self.verdict == "unknown":
            said = f"{self.figure.number(value, signed=True)}{self.figure.unit} on"
            if self.pairs == 1:
                return f"{said} one seed, which shows nothing"
            return f"{said} each of {in_words(self.pairs)} seeds, which gives no interval"
        if self.verdict == "none":
            return f"no difference that {in_words(self.pairs)} seeds can show"
        ends = sorted((abs(low), abs(high)))
        size = f"{self.figure.number(abs(value))}{self.figure.unit}"
        return f"{self.verdict} by {size} [{self.figure.number(ends[0])}, {self.figure.number(ends[1])}]"

    @property
    def with_interval(self) -> str:
        """The difference itself: "−0.6 points [−2.2, +1.0]"; as `sentence` has it where there is no interval."""
        if not isfinite(self.difference.low):
            return self.sentence
        value, low, high = (self.figure.number(number, signed=True) for number in self.difference.numbers)
        return f"{value}{self.figure.unit} [{low}, {high}]"


def cell(grid: TrainedGrid, method: Method, figure: Figure) -> Estimate:
    """Mean of a method's figure over its seeds with Student's 95 % interval; NaN and n = 0 where there is none."""
    return mean_over_seeds(list(grid.figures(method, figure.name, figure.part).values()))


def compare(grid: TrainedGrid, ours: Method, theirs: Method, figure: Figure) -> Comparison:
    """ours - theirs over the seeds that both have."""
    here, there = (grid.figures(method, figure.name, figure.part) for method in (ours, theirs))
    return Comparison(ours, theirs, figure, paired_difference(here, there))


def subject_of(grid: TrainedGrid, ours: Method, theirs: Method) -> str:
    """How the metric table calls the comparison of two ways of training."""
    return f"grid {grid.name}: {ours.label} - {theirs.label}"


def said(comparisons: Sequence[Comparison]) -> str:
    """Differences that show, figure by figure, and then, together, those that do not."""
    by_sentence: dict[str, list[str]] = {}
    for one in comparisons:
        by_sentence.setdefault(one.sentence, []).append(one.figure.label)
    ordered = sorted(by_sentence.items(), key=lambda item: item[0].startswith("no "))
    return "; ".join(f"{', '.join(labels)}: {sentence}" for sentence, labels in ordered)


def in_words(n: int) -> str:
    """A small number as a word."""
    return NUMBERS[n] if n < len(NUMBERS) else str(n)
