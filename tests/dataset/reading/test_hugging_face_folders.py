"""Image folders of Hugging Face, with a table of metadata in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.dataset.inputs import read
from tests.dataset.reading.by_key import column, csv, labels, put


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_hugging_face_image_folder_with_metadata_in_its_split_folders(tmp_path: Path, kind: str) -> None:
    for split, name in (("train", "a"), ("test", "b")):
        put(tmp_path, f"{split}/{name}.png")
        rows = [{"file_name": f"{name}.png", "label": name.upper(), "age": 3}]
        if kind == "csv":
            csv(tmp_path / split / "metadata.csv", ["file_name,label,age", f"{name}.png,{name.upper()},3"])
        else:
            (tmp_path / split / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    put(tmp_path, "test/unnamed.png")
    dataset = read(tmp_path)
    assert labels(dataset) == {"train/a.png": "A", "test/b.png": "B"}
    assert column(dataset, "split") == ["test", "train"]
    assert column(dataset, "age") == [3, 3]
    assert [(one.count, one.example) for one in dataset.passed_over] == [(1, "test/unnamed.png")]


def test_metadata_without_labels_takes_them_from_the_folders(tmp_path: Path) -> None:
    put(tmp_path, "train/cat/a.png")
    put(tmp_path, "valid/dog/b.png")
    csv(tmp_path / "metadata.csv", ["file_name,note", "train/cat/a.png,x", "valid/dog/b.png,y"])
    dataset = read(tmp_path)
    assert labels(dataset) == {"train/cat/a.png": "cat", "valid/dog/b.png": "dog"}
    assert column(dataset, "split") == ["train", "val"]
    assert column(dataset, "note") == ["x", "y"]
