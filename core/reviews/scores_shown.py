"""Which scores reviewers had before them: what a queue or a sample was drawn by."""

from __future__ import annotations

import json

from .journal import Journal


def scores_shown(journal: Journal, at: int) -> list[str]:
    """Addresses of the scores that decisions up to entry `at` were made beside, by name; none from other tools."""
    rows = journal.rows("SELECT DISTINCT runs FROM entry WHERE sequence <= ?", [at])
    found = {json.loads(runs).get("score", "") for (runs,) in rows}
    return sorted(found - {""})
