"""Figure 2: the error of a model along the order of RMD, in groups of held-out images, hardest first."""

from __future__ import annotations

from ....store.metrics import ERROR_AUROC, ERROR_BY_GROUP, WHOLE
from ....store.provenance import COUNTED, provenance_of
from ....wording import count, percent, with_interval
from ..registry import register
from ..rules import above
from ..section import Findings, Plot, Reproduced, Series
from ..subjects import embedding_of
from .own_fit import RULE, fitted_to_them, notes_on_fits, told

SCORE = "rmd"


@register(
    "rmd-groups",
    paper="rmd",
    place="Figure 2",
    title="Error in groups of images from hard to easy by RMD",
    claim="A classifier that RMD knows nothing of errs most on the images that RMD calls hardest, and less from group "
    "to group.",
    rule="Holds where the AUROC of RMD for the model's errors lies above 0.5 by its whole interval, does not where "
    f"none of it does. {RULE}",
    steps=("scores",),
    page="difficulty",
)
def groups(findings: Findings) -> Reproduced | None:
    """From the rows that `evaluate` keeps of every score."""
    address = next(iter(reversed(findings.usual_scores(ERROR_AUROC, SCORE))), "")
    row, rows = findings.of(ERROR_AUROC, address).get(WHOLE), findings.of(ERROR_BY_GROUP, address)
    if row is None:
        return None
    auroc, model = row.estimate, findings.called(row.by)
    in_sample = fitted_to_them(findings, row)
    verdict = told(above(auroc, 0.5), in_sample)
    fits = notes_on_fits(findings, [row], ["RMD"] if in_sample else [])
    parts = sorted(rows.values(), key=lambda row: int(row.slice.rpartition(" ")[2]))
    points = tuple((float(i), row.estimate) for i, row in enumerate(parts, 1))
    because = f"AUROC of RMD for the model's errors on {count(auroc.n)} held-out images: {with_interval(auroc)}"
    source = provenance_of(ERROR_AUROC)
    sources = {"AUROC": source} if source else {}
    if not points:
        return Reproduced(verdict, f"{because}.", notes=(f"Errors of {model}.", *fits), sources=sources)
    ends = f"{percent(points[0][1].value)} wrong in the hardest group, {percent(points[-1][1].value)} in the easiest"
    plot = Plot(
        f"Error of {model} by group of RMD", ends, "group, 1 the hardest", "share wrong",
        (Series(SCORE, points),), {"share wrong": COUNTED, **sources},
    )  # fmt: skip
    size = f"Groups of {count(points[0][1].n)} images. Embedding {embedding_of(findings, address)}."
    notes = (f"Errors of {model}. {size}", *fits)
    return Reproduced(verdict, f"{because}; {ends}.", plots=(plot,), notes=notes)
