"""Figure 2: the error of a model along the order of RMD, in groups of held-out images, hardest first."""

from __future__ import annotations

from ....store.metrics import ERROR_AUROC, ERROR_BY_GROUP
from ....store.provenance import COUNTED, provenance_of
from ....wording import count, percent, with_interval
from ..registry import register
from ..rules import above
from ..section import Findings, Plot, Reproduced, Series
from ..subjects import embedding_of

SCORE = "rmd"


@register(
    "rmd-groups",
    paper="rmd",
    place="Figure 2",
    title="Error in groups of images from hard to easy by RMD",
    claim="A classifier that RMD knows nothing of errs most on the images that RMD calls hardest, and less from group "
    "to group.",
    rule="Holds where the AUROC of RMD for the model's errors lies above 0.5 by its whole interval, does not where "
    "none of it does.",
    steps=("scores",),
    page="difficulty",
)
def groups(findings: Findings) -> Reproduced | None:
    """From the rows that `evaluate` keeps of every score."""
    address = next(iter(reversed(findings.usual_scores(ERROR_AUROC, SCORE))), "")
    auroc, rows = findings.one(ERROR_AUROC, address), findings.of(ERROR_BY_GROUP, address)
    if auroc is None:
        return None
    parts = sorted(rows.values(), key=lambda row: int(row.slice.rpartition(" ")[2]))
    points = tuple((float(i), row.estimate) for i, row in enumerate(parts, 1))
    because = f"AUROC of RMD for the model's errors on {count(auroc.n)} held-out images: {with_interval(auroc)}"
    model = next(
        (findings.called(row.by) for row in findings.rows if row.name == ERROR_AUROC and row.subject == address), ""
    )
    source = provenance_of(ERROR_AUROC)
    sources = {"AUROC": source} if source else {}
    if not points:
        return Reproduced(above(auroc, 0.5), f"{because}.", notes=(f"Errors of {model}.",), sources=sources)
    ends = f"{percent(points[0][1].value)} wrong in the hardest group, {percent(points[-1][1].value)} in the easiest"
    source = provenance_of(ERROR_AUROC)
    plot = Plot(
        f"Error of {model} by group of RMD", ends, "group, 1 the hardest", "share wrong",
        (Series(SCORE, points),), {"share wrong": COUNTED, **({"AUROC": source} if source else {})},
    )  # fmt: skip
    size = f"Groups of {count(points[0][1].n)} images. Embedding {embedding_of(findings, address)}."
    return Reproduced(above(auroc, 0.5), f"{because}; {ends}.", plots=(plot,), notes=(f"Errors of {model}. {size}",))
