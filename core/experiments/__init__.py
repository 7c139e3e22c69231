"""Experiments of many runs, read from the store: grids, proofs, and their tables."""
