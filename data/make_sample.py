"""Make fashion-mnist-5k.parquet, the images that `hardlook demo` audits, from the Fashion-MNIST files.

    apt-get install dataset-fashion-mnist        # Debian, Ubuntu; or any folder with the four idx files
    python data/make_sample.py [FOLDER] [--out FILE]

5,000 of the 70,000 images, equally many of each class: 4,000 of the training files (split "train") and 1,000 of
the test files ("test"). The labels of 320 training images (8 %) are wrong on purpose, so that what finds wrong
labels can be measured: 160 at random among the other nine classes, 160 as the class that looks most alike.
`true_label` keeps the label as published. The same source gives the same file on every run.
"""

from __future__ import annotations

import argparse
import gzip
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

SOURCE = Path("/usr/share/datasets/fashion-mnist")
SAMPLE = Path(__file__).with_name("fashion-mnist-5k.parquet")
SEED = 20170825  # the day Fashion-MNIST was published
PER_CLASS = {"train": 400, "test": 100}
PLANTED_AT_RANDOM = PLANTED_ALIKE = 160

CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
LOOK_ALIKE = {
    "T-shirt/top": "Shirt",
    "Trouser": "Dress",
    "Pullover": "Coat",
    "Dress": "Coat",
    "Coat": "Pullover",
    "Sandal": "Sneaker",
    "Shirt": "T-shirt/top",
    "Sneaker": "Ankle boot",
    "Bag": "Shirt",
    "Ankle boot": "Sneaker",
}


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array of one gzipped idx file of bytes, as LeCun's MNIST page defines it."""
    data = gzip.decompress(path.read_bytes())
    axes = data[3]
    shape = np.frombuffer(data, ">u4", count=axes, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape([int(size) for size in shape])


def choose(labels: NDArray[np.uint8], per_class: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Indices of `per_class` images of each class, in file order."""
    chosen = [rng.choice(np.flatnonzero(labels == label), per_class, replace=False) for label in range(len(CLASSES))]
    return np.sort(np.concatenate(chosen))


def plant(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """`labels` with PLANTED_AT_RANDOM uniformly wrong ones and PLANTED_ALIKE look-alikes, no image twice."""
    planted = labels.copy()
    order = rng.permutation(len(labels))
    at_random, alike = np.split(order[: PLANTED_AT_RANDOM + PLANTED_ALIKE], [PLANTED_AT_RANDOM])
    planted[at_random] = (labels[at_random] + rng.integers(1, len(CLASSES), len(at_random))) % len(CLASSES)
    to = np.array([CLASSES.index(LOOK_ALIKE[name]) for name in CLASSES])
    planted[alike] = to[labels[alike]]
    return planted


def png(pixels: NDArray[np.uint8]) -> bytes:
    """One grey image as PNG, as small as Pillow makes it."""
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG", optimize=True)
    return out.getvalue()


def make_table(source: Path) -> pa.Table:
    """The sample in the Hugging Face image layout: image {bytes, path}, label, true_label, split."""
    rng = np.random.default_rng(SEED)
    rows: list[dict[str, Any]] = []
    for split, prefix in (("train", "train"), ("test", "t10k")):
        images = read_idx(source / f"{prefix}-images-idx3-ubyte.gz")
        published = read_idx(source / f"{prefix}-labels-idx1-ubyte.gz")
        chosen = choose(published, PER_CLASS[split], rng)
        true = published[chosen].astype(np.int64)
        given = plant(true, rng) if split == "train" else true
        for index, label, true_label in zip(chosen.tolist(), given.tolist(), true.tolist(), strict=True):
            image = {"bytes": png(images[index]), "path": f"{split}/{index:05d}.png"}
            rows.append({"image": image, "label": label, "true_label": true_label, "split": split})
    return pa.Table.from_pylist(rows, schema=schema())


def schema() -> pa.Schema:
    """The columns, with the class names where Hugging Face's `datasets` looks for them."""
    class_label = {"names": list(CLASSES), "_type": "ClassLabel"}
    text = {"dtype": "string", "_type": "Value"}
    features = {"image": {"_type": "Image"}, "label": class_label, "true_label": class_label, "split": text}
    return pa.schema(
        {
            "image": pa.struct({"bytes": pa.binary(), "path": pa.string()}),
            "label": pa.int64(),
            "true_label": pa.int64(),
            "split": pa.string(),
        },
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )


def main() -> None:
    """Write the sample file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SOURCE, help=f"the four idx files (default {SOURCE})")
    parser.add_argument("--out", type=Path, default=SAMPLE)
    options = parser.parse_args()
    if not (options.folder / "train-images-idx3-ubyte.gz").is_file():
        parser.error(f"{options.folder} has no train-images-idx3-ubyte.gz; install Debian's dataset-fashion-mnist")
    pq.write_table(make_table(options.folder), options.out, row_group_size=1000, compression="zstd")
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
