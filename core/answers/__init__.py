"""What a page needs to know, one function a question: rows of the store and metrics, no Streamlit, no torch."""

from .labels import suspects
from .models import confusion_cells, error_slices, predicted_as
from .view import saved, searches

__all__ = ["confusion_cells", "error_slices", "predicted_as", "saved", "searches", "suspects"]
"""Modules that name kinds of subsets: imported with the package, so that an address means the same on every page."""
