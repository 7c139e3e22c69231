"""What a share of the training images is worth, chosen by difficulty or at random."""

from __future__ import annotations

from ..errors import command
from ..experiments.pruning import stored_pruning
from ..experiments.pruning_tables import READING, about, accuracy_plot, pruning_tables, verdict
from ..store.metrics import read_metrics
from .blocks import Missing, Section
from .plotted import plotted
from .subject import Subject

TITLE = "Pruning"


def pruned(subject: Subject) -> Section:
    """What `hardlook prove --prune` found, with its figure."""
    hub = subject.reader.hub
    found = stored_pruning(hub.runs, read_metrics(hub))
    if found is None:
        missing = Missing("No model was trained on a share.", str(command(subject.audit.name, "prove", "--prune")))
        return Section(TITLE, (), (missing,))
    said = (verdict(found), about(found), READING)
    return Section(TITLE, said, (plotted(accuracy_plot(found)), *pruning_tables(found)))
