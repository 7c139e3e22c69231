"""What a data set is, and what an audit of it adds up to."""
