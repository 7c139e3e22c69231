"""Near-OOD detection: where out-of-distribution images come from, every score of theirs, and what the scores tell."""
