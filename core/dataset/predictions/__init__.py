"""Predictions that a model made elsewhere: read as one matrix, and fitted to an audit's images and classes."""
