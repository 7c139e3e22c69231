"""One image, or a handful of them: what a tile and an opened image say."""
