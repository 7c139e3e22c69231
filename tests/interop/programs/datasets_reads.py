"""What `load_dataset` makes of an export: `datasets_reads.py PATH`, a folder or a Parquet file."""

from __future__ import annotations

import json
import sys

import datasets

path = sys.argv[1]
found = (
    datasets.load_dataset("parquet", data_files=path, cache_dir="cache")
    if path.endswith(".parquet")
    else datasets.load_dataset(path, cache_dir="cache")
)
splits = {}
for name, split in found.items():
    labels = {column: split.features[column] for column in ("label", "true_label") if column in split.features}
    rows = split.remove_columns([column for column in ("image", "path") if column in split.features])
    named = [
        {
            column: labels[column].int2str(value) if column in labels and value is not None else value
            for column, value in row.items()
        }
        for row in rows
    ]
    splits[str(name)] = {"names": {column: label.names for column, label in labels.items()}, "rows": named}
print(json.dumps({"version": datasets.__version__, "splits": splits}))
