"""Processes: children that die with their parent, which process a file is being written by, and what Ctrl-C becomes."""
