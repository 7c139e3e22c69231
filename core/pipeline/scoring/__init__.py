"""Scores: what a scorer needs is gathered, it is run, its columns are stored."""
