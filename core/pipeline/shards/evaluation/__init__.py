"""Evaluation over shards: what adds up of a model's figures, and the rows that an audit's evaluation would have."""
