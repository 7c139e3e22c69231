"""Audits as objects: made, opened, shown."""
