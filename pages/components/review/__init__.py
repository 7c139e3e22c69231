"""Reviewing: one by one, in bulk, and everything beside it."""
