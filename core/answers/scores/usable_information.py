"""What each encoder tells of the labels: usable information of the embeddings, as evaluating stored it."""

from __future__ import annotations

from dataclasses import dataclass

from ...store.metrics import LABEL_ENTROPY, USABLE_INFORMATION, WHOLE
from ...types import Estimate, Run
from ..estimates import measured
from ..view.reader import Reader


@dataclass(frozen=True)
class EncoderInformation:
    """Bits that a probe of one embedding reads of the given labels. most: the entropy of the labels, in bits.

    least: the class of which it reads fewest, "" where there is one class alone.
    """

    run: Run
    information: Estimate
    most: float
    least: str
    of_least: Estimate


def encoder_information(reader: Reader) -> list[EncoderInformation]:
    """Every embedding that has a probe which was evaluated, the most informative first."""
    entropy, found = measured(reader, LABEL_ENTROPY), []
    for run_id, rows in measured(reader, USABLE_INFORMATION).items():
        run = reader.run(run_id)
        classes = {part.removeprefix("class "): row.estimate for part, row in rows.items() if part != WHOLE}
        if run is None or WHOLE not in rows or WHOLE not in entropy.get(run_id, {}) or not classes:
            continue
        least = min(classes, key=lambda name: classes[name].value)
        most = entropy[run_id][WHOLE].estimate.value
        found.append(
            EncoderInformation(run, rows[WHOLE].estimate, most, least if len(classes) > 1 else "", classes[least])
        )
    return sorted(found, key=lambda one: -one.information.value)
