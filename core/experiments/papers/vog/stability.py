"""Figure 5c: is VoG the same from another seed, and from fewer checkpoints?"""

from __future__ import annotations

from ....store.metrics import (
    CHECKPOINTS_OVERLAP,
    CHECKPOINTS_SPEARMAN,
    SEED_OVERLAP,
    SEED_SPEARMAN,
    SEED_SPREAD,
    Metric,
)
from ....wording import capitalised, count, with_interval
from ...text_table import TextTable
from ..registry import register
from ..rules import above, every
from ..section import UNTOLD, Findings, Plot, Reproduced, Series
from .forms import OF_THE_PAPER, TARGETS, cell, sources_of

BOUND = 0.5
OVER_SEEDS = ", over seeds"


@register(
    "vog-stability",
    paper="vog",
    place="Figure 5c",
    title="The same order from other seeds and from fewer checkpoints",
    claim="VoG orders the images nearly the same from every seed, and three checkpoints say nearly what all say.",
    rule="Holds where, of VoG of the logit, the mean Spearman correlation of two seeds late in training and that of "
    "three evenly spread checkpoints with all of them both lie above one half by their whole intervals over images; "
    "does not where either lies below it by all of it.",
    steps=("seeds", "vog-stability"),
)
def stability(findings: Findings) -> Reproduced | None:
    """From the rows of the comparison over seeds."""
    over_seeds, with_all = findings.of(SEED_SPEARMAN), findings.of(CHECKPOINTS_SPEARMAN)
    late = over_seeds.get(f"{OF_THE_PAPER} late")
    if late is None:
        return None
    three = with_all.get(f"{OF_THE_PAPER} spread 3")
    asked = [above(late.estimate, BOUND), above(three.estimate, BOUND) if three else UNTOLD]
    because = f"{late.subject}: two seeds' late VoG correlates by {with_interval(late.estimate)}"
    because += f", that of three checkpoints with that of all by {with_interval(three.estimate)}" if three else ""
    return Reproduced(
        every(asked), f"{because} (Spearman, logit).", tables=(_table(findings),), plots=_plots(findings, over_seeds),
        notes=("Intervals are over images, of these seeds; the table has those over seeds, which need three, beside "
               f"them. {capitalised(late.note)}.",),
    )  # fmt: skip


def _plots(findings: Findings, over_seeds: dict[str, Metric]) -> tuple[Plot, ...]:
    """The correlation over seeds by how many of the last checkpoints VoG is over."""
    numbers = sorted({int(part.rpartition(" ")[2]) for part in over_seeds if " last " in part and "," not in part})
    names = (*map(str, numbers), "all")
    series = []
    for target in TARGETS:
        parts = [*(f"{target} last {k}" for k in numbers), f"{target} all"]
        points = [(float(i), over_seeds[part].estimate) for i, part in enumerate(parts) if part in over_seeds]
        series.append(Series(target, tuple(points)))
    plot = Plot(
        "VoG of two seeds by the number of checkpoints", "1 is one order, 0 none in common", "last checkpoints",
        "Spearman correlation", tuple(series), sources_of(correlation=SEED_SPEARMAN), names=names, zero=True,
    )  # fmt: skip
    return (plot,) if numbers else ()


def _table(findings: Findings) -> TextTable:
    """A row for each window: over seeds, and with all checkpoints."""
    metrics = (SEED_SPEARMAN, SEED_OVERLAP, CHECKPOINTS_SPEARMAN, CHECKPOINTS_OVERLAP)
    by_metric = {name: findings.of(name) for name in (*metrics, SEED_SPREAD)}
    rows = []
    for part in sorted(part for part in by_metric[SEED_SPEARMAN] if not part.endswith(OVER_SEEDS)):
        cells = [cell(by_metric[name].get(part)) for name in metrics]
        over_seeds = cell(by_metric[SEED_SPEARMAN].get(part + OVER_SEEDS))
        rows.append((part, cells[0], over_seeds, *cells[1:], cell(by_metric[SEED_SPREAD].get(part))))
    columns = ("VoG over", "of two seeds", "over seeds", "top decile of two seeds", "with all checkpoints",
               "top decile with all", "percentile varies by")  # fmt: skip
    sources = sources_of(correlation=SEED_SPEARMAN, percentile_varies_by=SEED_SPREAD)
    n = max((row.estimate.n for row in by_metric[SEED_SPEARMAN].values()), default=0)
    note = f"Of up to {count(n)} images. By chance the top deciles share 10 %, and a percentile varies by 28.9."
    return TextTable("VoG over seeds and checkpoints", columns, tuple(rows), (note,), sources)
