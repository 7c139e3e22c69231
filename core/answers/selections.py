"""Every kind of selection that an address can have, for who asks without a page: importing one makes it known."""

from __future__ import annotations

from .labels import suspects
from .models import confusion_cells, error_slices, predicted_as
from .scores import embedding_map, pair
from .view import saved, searches
from .view.subsets import subset_ids

KINDS = (confusion_cells, embedding_map, error_slices, pair, predicted_as, saved, searches, suspects)

__all__ = ["KINDS", "subset_ids"]
