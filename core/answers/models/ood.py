"""Near-OOD detection of models over their seeds, for the pages."""

from __future__ import annotations

from collections.abc import Sequence

from ...experiments.ood_seeds import ood_over_seeds, seed_groups
from ...experiments.text_table import TextTable
from ...store.metrics import read_metrics
from ..view.reader import Reader


def over_seeds(reader: Reader, models: Sequence[str]) -> list[TextTable]:
    """Mean ± standard deviation of each figure over all seeds of the models named, a table for each set of images."""
    groups = [group.runs.values() for group in seed_groups(reader.hub.runs)]
    wanted = [run for group in groups if any(run.run_id in models for run in group) for run in group]
    return ood_over_seeds(wanted, [row for row in read_metrics(reader.hub) if row.name.startswith("ood_")])
