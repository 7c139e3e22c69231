"""Sections of paper B (Agarwal, D'souza and Hooker, CVPR 2022)."""
