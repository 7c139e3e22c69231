"""What differs between two audits, as a pandas frame."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

import pandas as pd

from ...answers.differences.audit_difference import AuditDifference, difference
from ...answers.differences.states import VERSIONS, WHEN, checked_when, two_states
from ...answers.differences.table import changed_images
from ...store.audit import Audit
from ..arguments.arrays import refusal
from ..frames import text_column


def difference_frame(audit: Audit, other: Audit | None, before: Any, labels: Any) -> pd.DataFrame:
    """A row for each image that differs, with what holds of both as a whole in `attrs`.

    before: None for now. Raises BadInput on what is no moment, and on what are not two versions of labels.
    """
    if before is not None and (isinstance(before, bool) or not isinstance(before, str | int | date)):
        raise refusal("before", before, WHEN)
    if not isinstance(labels, tuple | list) or len(labels) != 2 or not all(isinstance(one, str) for one in labels):
        raise refusal("labels", labels, f"two of {', '.join(VERSIONS)}, of the first and of the second")
    moment = "" if before is None else checked_when(str(before))
    found = difference(*two_states(audit, other, before=moment, labels=(labels[0], labels[1])))
    columns = changed_images(found)
    frame = pd.DataFrame({name: _column(name, column) for name, column in columns.items()})
    frame.attrs |= _whole(found)
    return frame


def _column(name: str, column: Any) -> Any:
    texts = "." not in name or name.endswith(("suspect_before", "suspect_after"))
    return text_column(column.to_pylist()) if texts else column.to_pandas()


def _whole(found: AuditDifference) -> dict[str, Any]:
    return {
        "first": f"{found.before.words}, {found.labels[0]}", "second": f"{found.after.words}, {found.labels[1]}",
        "counts": dict(found.tallies),
        "classes": [asdict(one) for one in found.classes.shares],
        "scores": {
            one.name: {"n": one.tally.n, "spearman": one.tally.correlation, "made_from": one.shared.made_from}
            for one in found.scores if one.tally
        },
    }  # fmt: skip
