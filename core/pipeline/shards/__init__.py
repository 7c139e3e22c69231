"""An audit beyond one machine's hours or disk: shards of rows, a file of each by stages, a lens on it."""
