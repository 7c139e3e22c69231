"""Which scores find wrong labels that are planted on a copy of an audit's labels."""
