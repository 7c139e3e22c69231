"""Figure 1: VoG of two blobs beside the distance to the boundary between them."""

from __future__ import annotations

from ....metrics.difficulty import DECILES
from ....store.metrics import TOY_BY_DISTANCE, TOY_CORRELATION
from ....wording import count, with_interval
from ..registry import register
from ..rules import below
from ..section import Findings, Plot, Reproduced, Series
from .forms import sources_of

STAGES = ("early", "middle", "late")


@register(
    "vog-toy",
    paper="vog",
    place="Figure 1",
    title="A toy: two blobs and a linear model",
    claim="Late in training, points close to the decision boundary have the higher VoG.",
    rule="Holds where the mean over seeds of the correlation of late VoG with the distance to the boundary lies below "
    "0 by its whole interval, does not where none of it does.",
    steps=("vog-toy",),
    kind="illustration",  # the blobs are made: the user's images take no part
)
def toy(findings: Findings) -> Reproduced | None:
    """From the rows of the toy experiment."""
    correlations = findings.of(TOY_CORRELATION)
    if "late" not in correlations:
        return None
    late = correlations["late"].estimate
    by_stage = ", ".join(f"{stage} {with_interval(correlations[stage].estimate)}" for stage in STAGES)
    rows = findings.of(TOY_BY_DISTANCE)
    series = tuple(
        Series(stage, tuple((float(i), rows[f"{stage}, decile {i}"].estimate) for i in range(1, DECILES + 1)))
        for stage in STAGES
        if f"{stage}, decile 1" in rows
    )
    plot = Plot(
        "VoG by distance to the boundary", "1 is the mean of all points", "decile of the distance, 1 the nearest",
        "VoG, multiple of its mean", series, sources_of(VoG=TOY_BY_DISTANCE),
    )  # fmt: skip
    return Reproduced(
        below(late), f"Mean correlation of VoG with the distance over {count(late.n)} seeds: {by_stage}.",
        plots=(plot,) if series else (),
        notes=("VoG of the probability: a linear model's logit has the same gradient everywhere. Your images take no "
               "part in it.",),
    )  # fmt: skip
