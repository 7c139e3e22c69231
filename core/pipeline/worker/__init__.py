"""The process that computes for the dashboard, and what it can be asked."""
