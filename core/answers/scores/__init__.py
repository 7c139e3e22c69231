"""What scores are beside each other: agreement, two as axes, points of a plane."""
