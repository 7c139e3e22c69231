"""The files of a folder of shards: small JSON files, tables, arrays and records, each read whole or refused."""
