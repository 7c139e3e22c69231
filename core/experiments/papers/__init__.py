"""Both papers on the user's data: a section for each figure and table, with the claim, the rule, and what came out."""

from .registry import all_sections, register

__all__ = ["all_sections", "register"]
