"""One image in a dialog."""
