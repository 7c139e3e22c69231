"""Sections of paper A (Cui et al., NeurIPS 2023)."""
