"""Whether hard images are right less often than easy ones of which the model is as sure: paper A's premise, shown."""

from __future__ import annotations

from collections.abc import Mapping

from ....kinds.evaluate import FIFTHS_OF
from ....store.metrics import ACCURACY_AT_CONFIDENCE, BY_CHANCE, ECE_WITHIN_FIFTHS, EQUAL_CONFIDENCE_GAP, WHOLE, Metric
from ....store.provenance import COUNTED, provenance_of
from ....types import Sources
from ....wording import MISSING, count, percent, percent_interval
from ...text_table import TextTable
from ..registry import register
from ..rules import above, every
from ..section import UNTOLD, Findings, Plot, Reproduced, Series

PARTS = (WHOLE, "before scaling", "after scaling")


@register(
    "equal-confidence",
    paper="further",
    place="Xiong et al. 2023",
    title="Reliability at equal confidence, by difficulty",
    claim="A model is right less often on hard images than on easy ones of which it is as sure, and one temperature "
    "does not close that gap.",
    rule="Holds where the gap between the easiest and the hardest fifth lies above 0 by its whole interval, on all "
    "held-out images and on those left after the temperature was fitted; does not where either lies at or below 0.",
    steps=("scores",),
    page="calibration",
    show="equal",
)
def equal_confidence(findings: Findings) -> Reproduced | None:
    """From the rows that `evaluate` keeps of a model."""
    model = findings.newest(EQUAL_CONFIDENCE_GAP)
    gap, within = findings.of(EQUAL_CONFIDENCE_GAP, model), findings.of(ECE_WITHIN_FIFTHS, model)
    if WHOLE not in gap:
        return None
    verdict = every([above(gap[part].estimate) if part in gap else UNTOLD for part in (WHOLE, "after scaling")])
    gaps = [f"{percent_interval(gap[part].estimate)} {words}" for part, words in (
        (WHOLE, "on all held-out images"), ("after scaling", "after temperature scaling, on half of them")
    ) if part in gap]  # fmt: skip
    score = findings.parameter(gap[WHOLE], FIFTHS_OF).rpartition(":")[2] or "difficulty"
    return Reproduced(
        verdict,
        f"Share right of the easiest fifth by {score} less the hardest's, at equal confidence: {'; '.join(gaps)}.",
        (_table(gap, within, findings.of(ECE_WITHIN_FIFTHS + BY_CHANCE, model)),),
        _plots(findings, model, score),
        (f"{findings.called(model)}; {count(gap[WHOLE].estimate.n)} images at a confidence that both fifths have.",),
    )


def _table(gap: Mapping[str, Metric], within: Mapping[str, Metric], by_chance: Mapping[str, Metric]) -> TextTable:
    rows = tuple(
        (
            part,
            percent_interval(gap[part].estimate) if part in gap else MISSING,
            *(percent(of[part].estimate.value) if part in of else MISSING for of in (within, by_chance)),
        )
        for part in PARTS
        if part in gap or part in within
    )
    names = {"gap": EQUAL_CONFIDENCE_GAP, "ECE within fifths": ECE_WITHIN_FIFTHS}
    sources: Sources = {title: known for title, name in names.items() if (known := provenance_of(name))}
    return TextTable(
        "Gap at equal confidence, and ECE within fifths", ("images", "gap", "ECE within fifths", "by chance"), rows,
        sources=sources,
    )  # fmt: skip


def _plots(findings: Findings, model: str, score: str) -> tuple[Plot, ...]:
    curves = findings.of(ACCURACY_AT_CONFIDENCE, model)
    series = tuple(
        Series(f"{group} fifth", tuple(sorted(
            ((100 * float(part.rpartition(" ")[2]), row.estimate) for part, row in curves.items()
             if part.startswith(group)), key=lambda point: point[0],
        ))) for group in ("easiest", "hardest")
    )  # fmt: skip
    if not all(one.points for one in series):
        return ()
    title = f"Reliability of {findings.called(model)} at equal confidence, by {score}"
    return (Plot(title, "both over the same bins of confidence", "confidence, %", "share right", series,
                 {"share right": COUNTED}),)  # fmt: skip
