"""Figures of where errors lie: along a score, by class, by confusion, and whether difficulty rises where it should."""
