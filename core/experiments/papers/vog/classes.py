"""Figure 8: are the classes of high VoG the ones that a model misses?"""

from __future__ import annotations

from ....store.metrics import FALSE_NEGATIVE_CORRELATION, OVER_CLASSES, WHOLE
from ....wording import count, written
from ...text_table import TextTable
from ..registry import register
from ..rules import above
from ..section import UNTOLD, Findings, Reproduced
from .forms import OF_THE_PAPER, TARGETS, cell, model_of, newest_score, sources_of

STAGES = ("early", "late", "all")


@register(
    "vog-classes",
    paper="vog",
    place="Figure 8",
    title="VoG of classes and the share of them that a model misses",
    claim="Classes whose images have the higher VoG are those of which a model misses the larger share.",
    rule="Holds where the Spearman correlation over classes of mean late VoG of the logit with the false-negative rate "
    "lies above 0 by its whole interval over classes, does not where none of it does.",
    steps=("scores",),
    page="difficulty",
    show="beside",
)
def classes(findings: Findings) -> Reproduced | None:
    """From the rows that `evaluate` keeps of every score that is not normalised within the class."""
    address = newest_score(findings, FALSE_NEGATIVE_CORRELATION, f"vog_{OF_THE_PAPER}_late")
    rows = findings.of(FALSE_NEGATIVE_CORRELATION, address) if address else {}
    if WHOLE not in rows:
        return None
    evaluated = rows.get(OVER_CLASSES, rows[WHOLE]).estimate
    verdict = above(evaluated) if OVER_CLASSES in rows else UNTOLD  # an interval of other images tells nothing of it
    table = []
    for target in TARGETS:
        for stage in STAGES:
            at = newest_score(findings, FALSE_NEGATIVE_CORRELATION, f"vog_{target}_{stage}")
            of = findings.of(FALSE_NEGATIVE_CORRELATION, at) if at else {}
            if WHOLE in of:
                table.append((f"{target}, {stage}", cell(of[WHOLE]), cell(of.get(OVER_CLASSES))))
    model = model_of(findings, FALSE_NEGATIVE_CORRELATION, address)
    return Reproduced(
        verdict,
        f"Over {rows[WHOLE].note}, mean VoG and the share that {model} misses correlate by {written(evaluated)}.",
        tables=(TextTable(
            "Correlation over classes, by interval", ("VoG of", "with other images", "with other classes"),
            tuple(table), sources=sources_of(correlation=FALSE_NEGATIVE_CORRELATION),
        ),),
        notes=(f"Of {count(rows[WHOLE].estimate.n)} held-out images.",
               "Raw VoG: normalised within the class, every class has the same mean. The page shows each class with "
               "both its intervals.",),
    )  # fmt: skip
