"""Whether the score by which labels are doubted is ahead of the others on planted wrong labels."""

from __future__ import annotations

from ....types import Estimate
from ...self_test import PlantedNoise, stored_self_test
from ...self_test_tables import AP, BEHIND, READING, short_tables, sources_of, what_was_tested
from ..registry import register
from ..rules import most
from ..section import FAILS, HOLDS, UNTOLD, Findings, Plot, Reproduced, Series, Verdict

USUAL = "suspicion"
PICKED = (
    "Below each table the highest score is held against the others as it stands, although it was picked after looking; "
    "for the verdict, where another than suspicion is the highest, its interval allows for that."
)


@register(
    "self-test",
    paper="further",
    place="Self-test",
    title="Planted wrong labels, by every score of the embedding",
    claim="Suspicion, by which Hardlook doubts labels unless another score is chosen, finds planted wrong labels "
    "better than any other score of the embedding.",
    rule="By average precision, holds where suspicion is ahead of every other score at more than half of the kinds and "
    "rates of noise, of each by the whole interval of their paired difference; a score of the very same order is no "
    "other. Does not where the highest score is ahead of it at more than half, by the whole of an interval made wide "
    "enough for a choice among all others. A kind and rate at which no score tells planted labels from the rest counts "
    "for neither.",
    steps=("scores", "self-test"),
    page="compare",
    show="planted",
)
def self_test(findings: Findings) -> Reproduced | None:
    """From the newest self-test."""
    tested = stored_self_test(findings.runs, findings.rows)
    if tested is None or not tested.noises:
        return None
    verdicts = [of_noise(noise) for noise in tested.noises]
    counts = {verdict: verdicts.count(verdict) for verdict in (HOLDS, FAILS, UNTOLD)}
    because = (
        f"Of {len(verdicts)} kinds and rates, {USUAL} is ahead of every other score at {counts[HOLDS]}, behind one at "
        f"{counts[FAILS]}, and not told apart at {counts[UNTOLD]}. {tested.verdict}."
    )
    plots = tuple(
        Plot(
            f"Average precision, {kind} noise", tested.of_kind(kind)[-1].verdict, "labels planted, %", AP,
            tuple(Series(name, _along(tested.of_kind(kind), name)) for name in _shown(tested.of_kind(kind)[-1])),
            sources_of(AP, BEHIND),
        )
        for kind in tested.kinds
    )  # fmt: skip
    notes = (what_was_tested(tested), PICKED, READING)
    return Reproduced(most(verdicts), because, tuple(short_tables(tested)), plots, notes)


def of_noise(noise: PlantedNoise) -> Verdict:
    """Of one kind at one rate."""
    usual = next((one for one in noise.scores if one.name == USUAL), None)
    if usual is None or not noise.can_be_told:
        return UNTOLD
    if usual.name in noise.alike:
        return HOLDS if noise.apart else UNTOLD
    return FAILS if noise.surely_behind(usual) else UNTOLD


MOST_SHOWN = 5


def _shown(noise: PlantedNoise) -> list[str]:
    """The scores that a plot has: the highest at the highest rate."""
    return [one.name for one in noise.scores[:MOST_SHOWN]]


def _along(noises: list[PlantedNoise], name: str) -> tuple[tuple[float, Estimate], ...]:
    return tuple((noise.rate, one.average_precision) for noise in noises for one in noise.scores if one.name == name)
