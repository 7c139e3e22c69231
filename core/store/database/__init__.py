"""DuckDB files as they lie on a disk: how they are opened, what is wrong with one, and what was left half written."""
