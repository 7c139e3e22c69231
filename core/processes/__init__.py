"""Processes: children that die with their parent, and which process a file is being written by."""
