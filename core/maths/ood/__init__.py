"""Detectors of out-of-distribution images, as functions of arrays: a file each, and the direction of each is said."""
