"""Checks of what a training tells of its images."""
