"""Which scores doubt labels, the preferred first."""

from __future__ import annotations

from collections.abc import Sequence

from ...store.suggestions import has_suggestions
from ..view.choices import ScoreChoice
from ..view.reader import Reader

PREFERRED = ("suspicion", "rmd_margin", "confident", "rmd_oof")
"""What labels are doubted by, unless another score is chosen."""


def suspecting_scores(reader: Reader, choices: Sequence[ScoreChoice]) -> list[ScoreChoice]:
    """Scores that suggest labels: the preferred ones first, of equal name the newest, then the rest, newest first."""
    found = [choice for choice in reversed(choices) if has_suggestions(reader.hub, choice.address)]
    rank = {name: place for place, name in enumerate(PREFERRED)}
    return sorted(found, key=lambda choice: rank.get(choice.name, len(PREFERRED)))
