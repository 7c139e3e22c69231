"""Neighbours over shards: rows regrouped by cluster, the nearest found within clusters, and how many are missed."""
