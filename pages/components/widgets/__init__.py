"""The pieces pages are made of: the thumbnail grid, strips, tables, downloads."""
