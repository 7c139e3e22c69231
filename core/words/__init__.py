"""Some images of an audit in words: what tells them from the others, whoever asks, a command or a page."""
