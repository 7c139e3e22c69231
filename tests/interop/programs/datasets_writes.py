"""Data sets as `datasets` writes them: `datasets_writes.py FOLDER`, with the classes that follow in their order."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import datasets
import numpy as np
from PIL import Image

folder, names = Path(sys.argv[1]), sys.argv[2:]
images = [Image.fromarray(np.full((8, 8, 3), 20 * i, np.uint8)) for i in range(12)]
paths = []
for i, image in enumerate(images):
    paths.append(str(folder / f"{i:02d}.png"))
    image.save(paths[-1])
labels = [i % len(names) for i in range(12)]
classes = datasets.ClassLabel(names=names)
picture = datasets.Features({"image": datasets.Image(), "label": classes})
whole = datasets.Dataset.from_dict({"image": images, "label": labels}, features=picture)
whole.to_parquet(folder / "whole.parquet")
whole.save_to_disk(folder / "saved")
datasets.DatasetDict({"train": whole, "test": whole}).save_to_disk(folder / "saved_dict")
cifar = {"pixel_values": datasets.Image(), "fine_label": classes, "coarse_label": datasets.ClassLabel(names=["a", "b"])}
coarse = [i % 2 for i in range(12)]
made = {"pixel_values": images, "fine_label": labels, "coarse_label": coarse}
datasets.Dataset.from_dict(made, features=datasets.Features(cifar)).to_parquet(folder / "cifar.parquet")
tensors = {"pixel_values": [np.zeros((3, 8, 8)).tolist()] * 12, "label": labels}
datasets.Dataset.from_dict(tensors).to_parquet(folder / "tensors.parquet")
named = datasets.Features({"image": datasets.Image(decode=False), "label": classes})
where = [{"path": path, "bytes": None} for path in paths]
import pyarrow.parquet as pq  # noqa: E402  # to_parquet puts the bytes in; people who write the table do not

pq.write_table(
    datasets.Dataset.from_dict({"image": where, "label": labels}, features=named).data.table, folder / "paths.parquet"
)
print(json.dumps({"version": datasets.__version__}))
