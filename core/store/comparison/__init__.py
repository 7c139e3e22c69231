"""Two states of images held against each other in one database: which belong together, and what became of them."""
