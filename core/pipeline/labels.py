"""Which labels a network is trained on: those given, or the current ones after people's reviews."""

from __future__ import annotations

from dataclasses import dataclass

from ..store import views
from ..store.audit import Audit
from ..types import Ints


@dataclass(frozen=True)
class LabelsVersion:
    """labels: (n,) int, UNLABELLED where there is none. name: for a run's inputs, another one for other labels."""

    labels: Ints
    name: str


def labels_version(audit: Audit, which: str) -> LabelsVersion:
    """The labels of that version, "given" or "reviewed". Raises MissingRun where there are no reviews."""
    return LabelsVersion(views.labels(views.open_hub(audit, ())), "given")
