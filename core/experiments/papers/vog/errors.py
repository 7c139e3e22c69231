"""Figures 4, 5 and 9: the error of a model along VoG, early and late in its training, and at both ends."""

from __future__ import annotations

from ....metrics.difficulty import DECILES
from ....store.metrics import ACCURACY, HELD_OUT_VOG
from ....types import Estimate
from ....wording import count, counted, percent_interval, with_interval
from ..registry import register
from ..rules import above, below, every
from ..section import UNTOLD, Findings, Plot, Reproduced, Series
from ..subjects import numbers
from .forms import OF_THE_PAPER, TARGETS, model_of, newest_score, sources_of

STAGES = ("early", "late")
ERROR_AUROC, ERROR_BY_DECILE = HELD_OUT_VOG["auroc"], HELD_OUT_VOG["error"]
PAGE = (
    "The page shows the stored scores, which are normalised over all images of the class, or over those of its split "
    "where that was asked for."
)


def stage_of(findings: Findings, target: str, stage: str) -> tuple[Estimate | None, list[Estimate]]:
    """AUROC of VoG for the errors, and the error by decile, lowest VoG first; None and [] where not evaluated."""
    address = newest_score(findings, ERROR_AUROC, _name(target, stage))
    rows = findings.of(ERROR_BY_DECILE, address) if address else {}
    deciles = [rows[f"decile {i}"].estimate for i in range(1, DECILES + 1) if f"decile {i}" in rows]
    return findings.one(ERROR_AUROC, address), deciles if len(deciles) == DECILES else []


def plot_of(findings: Findings, stages: tuple[str, ...], says: str) -> tuple[Plot, ...]:
    """A figure of deciles, a line for each target and stage that is there."""
    lines = [(f"{target}, {stage}", stage_of(findings, target, stage)[1]) for target in TARGETS for stage in stages]
    series = tuple(
        Series(name, tuple((float(i), one) for i, one in enumerate(deciles, 1))) for name, deciles in lines if deciles
    )
    model = model_of(findings, ERROR_AUROC, newest_score(findings, ERROR_AUROC, _name(OF_THE_PAPER, stages[-1])))
    plot = Plot(
        f"Error of {model} by decile of VoG", says, "decile of VoG, 1 the lowest", "share wrong", series,
        sources_of(share_wrong=ERROR_BY_DECILE, AUROC=ERROR_AUROC),
    )  # fmt: skip
    return (plot,) if series else ()


def auroc_in_words(target: str, auroc: Estimate) -> str:
    """ "logit 0.62 [0.60, 0.64]"."""
    return f"{target} {with_interval(auroc)}"


@register(
    "vog-deciles",
    paper="vog",
    place="Figure 4",
    title="Error along VoG, late in training",
    claim="The error of a model rises with the VoG of the last checkpoints, from decile to decile.",
    rule="Holds where the AUROC of late VoG of the logit for the model's errors lies above one half by its whole "
    "interval, does not where none of it does.",
    steps=("scores",),
    page="difficulty",
)
def deciles(findings: Findings) -> Reproduced | None:
    """From the rows that `evaluate` keeps of every score."""
    auroc, errors = stage_of(findings, OF_THE_PAPER, "late")
    if auroc is None:
        return None
    other = stage_of(findings, TARGETS[1], "late")[0]
    texts = [auroc_in_words(target, one) for target, one in zip(TARGETS, (auroc, other), strict=True) if one]
    ends = f"; {percent_interval(errors[0])} wrong in the lowest decile, {percent_interval(errors[-1])} in the highest"
    because = f"AUROC of late VoG for errors on {count(auroc.n)} held-out images: {', '.join(texts)}"
    return Reproduced(
        above(auroc, 0.5), because + (ends if errors else "") + ".", plots=plot_of(findings, ("late",), ""),
        notes=(_over(auroc.n), f"Late is the last three checkpoints. {PAGE}"),
    )  # fmt: skip


@register(
    "vog-flip",
    paper="vog",
    place="Figures 5a and 5b",
    title="The order turns over in training",
    claim="Early in training the errors lie at the low end of VoG, late at the high end.",
    rule="Holds where the AUROC of VoG of the logit for the model's errors lies below one half over the first "
    "checkpoints and above one half over the last, both by their whole intervals; does not where either lies on the "
    "other side by all of it.",
    steps=("scores",),
    page="difficulty",
)
def flip(findings: Findings) -> Reproduced | None:
    """From the same rows, of both stages."""
    of_stage = {(target, stage): stage_of(findings, target, stage)[0] for target in TARGETS for stage in STAGES}
    early, late = (of_stage[OF_THE_PAPER, stage] for stage in STAGES)
    if early is None or late is None:
        return None
    texts = [
        f"{target} early {with_interval(first)}, late {with_interval(last)}"
        for target in TARGETS
        if (first := of_stage[target, "early"]) and (last := of_stage[target, "late"])
    ]
    return Reproduced(
        every([below(early, 0.5), above(late, 0.5)]),
        f"AUROC of VoG for errors on {numbers((early.n, late.n))} held-out images: {'; '.join(texts)}.",
        plots=plot_of(findings, STAGES, "a line that falls early and rises late turns over"),
        notes=(_over(late.n), "Early is the first three checkpoints, late the last three. The verdict goes by the "
               f"logit, which the paper's equation 1 is of. {PAGE}"),
    )  # fmt: skip


@register(
    "vog-ends",
    paper="vog",
    place="Figure 9",
    title="Error at both ends of VoG and of all images",
    claim="The decile of the highest late VoG has far more errors than all images have, that of the lowest far fewer.",
    rule="Holds where the error of the highest decile lies above that of all images and the error of the lowest below "
    "it, both by their whole intervals; does not where either lies on the other side by all of it.",
    steps=("scores",),
    page="difficulty",
)
def ends(findings: Findings) -> Reproduced | None:
    """From the deciles and the model's accuracy."""
    auroc, errors = stage_of(findings, OF_THE_PAPER, "late")
    address = newest_score(findings, ERROR_AUROC, _name(OF_THE_PAPER, "late"))
    model = next((row.by for row in findings.rows if (row.name, row.subject) == (ERROR_AUROC, address)), "")
    accuracy = findings.one(ACCURACY, model)
    if not errors or auroc is None or accuracy is None:
        return None
    whole, low, high = accuracy.complement(), errors[0], errors[-1]
    verdict = every([above(high, whole.value), below(low, whole.value)])
    texts = ", ".join(f"{name} {percent_interval(one)}" for name, one in
                     (("lowest decile", low), ("all", whole), ("highest decile", high)))  # fmt: skip
    names = ("lowest decile", "all", "highest decile")
    plot = Plot(
        f"Error of {findings.called(model)} at both ends of late VoG", texts, "", "share wrong",
        (Series("VoG of the logit", tuple((float(i), one) for i, one in enumerate((low, whole, high)))),),
        sources_of(share_wrong=ERROR_BY_DECILE), names=names, joined=False,
    )  # fmt: skip
    some_differ = 0 < whole.value < 1  # where none or all are wrong, no part can have more or fewer
    deciles_have = f"Of {count(whole.n)} held-out images; a decile has {numbers((low.n, high.n))}."
    notes = (f"{deciles_have} VoG of the logit over the last three checkpoints. {_over(auroc.n)}", PAGE)
    because = f"{texts[:1].upper()}{texts[1:]} wrong."
    return Reproduced(verdict if some_differ else UNTOLD, because, plots=(plot,), notes=notes)


def _name(target: str, stage: str) -> str:
    return f"vog_{target}_{stage}"


def _over(n: int) -> str:
    """Which images VoG is normalised over, as a sentence."""
    return (
        f"Normalised within the class of the given label over the {counted(n, 'held-out image')} that the figure is "
        "of: none that the model was trained on is among them."
    )
