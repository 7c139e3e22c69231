"""What models and scores are worth, as rows of the metric table."""
