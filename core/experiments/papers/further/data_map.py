"""Whether wrong labels are hard to learn: where a fifth of the labels, altered, lies on a model's data map."""

from __future__ import annotations

from ....maths.data_map import EVEN_CHANCE, HARD, REGIONS
from ....store.metrics import DATA_MAP, ITEMS, WHOLE, Metric
from ....store.provenance import provenance_of
from ....wording import MISSING, capitalised, percent, percent_interval, with_interval
from ...text_table import TextTable
from ..registry import register
from ..rules import above, every
from ..section import Findings, Reproduced

MOST = 0.5
SCORES = {
    "p_label_mean": "mean p", "p_label_sd": "standard deviation of p", "aleatoric": "mean p(1 - p)", "dual": "DUAL",
}  # fmt: skip


@register(
    "data-map",
    paper="further",
    place="Swayamdipta et al. 2020",
    title="Where wrong labels lie on the data map",
    claim="Wrong labels are hard to learn: most of them lie in that region of the data map, and of its labels more are "
    "wrong than of all.",
    rule="A fifth of a copy of the labels is altered and trained on. Holds where more than half of the altered labels "
    "are hard to learn, and more of the labels there are altered than of all, each by its whole interval; does not "
    "where either is so by none of its interval.",
    steps=("data-map",),
    page="compare",
    show="dynamics",
)
def data_map(findings: Findings) -> Reproduced | None:
    """From the rows of the training on an altered copy."""
    shares, altered, aurocs = (findings.of(DATA_MAP[name], ITEMS) for name in ("share", "altered", "auroc"))
    there, among, of_all = shares.get(f"{HARD}, altered"), altered.get(HARD), altered.get(WHOLE)
    if there is None or among is None or of_all is None:
        return None
    verdict = every([above(there.estimate, MOST), above(among.estimate, of_all.estimate.value)])
    because = (
        f"{percent_interval(there.estimate)} of the altered labels are hard to learn, and "
        f"{percent_interval(among.estimate)} of the labels there are altered, of all {percent(of_all.estimate.value)}."
    )
    regions = tuple(
        (name, _share(shares.get(f"{name}, altered")), _share(shares.get(f"{name}, kept")), _share(altered.get(name)))
        for name in REGIONS
    )
    scores = tuple((title, with_interval(aurocs[name].estimate)) for name, title in SCORES.items() if name in aurocs)
    share, counted, auroc = (provenance_of(DATA_MAP[name]) for name in ("share", "altered", "auroc"))
    tables = (
        TextTable(
            "Regions of the data map", ("region", "of the altered labels", "of the kept ones", "altered there"),
            regions, sources={"shares": share, "altered there": counted} if share and counted else {},
        ),
        TextTable(
            "AUROC of altered labels", ("by", "AUROC"), scores,
            ("Above 0.5 altered labels have the higher values, below it the lower ones.",),
            sources={"AUROC": auroc} if auroc else {},
        ),
    )  # fmt: skip
    borders = (
        "The borders are ours: ambiguous is the third of the images whose p varies most over epochs; of the others "
        f"those are easy to learn whose mean p is at least {EVEN_CHANCE:g}, hard to learn those below."
    )
    return Reproduced(verdict, because, tables, notes=(f"{capitalised(there.note)}.", borders))


def _share(row: Metric | None) -> str:
    return percent_interval(row.estimate) if row else MISSING
