"""Pixels: where they lie, whether they may be read, and how they become RGB."""
