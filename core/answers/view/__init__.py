"""Which images a page shows, in which order: what can be chosen, subsets, searches, saved selections."""
