"""Section 4.1: does VoG tell labels that a model can only have memorised?"""

from __future__ import annotations

from ....store.metrics import ITEMS, MEMORISATION, MEMORISED, WHOLE
from ....wording import with_interval
from ...text_table import TextTable
from ..planted_labels import KEPT_LABELS, ONE_SEED
from ..registry import register
from ..rules import above
from ..section import UNTOLD, Findings, Reproduced
from .forms import OF_THE_PAPER, TARGETS, cell, sources_of

STAGES = ("early", "late", "all")


@register(
    "vog-memorisation",
    paper="vog",
    place="Section 4",
    title="Labels that a model has memorised",
    claim="Images whose labels were altered, and which a model can only memorise, have the higher VoG.",
    rule="Holds where Welch's t of VoG of the logit over all checkpoints, altered less kept labels, lies above 0 by "
    "its whole interval, does not where none of it does; cannot be shown where the model did not come near zero "
    "training error.",
    steps=("vog-memorisation",),
)
def memorisation(findings: Findings) -> Reproduced | None:
    """From the rows of the experiment on a copy of the labels."""
    t, auroc = (findings.of(MEMORISATION[name], ITEMS) for name in ("welch_t", "auroc"))
    error = findings.of(MEMORISATION["error"], ITEMS).get(WHOLE)
    part = f"{OF_THE_PAPER} all"
    if part not in t or error is None:
        return None
    memorised = error.estimate.value <= MEMORISED
    because = f"Welch's t over all checkpoints {with_interval(t[part].estimate)}"
    because += f", AUROC of altered labels {with_interval(auroc[part].estimate)}" if part in auroc else ""
    if not memorised:
        because += "; the model has not memorised them, so this is of another state than the paper's"
    return Reproduced(
        above(t[part].estimate) if memorised else UNTOLD, f"{because}.", tables=(_table(findings),),
        notes=(f"Of {error.note}.", f"{ONE_SEED} {KEPT_LABELS}",
               "Above 0, altered labels have the higher VoG; which stage and target tell them, and with which sign, is "
               "in the table."),
    )  # fmt: skip


def _table(findings: Findings) -> TextTable:
    """A row for each target and stage."""
    of = {name: findings.of(metric, ITEMS) for name, metric in MEMORISATION.items()}
    rows = []
    for target in TARGETS:
        for stage in STAGES:
            part = f"{target} {stage}"
            sides = [cell(of[name].get(f"{part}, {side}")) for name in ("mean", "sd") for side in ("altered", "kept")]
            tests = [cell(of[name].get(part)) for name in ("welch_t", "auroc")]
            rows.append((f"{target}, {stage}", *sides, *tests))
    columns = ("VoG of", "mean, altered", "mean, kept", "sd, altered", "sd, kept", "Welch's t", "AUROC")
    sources = sources_of(
        mean=MEMORISATION["mean"], sd=MEMORISATION["sd"], t=MEMORISATION["welch_t"], AUROC=MEMORISATION["auroc"]
    )  # fmt: skip
    return TextTable("VoG of altered and of kept labels", columns, tuple(rows), sources=sources)
