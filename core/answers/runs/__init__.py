"""What was computed from what, how to compute it again, and deleting it."""
