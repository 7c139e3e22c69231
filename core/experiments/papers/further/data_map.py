"""Whether wrong labels are hard to learn: where a fifth of the labels, altered, lies on a model's data map."""

from __future__ import annotations

from ....maths.data_map import EVEN_CHANCE, HARD, REGIONS
from ....metrics.intervals import share_difference
from ....store.metrics import DATA_MAP, ITEMS, Metric
from ....store.provenance import provenance_of
from ....types import Estimate
from ....wording import MISSING, capitalised, percent_interval, with_interval
from ...text_table import TextTable
from ..planted_labels import KEPT_LABELS, ONE_SEED
from ..registry import register
from ..rules import above, below, every
from ..section import HOLDS, UNTOLD, Findings, Reproduced, Verdict

MOST = 0.5
MARGIN = 0.2
"""Of shares: by how much more of the altered labels than of the kept ones have to be hard to learn."""
SCORES = {
    "p_label_mean": "mean p", "p_label_sd": "standard deviation of p", "aleatoric": "mean p(1 - p)", "dual": "DUAL",
}  # fmt: skip


@register(
    "data-map",
    paper="further",
    place="Swayamdipta et al. 2020",
    title="Where wrong labels lie on the data map",
    claim="Wrong labels are hard to learn: most of them lie in that region of the data map, and far more of them than "
    "of the other labels.",
    rule="A fifth of a copy of the labels is altered and trained on. Holds where more than half of the altered labels "
    f"are hard to learn, and a share of them that is more than {100 * MARGIN:g} points larger than that of the kept "
    "labels, each by its whole interval; does not where either is so by none of its interval. Cannot be shown where "
    "not surely more than half of the kept labels lie elsewhere: then the model has not trained enough to tell.",
    steps=("data-map",),
    page="compare",
    show="dynamics",
)
def data_map(findings: Findings) -> Reproduced | None:
    """From the rows of the training on an altered copy."""
    shares, altered, aurocs = (findings.of(DATA_MAP[name], ITEMS) for name in ("share", "altered", "auroc"))
    there, kept = (shares.get(f"{HARD}, {side}") for side in ("altered", "kept"))
    if there is None or kept is None:
        return None
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
    verdict, because = _decided(there.estimate, kept.estimate)
    notes = (f"{capitalised(there.note)}.", f"{ONE_SEED} {KEPT_LABELS}", borders)
    return Reproduced(verdict, because, tables, notes=notes)


def _decided(there: Estimate, kept: Estimate) -> tuple[Verdict, str]:
    """The verdict and what it rests on. there, kept: share of the altered and of the kept labels that is hard to learn.

    Two thirds of all images are not ambiguous, and a model that has learned nothing yet gives hardly a label an even
    chance: all those are then hard to learn, whatever their labels.
    """
    more = share_difference(there, kept)
    because = (
        f"{percent_interval(there)} of the altered labels are hard to learn, and {percent_interval(kept)} of the kept "
        f"ones, a difference of {percent_interval(more)}"
    )
    if below(kept, MOST) != HOLDS:
        return UNTOLD, f"{because}. The model has not trained enough to learn most kept labels for certain."
    return every([above(there, MOST), above(more, MARGIN)]), f"{because}."


def _share(row: Metric | None) -> str:
    return percent_interval(row.estimate) if row else MISSING
