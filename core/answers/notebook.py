"""An audit as a data frame, for notebooks."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ..store import views
from ..store.audit import Audit, find_audit
from ..types import UNLABELLED


@dataclass(frozen=True)
class OpenAudit:
    """An audit to read from a notebook. It sees what is published at each call."""

    audit: Audit

    def scores(self) -> pd.DataFrame:
        """One row per image: key, label and split, then every score by name.

        label: the class's name, None where unlabelled. Of scores with the same name the newest counts. A score's
        direction and parameters are in `frame.attrs["scores"]`, by column.
        """
        hub = views.open_hub(self.audit)
        names = views.classes(hub)
        labels = [None if label == UNLABELLED else names[label] for label in views.labels(hub)]
        infos = {info.name: info for info in views.score_infos(hub)}
        columns = {name: views.score(hub, info.address) for name, info in infos.items()}
        frame = pd.DataFrame(
            {"key": views.column(hub, "key"), "label": labels, "split": views.column(hub, "split"), **columns}
        )
        frame.attrs["scores"] = {
            name: {"direction": info.direction, "address": info.address, "parameters": dict(info.parameters)}
            for name, info in infos.items()
        }
        return frame


def open_audit(name: str | None = None) -> OpenAudit:
    """The audit of that name, the newest if None. Raises AuditNotFound, which lists the ones there are."""
    return OpenAudit(find_audit(name))
