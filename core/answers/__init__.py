"""What a page needs to know, one function a question: rows of the store and metrics, no Streamlit, no torch."""

from . import error_parts, kept, searches, suspects

__all__ = ["error_parts", "kept", "searches", "suspects"]
"""Modules that name kinds of subsets: imported with the package, so that an address means the same on every page."""
