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
from ....wording import capitalised, count, span, with_interval
from ...text_table import TextTable
from ..registry import register
from ..rules import above, every, unanimous
from ..section import UNTOLD, Findings, Plot, Reproduced, Series, Verdict
from .forms import OF_THE_PAPER, TARGETS, cell, sources_of

BOUND = 0.8
"""The Spearman correlation above which two orders are nearly the same: they share almost two thirds of variance."""
OVER_SEEDS = ", over seeds"


@register(
    "vog-stability",
    paper="vog",
    place="Figure 5c",
    title="The same order from other seeds and from fewer checkpoints",
    claim="VoG orders the images nearly the same from every seed, and three checkpoints say nearly what all say.",
    rule="Holds where, of VoG of the logit, the mean Spearman correlation of two seeds late in training and that of "
    f"three evenly spread checkpoints with all of them both lie above {BOUND:g} by their whole intervals, over images "
    "and over seeds; does not where either lies below it by all of both its intervals. Two seeds do not say how others "
    "would differ, and cannot show it.",
    steps=("seeds", "vog-stability"),
)
def stability(findings: Findings) -> Reproduced | None:
    """From the rows of the comparison over seeds."""
    over_seeds, with_all = findings.of(SEED_SPEARMAN), findings.of(CHECKPOINTS_SPEARMAN)
    part = f"{OF_THE_PAPER} late"
    if part not in over_seeds:
        return None
    late, three = over_seeds[part], f"{OF_THE_PAPER} spread 3"
    asked = [_verdict(over_seeds, part), _verdict(with_all, three)]
    because = f"{late.subject}: two seeds' late VoG correlates by {_both(over_seeds, part)}"
    because += f", that of three checkpoints with that of all by {_both(with_all, three)}" if three in with_all else ""
    return Reproduced(
        every(asked), f"{because} (Spearman, logit).", tables=(_table(findings),), plots=_plots(findings, over_seeds),
        notes=("Intervals are over images, of these seeds, where nothing else is said; those over seeds, of these "
               f"images, take three seeds. {capitalised(late.note)}.",),
    )  # fmt: skip


def _verdict(rows: dict[str, Metric], part: str) -> Verdict:
    """Of other images and of other seeds alike."""
    both = [rows[of].estimate for of in (part, part + OVER_SEEDS) if of in rows]
    return unanimous([above(one, BOUND) for one in both]) if len(both) == 2 else UNTOLD


def _both(rows: dict[str, Metric], part: str) -> str:
    """A figure with both its intervals."""
    other = rows.get(part + OVER_SEEDS)
    over_seeds = span(other.estimate) if other else ""
    return f"{with_interval(rows[part].estimate)} over images, {over_seeds or 'no interval'} over seeds"


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
