"""How much of the labels can be read from the encoders' vectors: what every score of an embedding stands on."""

from __future__ import annotations

from ....store.metrics import LABEL_ENTROPY, USABLE_INFORMATION, WHOLE, Metric
from ....store.provenance import provenance_of
from ....types import Estimate
from ....wording import MISSING, count, percent_interval, three, with_interval
from ...text_table import TextTable
from ..registry import register
from ..rules import above
from ..section import Findings, Reproduced

HALF = 0.5


@register(
    "usable-information",
    paper="further",
    place="Ethayarajh et al. 2022",
    title="What encoders tell of the labels",
    claim="A linear classifier reads more than half of what there is to know of the labels out of the vectors.",
    rule="Holds where usable information as a share of the labels' entropy lies above one half by its whole interval, "
    "for the encoder that tells most; does not where none of it does.",
    steps=("probe",),
    page="map",
)
def usable_information(findings: Findings) -> Reproduced | None:
    """From the rows that `evaluate` keeps of each embedding with a probe."""
    entropy = {one: findings.one(LABEL_ENTROPY, one) for one in findings.subjects(USABLE_INFORMATION)}
    subjects = [one for one, labels in entropy.items() if labels and WHOLE in findings.of(USABLE_INFORMATION, one)]
    if not subjects:
        return None
    parts = {one: findings.of(USABLE_INFORMATION, one) for one in subjects}
    bits = {one: parts[one][WHOLE].estimate for one in subjects}
    first, *others = sorted(subjects, key=lambda one: -bits[one].value)
    of_labels = entropy[first]
    most = of_labels.value if of_labels else 0.0
    share = bits[first].share_of(most) if most > 0 else Estimate(0.0, unit="share")
    rows = tuple((findings.called(one), with_interval(bits[one]), count(bits[one].n), *_least(parts[one]))
                 for one in (first, *others))  # fmt: skip
    source = provenance_of(USABLE_INFORMATION)
    table = TextTable(
        "Bits of the labels that a probe reads, out of fold",
        ("embedding", "bits", "images", "least told class", "bits there"), rows,
        sources={"bits, bits there": source} if source else {},
    )  # fmt: skip
    picked = f", the most of {count(len(subjects))} embeddings" if others else ""
    bits_read = f"{findings.called(first)}{picked}: {with_interval(bits[first])} of {three(most)} bits"
    return Reproduced(above(share, HALF), f"{bits_read}, {percent_interval(share)}.", (table,))


def _least(parts: dict[str, Metric]) -> tuple[str, str]:
    classes = {part.removeprefix("class "): row.estimate for part, row in parts.items() if part != WHOLE}
    if len(classes) < 2:
        return MISSING, MISSING
    name = min(classes, key=lambda one: classes[one].value)
    return name, with_interval(classes[name])
