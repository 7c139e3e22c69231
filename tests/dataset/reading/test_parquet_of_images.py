"""Parquet files that hold the images themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import BadInput
from core.images.pixels import PixelSource
from data.make_sample import SAMPLE
from tests.dataset.inputs import read
from tests.dataset.reading.by_key import column, labels, png, reasons, said


def features(**names: Any) -> dict[str, str]:
    return {"huggingface": json.dumps({"info": {"features": names}})}


def hub_table(n: int, *, label: list[Any] | None = None, unique: bool = True, **more: list[Any]) -> pa.Table:
    image = [{"bytes": png(i), "path": f"{i if unique else 0}.png"} for i in range(n)]
    names = features(image={"_type": "Image"}, label={"_type": "ClassLabel", "names": ["cat", "dog"]})
    return pa.table({"image": image, "label": label or [i % 2 for i in range(n)], **more}).replace_schema_metadata(
        names
    )


def test_a_hugging_face_parquet_file_keeps_its_class_names(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(hub_table(5, label=[0, 1, 1, -1, 5], source=list("abcde")), path, row_group_size=2)
    dataset = read(path)
    assert dataset.classes == ("cat", "dog")
    assert labels(dataset) == {"0.png": "cat", "1.png": "dog", "2.png": "dog", "3.png": None}
    assert reasons(dataset) == {"4.png": "unknown label"}
    assert column(dataset, "source") == list("abcd")
    source = PixelSource(column(dataset, "path"), column(dataset, "row"), column(dataset, "content_hash"))
    assert [source.read(i) for i in range(4)] == [png(i) for i in range(4)]


def test_a_folder_of_shards_takes_its_splits_from_the_names(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("train-00000-of-00002", "train-00001-of-00002", "validation-00000-of-00001"):
        pq.write_table(hub_table(2, unique=False), tmp_path / "data" / f"{name}.parquet")
    dataset = read(tmp_path)
    assert column(dataset, "key")[:3] == [
        "data/train-00000-of-00002.parquet/0", "data/train-00000-of-00002.parquet/1",
        "data/train-00001-of-00002.parquet/0",
    ]  # fmt: skip
    assert column(dataset, "split") == ["train"] * 4 + ["val"] * 2
    assert column(dataset, "label") == [0, 1] * 3


def test_bytes_columns_split_columns_and_other_images_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    mask = [{"bytes": b"x", "path": None}] * 12
    table = pa.table({
        "img": [png(i) for i in range(12)], "fine": [str(i) for i in range(12)], "split": ["test"] * 12, "mask": mask,
    })  # fmt: skip
    pq.write_table(table, path)
    dataset = read(path, image_key="img", label_key="fine")
    assert column(dataset, "key") == [f"{i:02d}" for i in range(12)]
    assert dataset.classes == tuple(str(i) for i in range(12))
    assert dataset.metadata is None
    assert "left out column 'mask', which holds images" in said(dataset)
    assert any("no image is in the split 'train'" in note for note in dataset.notes)
    pq.write_table(pa.table({"image": [1, 2]}), path)
    with pytest.raises(BadInput, match=r"Column 'image' of a\.parquet is int64, not images.*--image-key"):
        read(path)


def test_a_parquet_row_without_bytes_is_refused(tmp_path: Path) -> None:
    rows = [{"bytes": png(), "path": "a"}, {"bytes": None, "path": "b"}, None]
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    pq.write_table(pa.table({"image": pa.array(rows, kind)}), tmp_path / "a.parquet")
    assert reasons(read(tmp_path / "a.parquet")) == {"1": "zero bytes", "2": "zero bytes"}


def test_the_bundled_sample_is_read_whole() -> None:
    dataset = read(SAMPLE, workers=2)
    assert len(dataset.images) == 5000
    assert dataset.refused == ()
    label, true = np.array(column(dataset, "label")), np.array(column(dataset, "true_label"))
    assert (label != true).sum() == 320
    assert dataset.classes[0] == "T-shirt/top"
