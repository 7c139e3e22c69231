"""Human review: an append-only journal of decisions, what it adds up to, and who looks at what next.

No torch, no Streamlit. Open one `Journal` with `open_journal(audit)`, keep it, and call these functions with it.
"""

from __future__ import annotations

from .classes import add_class, class_names, merge_class, rename_class
from .conflicts import Conflict, conflicts, resolve
from .decisions import decide, decide_bulk, decide_each
from .entries import (
    AMBIGUOUS,
    CONFIRMED,
    EXCLUDED,
    RELABELLED,
    SKIPPED,
    VERDICTS,
    By,
    Decision,
    Entry,
    ReviewedImage,
    ReviewState,
    Saved,
)
from .fold import Difference, current, differences, state_of, states_of
from .history import redo, refuse_no_entry, restore, undo
from .journal import Journal, has_journal, open_journal
from .labels import ReviewedLabels, current_labels, labels_version
from .tags import SavedSelection, forget_selection, save_selection, selections, tag, tags, untag

__all__ = [
    "AMBIGUOUS",
    "CONFIRMED",
    "EXCLUDED",
    "RELABELLED",
    "SKIPPED",
    "VERDICTS",
    "By",
    "Conflict",
    "Decision",
    "Difference",
    "Entry",
    "Journal",
    "ReviewState",
    "ReviewedImage",
    "ReviewedLabels",
    "Saved",
    "SavedSelection",
    "add_class",
    "class_names",
    "conflicts",
    "current",
    "current_labels",
    "decide",
    "decide_bulk",
    "decide_each",
    "differences",
    "forget_selection",
    "has_journal",
    "labels_version",
    "merge_class",
    "open_journal",
    "redo",
    "refuse_no_entry",
    "rename_class",
    "resolve",
    "restore",
    "save_selection",
    "selections",
    "state_of",
    "states_of",
    "tag",
    "tags",
    "undo",
    "untag",
]  # fmt: skip
