"""The commands over shards, and what the others take where they are given a folder of shards."""
