"""Neighbours among more rows than one search holds: clusters, a search in those that are near, and what it misses."""
