"""What FiftyOne makes of a folder: `fiftyone_reads.py TYPE FOLDER`. Its importers run here without its database."""

from __future__ import annotations

import json
import os
import sys

os.environ |= {"FIFTYONE_DISABLE_SERVICES": "1", "FIFTYONE_DO_NOT_TRACK": "true"}

import fiftyone
import fiftyone.utils.data as data

kind = getattr(fiftyone.types, sys.argv[1])()
importer = kind.get_dataset_importer_cls()(dataset_dir=sys.argv[2])
if isinstance(importer, data.FiftyOneDatasetImporter) and importer._is_legacy_format_data():
    importer = importer._to_legacy_importer()  # as Dataset.from_dir does
with importer:
    read = list(importer)
    info = importer.get_dataset_info()
samples = []
for each in read:
    sample = each
    if isinstance(each, tuple):
        path, _, label = each
        sample = fiftyone.Sample(filepath=path, ground_truth=label)
    sample.to_mongo_dict()  # what its database is given
    for name in ("ground_truth", "suggested"):
        if sample.has_field(name) and sample[name] is not None:
            sample[name].validate()
    samples.append(json.loads(sample.to_json()))
print(json.dumps({"version": fiftyone.__version__, "samples": samples, "info": info}))
