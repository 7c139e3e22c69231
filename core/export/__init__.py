"""Out and back: an audit's images, labels, scores and decisions in the formats that other tools read."""
