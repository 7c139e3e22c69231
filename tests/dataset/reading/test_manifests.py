"""Tables that list images: paths, labels, splits, ids and further columns."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import BadInput
from tests.dataset.inputs import read
from tests.dataset.reading.by_key import column, csv, labels, put, reasons, said


def test_a_manifest_gives_paths_labels_splits_ids_and_typed_metadata(tmp_path: Path) -> None:
    for name in ("a.png", "sub/b.png", 'c, "quoted"\nline.png'):
        put(tmp_path, name)
    manifest = csv(
        tmp_path / "labels.csv",
        [
            "path,label,split,id,weight,Width,taken,true_label",
            "a.png,cat,train,7,1.5,3,2024-05-01,dog",
            "sub/b.png,dog,validation,007,,4,2024-05-02,dog",
            '"c, ""quoted""\nline.png",,,<b>x</b>,2,5,,',
        ],
    )
    dataset = read(manifest)
    assert dataset.classes == ("cat", "dog")
    assert column(dataset, "key") == ["007", "7", "<b>x</b>"]
    assert column(dataset, "label") == [1, 0, None]
    assert column(dataset, "true_label") == [1, 1, None]
    assert column(dataset, "split") == ["val", "train", "train"]
    assert column(dataset, "weight") == [None, 1.5, 2.0]
    assert dataset.metadata is not None
    assert [str(field.type) for field in dataset.metadata.schema] == ["int32", "double", "int64", "date32[day]"]
    assert column(dataset, "Width_2") == [4, 3, 5]
    assert {"read 'validation' as 'val'", "from column 'true_label', by its name"} <= set(said(dataset))


def test_columns_can_be_named_and_a_wrong_name_is_answered_with_the_columns(tmp_path: Path) -> None:
    put(tmp_path, "a.png")
    manifest = csv(tmp_path / "m.tsv", ["where\twhat\tclean", "a.png\t3\t4"])
    dataset = read(manifest, image_key="where", label_key="what", true_label_key="clean")
    assert (dataset.classes, column(dataset, "label"), column(dataset, "true_label")) == (("3", "4"), [0], [1])
    with pytest.raises(BadInput, match=r"no column 'nope'; it has 'where', 'what', 'clean'.*--label-key"):
        read(manifest, image_key="where", label_key="nope")
    with pytest.raises(BadInput, match=r"no column of images or paths; it has 'where'.*--image-key"):
        read(manifest)


def test_numbers_are_names_unless_classes_are_given(tmp_path: Path) -> None:
    for name in "abcd":
        put(tmp_path, f"{name}.png")
    manifest = csv(tmp_path / "m.csv", ["path,label", "a.png,10", "b.png,2", "c.png,-1", "d.png,"])
    assert read(manifest).classes == ("-1", "2", "10")
    assert column(read(manifest), "label") == [2, 1, 0, None]
    assert column(read(manifest, no_label=("-1",)), "label") == [1, 0, None, None]
    dataset = read(manifest, classes=("x", "y", "z"))
    assert column(dataset, "label") == [2, None, None]
    assert reasons(dataset) == {"a.png": "unknown label"}


def test_paths_outside_the_roots_missing_files_and_duplicate_ids_are_refused(tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    put(home, "a.png")
    put(other, "b.png")
    (home / "link.png").symlink_to(other / "b.png")
    (home / "dir.png").mkdir()
    manifest = csv(
        home / "m.csv",
        [
            "path,label,id", "a.png,cat,1", "a.png,dog,1", "../other/b.png,cat,2", "/etc/hostname,cat,3",
            f"{other}/b.png,cat,4", "link.png,cat,5", "gone.png,cat,6", "dir.png,cat,7", ",cat,8",
            "home/../../other/b.png,cat,9",
        ],
    )  # fmt: skip
    dataset = read(manifest)
    assert labels(dataset) == {"1": "cat"}
    found = sorted((each.key, each.reason) for each in dataset.refused)
    outside = "outside the roots"
    assert found == [
        ("1", "listed twice"), ("2", outside), ("3", outside), ("4", outside), ("5", outside), ("6", "missing file"),
        ("7", "unreadable"), ("8", "missing file"), ("9", outside),
    ]  # fmt: skip
    allowed = read(manifest, roots=(str(other),))
    assert set(labels(allowed)) == {"1", "4", "5"}
    with pytest.raises(BadInput, match=r"'/nowhere' is not a folder.*--root"):
        read(manifest, roots=("/nowhere",))


def test_relative_paths_are_looked_up_under_the_roots(tmp_path: Path) -> None:
    put(tmp_path / "photos", "x/a.png")
    (tmp_path / "lists").mkdir()
    manifest = csv(tmp_path / "lists" / "m.csv", ["path,label", "x/a.png,cat", "./x//a.png,dog"])
    dataset = read(manifest, roots=(str(tmp_path / "photos"),))
    assert labels(dataset) == {"x/a.png": "cat"}
    assert reasons(dataset) == {"x/a.png": "listed twice"}


def test_a_parquet_manifest_and_a_json_lines_manifest_read_alike(tmp_path: Path) -> None:
    for name in "ab":
        put(tmp_path, f"{name}.png")
    rows = [{"path": "a.png", "label": 1.0, "n": 3}, {"path": "b.png", "label": None, "n": 4}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "m.parquet")
    (tmp_path / "m.jsonl").write_text("\n".join(map(json.dumps, rows)))
    for name in ("m.parquet", "m.jsonl"):
        dataset = read(tmp_path / name)
        assert labels(dataset) == {"a.png": "1", "b.png": None}
        assert column(dataset, "n") == [3, 4]


def test_a_broken_manifest_says_what_is_wrong(tmp_path: Path) -> None:
    for name, content in {"m.csv": "path,label\na.png\n", "m.jsonl": '{"path": \n', "m.parquet": "no"}.items():
        (tmp_path / name).write_text(content)
        with pytest.raises(BadInput, match=rf"{name} could not be read"):
            read(tmp_path / name)
    with pytest.raises(BadInput, match="'path' twice"):
        read(csv(tmp_path / "twice.csv", ["path,path", "a,b"]))
