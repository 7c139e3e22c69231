"""What can be read out of a trained network beside its predictions: features, and what its input gradient changes."""
