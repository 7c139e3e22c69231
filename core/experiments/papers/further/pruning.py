"""Whether easy images can be left out at no greater cost than any others: what difficulty is used for most."""

from __future__ import annotations

from ...pruning import KeptShare, stored_pruning
from ...pruning_tables import READING, about, accuracy_plot, pruning_tables, sentence, told
from ..registry import register
from ..rules import every, no_worse
from ..section import Findings, Reproduced

FEWEST_KEPT, MOST_KEPT = 70.0, 90.0
MARGIN = 0.01


@register(
    "pruning",
    paper="further",
    place="Sorscher et al. 2022",
    title="Training without the easiest images",
    claim="Leaving out the easiest 10 to 30 per cent of the training images costs no more accuracy than leaving out as "
    "many at random, within one point.",
    rule="Holds where accuracy of the hardest 70 to 90 per cent less that of as many at random, paired by seed and "
    "image, lies above minus one point by its whole interval at every such share; "
    "does not where none of it does at one.",
    steps=("pruning",),
)
def pruning(findings: Findings) -> Reproduced | None:
    """From the proof of pruning with the most models that has such a share."""
    proof = stored_pruning(findings.runs, findings.rows, having=_decides)
    if proof is None:
        return None
    deciding = [(one, one.less_random) for one in proof.of("hardest") if _decides(one) and one.less_random]
    because = told(sentence(one, less, f"a random {one.per_cent:g} %") for one, less in deciding)
    return Reproduced(
        every([no_worse(less.accuracy, MARGIN) for _, less in deciding]), because, tuple(pruning_tables(proof)),
        (accuracy_plot(proof),), (about(proof), READING),
    )  # fmt: skip


def _decides(one: KeptShare) -> bool:
    return one.which == "hardest" and FEWEST_KEPT <= one.per_cent <= MOST_KEPT and one.less_random is not None
