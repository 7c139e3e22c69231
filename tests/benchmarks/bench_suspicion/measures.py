"""What a suspicion is worth where the truth is known, and how that is written."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

import numpy as np

from core.metrics.calibration.binned import expected_calibration_error
from core.metrics.labels import average_precision
from core.metrics.ranking import auroc_of, rank
from core.types import Bools, Estimate, Floats

BINS = 10


def auroc(values: Floats, wrong: Bools) -> float:
    """Chance that a wrong label ranks above a right one."""
    ranking = rank(values, wrong)
    return float(auroc_of(*ranking.cumulative(np.ones((1, len(values)))))[0])


def calibration(values: Floats, wrong: Bools) -> float:
    """Mean gap between the value and the share of wrong labels over ten bins of equal width."""
    return expected_calibration_error(np.clip(values, 0.0, 1.0), wrong, BINS, "width")


def first(values: Floats, wrong: Bools, share: float) -> float:
    """Share of the wrong labels among the most suspect images."""
    order = np.argsort(-values, kind="stable")[: round(share * len(values))]
    return float(wrong[order].sum() / wrong.sum())


def both(values: Floats, wrong: Bools) -> str:
    """AUROC / AP."""
    return pair(auroc(values, wrong), average_precision(values, wrong))


def mean_of_both(cases: Sequence[tuple[Floats, Bools]]) -> str:
    """Their means over cases."""
    return pair(
        float(np.mean([auroc(*case) for case in cases])), float(np.mean([average_precision(*case) for case in cases]))
    )


def pair(first_value: float, second: float) -> str:
    return f"{number(first_value)} / {number(second)}"


def number(value: float, digits: int = 3) -> str:
    """`.954`, `1.000`, `–` for what is not defined."""
    if np.isnan(value):
        return "–"
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def signed(interval: Estimate) -> str:
    """A difference with its interval: `+.012 (+.007 to +.018)`."""
    value, low, high = (
        ("+" if end > 0 else "−" if end < 0 else "") + number(abs(end))
        for end in (interval.value, interval.low, interval.high)
    )
    return f"{value} ({low} to {high})"


def percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{100 * share:.0f} %"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def filled(page: str) -> str:
    """The page with its paragraphs in lines of 120 characters at most; tables and lists are left as they are."""
    blocks = page.split("\n\n")
    return "\n\n".join(
        block if block.lstrip().startswith(("|", "#", "-")) else textwrap.fill(block, 120, break_on_hyphens=False)
        for block in blocks
    )
