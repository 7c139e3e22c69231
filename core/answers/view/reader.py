"""An audit as the pages read it: opened once, then asked many questions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...errors import MissingRun, command
from ...store import tallies, views
from ...store.audit import Audit, find_audit, list_audits
from ...types import TRAIN_SPLIT, Ints, Run, ScoreInfo
from .peers import Groups, grouped

__all__ = ["Audit", "Reader", "find_audit", "list_audits", "open_reader", "reader_key"]


@dataclass(frozen=True, eq=False)
class Reader:
    """The published files of an audit and the small columns that nearly every answer needs.

    key: what it was made from. labels: (n,) int32, UNLABELLED where there is none. splits: names, the training split
    first; split_codes: (n,) int32, which of them each image is in.
    Never sees later runs: when `reader_key` differs, open another.
    """

    key: tuple[str, ...]
    hub: views.Hub
    class_names: tuple[str, ...]
    labels: Ints
    splits: tuple[str, ...]
    split_codes: Ints
    scores: tuple[ScoreInfo, ...]

    @property
    def n_images(self) -> int:
        """Images in the audit."""
        return len(self.labels)

    @cached_property
    def peers(self) -> Groups:
        """Images of one class and split, among which a score's percentiles are said."""
        return grouped(self.labels * max(len(self.splits), 1) + self.split_codes)

    def run(self, run_id: str) -> Run | None:
        """The run of that id, None if it is not among the published ones."""
        return next((run for run in self.hub.runs if run.run_id == run_id), None)

    def class_name(self, label: int | None) -> str:
        """A label as people read it; "" for none."""
        return self.class_names[label] if label is not None and 0 <= label < len(self.class_names) else ""


def reader_key(audit: Audit) -> tuple[str, ...]:
    """What a reader is made from: the audit's folder and its published files. Raises MissingRun before any ingest."""
    try:
        return (audit.place, *views.hub_key(audit))
    except MissingRun as error:
        raise MissingRun(error.message, "Run", command(audit.name, "audit", "PATH")) from error


def open_reader(audit: Audit) -> Reader:
    """Attach what is published now."""
    hub = views.open_hub(audit)
    found, codes = tallies.split_codes(hub)
    # The training split first, then by name; the database tells them in the order it met them.
    splits = sorted(found, key=lambda name: (name != TRAIN_SPLIT, name))
    renumbered = np.array([splits.index(name) for name in found], np.int32)
    key = reader_key(audit)
    return Reader(
        key, hub, tuple(views.classes(hub)), views.labels(hub), tuple(splits), renumbered[codes],
        tuple(views.score_infos(hub)),
    )  # fmt: skip
