"""Scores over shards: a file each, which declares its stages and the chain that they are."""
