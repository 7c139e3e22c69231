"""A data set of FiftyOne's as it writes it: `fiftyone_writes.py TYPE FOLDER ROWS.json`, rows of [path, label, tags]."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ |= {"FIFTYONE_DISABLE_SERVICES": "1", "FIFTYONE_DO_NOT_TRACK": "true"}

import fiftyone
import fiftyone.core.odm as odm
import fiftyone.utils.data as data
from fiftyone.utils.csv import CSVDatasetExporter

kind, folder, rows = sys.argv[1], sys.argv[2], json.loads(Path(sys.argv[3]).read_bytes())
samples = []
for path, label, tags in rows:
    given = None if label is None else fiftyone.Classification(label=label, confidence=0.5)
    samples.append(fiftyone.Sample(filepath=path, ground_truth=given, tags=tags))


class Collection:
    """As much of a data set as the exporter of CSV asks for."""

    def values(self, names: list[str]) -> list[list[str | None]]:
        """A list for each field, in the samples' order."""
        labels = [None if each.ground_truth is None else each.ground_truth.label for each in samples]
        return [[each.filepath for each in samples] if name == "filepath" else labels for name in names]

    def __len__(self) -> int:
        return len(samples)


if kind == "FiftyOneDataset":  # its own exporter reads the database; documents and media are written as it does
    media = data.ImageExporter(True, export_path=f"{folder}/data")
    media.setup()
    documents = []
    for sample in samples:
        _, name = media.export(sample.filepath)
        documents.append({**sample.to_mongo_dict(), "filepath": f"data/{name}"})
    odm.export_collection(documents, f"{folder}/samples.json", key="samples")
    about = {"version": fiftyone.__version__, "media_type": "image", "default_classes": sys.argv[4:], "classes": {}}
    odm.export_document(about, f"{folder}/metadata.json")
elif kind == "CSVDataset":
    with CSVDatasetExporter(folder, fields=["filepath", "ground_truth.label"]) as exporter:
        exporter.export_samples(Collection())
else:
    options = {"classes": sys.argv[4:]} if sys.argv[4:] else {}
    with getattr(fiftyone.types, kind)().get_dataset_exporter_cls()(folder, **options) as exporter:
        for sample in samples:
            exporter.export_sample(sample.filepath, sample.ground_truth)
print(json.dumps({"version": fiftyone.__version__}))
