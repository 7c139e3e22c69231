"""Which stored VoG a section reads: of a model that stands for itself, raw, not by equation 3 as it is printed.

What is normalised within the class, is so over the held-out images by `evaluate`: the stored normalised columns hang on
how they were asked for, and whichever was scored last would be taken.
"""

from __future__ import annotations

from ....kinds.score import AS_PRINTED
from ....store.metrics import Metric
from ....store.provenance import provenance_of
from ....types import Sources
from ....wording import MISSING, written
from ..section import Findings

TARGETS = ("logit", "probability")
OF_THE_PAPER = TARGETS[0]
"""The target of its equation 1, by which the verdicts go; the other is shown beside it."""


def newest_score(findings: Findings, metric: str, name: str) -> str:
    """The address of a score of that name that a metric is of, of a model of its own before those of a grid; "" for
    none."""
    addresses = [
        one for one in findings.subjects(metric) if one.partition(":")[2] == name and not _as_printed(findings, one)
    ]
    own = [one for one in addresses if not _of_a_grid(findings, one)]
    return (own or addresses or [""])[-1]


def model_of(findings: Findings, metric: str, address: str) -> str:
    """The name of the model whose errors a score's metric counts."""
    return next((findings.called(row.by) for row in findings.rows if (row.name, row.subject) == (metric, address)), "")


def cell(row: Metric | None) -> str:
    """A row's estimate as a table has it."""
    return written(row.estimate) if row else MISSING


def sources_of(**named: str) -> Sources:
    """What a section's figures are. named: as what a figure is shown -> its metric; those nobody said are left out."""
    known = {shown: provenance_of(metric) for shown, metric in named.items()}
    return {shown.replace("_", " "): source for shown, source in known.items() if source}


def _as_printed(findings: Findings, address: str) -> bool:
    """Whether a score is by equation 3 as it is printed, which is an option and not what the sections are of."""
    run = findings.run(address.partition(":")[0])
    return bool(run and run.parameters.get("form") == AS_PRINTED)


def _of_a_grid(findings: Findings, address: str) -> bool:
    run = findings.run(address.partition(":")[0])
    model = findings.run(run.inputs.get("train", "")) if run else None
    return bool(model and model.grid)
