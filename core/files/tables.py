"""The endings by which a file is taken for a manifest. No library here: commands look before they load."""

from __future__ import annotations

TEXT_TABLES = (".csv", ".tsv")
JSON_TABLES = (".jsonl", ".ndjson", ".json")
PARQUET_TABLES = (".parquet", ".pq")
MANIFESTS = (*TEXT_TABLES, *JSON_TABLES, *PARQUET_TABLES)
