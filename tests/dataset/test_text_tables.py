"""Tables of text and JSON as people write them: separators, encodings, paths, names of columns, what is no table."""

from __future__ import annotations

import codecs
import csv as csv_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.dataset import IngestOptions, list_source
from core.errors import BadInput
from tests.dataset.inputs import (
    PETS,
    accounted,
    labels,
    lines,
    picture,
    pictures,
    pixels,
    read,
    splits,
    write_csv,
    write_jsonl,
)

# text tables


@pytest.mark.parametrize(("mark", "said"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_any_usual_separator_is_read_and_said(tmp_path: Path, mark: str, said: str) -> None:
    rows = list(zip(pictures(tmp_path, 8), PETS, strict=True))
    dataset = read(write_csv(tmp_path / "in.csv", ("path", "label"), rows, mark))
    assert labels(dataset) == PETS
    assert f"separated by {said}" in lines(dataset)


def test_a_first_line_that_tells_excel_the_separator_is_none_of_the_table(tmp_path: Path) -> None:
    names = pictures(tmp_path, 2)
    (tmp_path / "in.csv").write_text(f"sep=;\npath;label\n{names[0]};cat\n{names[1]};dog\n")
    assert labels(read(tmp_path / "in.csv")) == ["cat", "dog"]


@pytest.mark.parametrize("ending", ["csv", "tsv", "CSV", "TSV"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_any_unicode_encoding_is_read(tmp_path: Path, encoding: str, ending: str) -> None:
    names = pictures(tmp_path, 2)
    mark = "\t" if ending.lower() == "tsv" else ","
    text = "\r\n".join(mark.join(row) for row in [("path", "label"), (names[0], "Käse"), (names[1], "猫")])
    (tmp_path / f"in.{ending}").write_bytes(text.encode(encoding))
    dataset = read(tmp_path / f"in.{ending}")
    assert labels(dataset) == ["Käse", "猫"]
    assert ("UTF-" in lines(dataset)) == (encoding != "utf-8-sig")


def test_utf_16_that_breaks_off_and_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(codecs.BOM_UTF16_LE + "path,label\n".encode("utf-16-le") + b"x")
    with pytest.raises(BadInput, match=r"looks like utf-16 and breaks off.*UTF-8"):
        read(tmp_path / "in.csv")
    (tmp_path / "in.csv").write_bytes("path,gr\u00f6\u00dfe\na.png,1\n".encode("latin-1"))
    with pytest.raises(BadInput, match=r"a header that is not UTF-8: .*Save it as UTF-8"):
        read(tmp_path / "in.csv")
    (tmp_path / "in.csv").write_bytes(bytes(range(256)) * 4)
    with pytest.raises(BadInput, match="zero bytes"):
        read(tmp_path / "in.csv")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_row_of_megabytes_is_read(tmp_path: Path, form: str) -> None:
    notes = ["x" * (3_500_000 if i == 1 else 10) for i in range(4)]
    rows = [
        {"file_name": name, "label": pet, "note": note}
        for name, pet, note in zip(pictures(tmp_path, 4), PETS[:4], notes, strict=True)
    ]
    if form == "csv":
        with open(tmp_path / "in.csv", "w", newline="") as file:
            writer = csv_module.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    else:
        write_jsonl(tmp_path / "in.jsonl", rows)
    dataset = read(tmp_path / f"in.{form}")
    assert labels(dataset) == PETS[:4]
    assert dataset.metadata is not None
    assert dataset.metadata["note"].to_pylist() == notes


def test_numbers_that_end_in_words_are_a_column_of_text(tmp_path: Path) -> None:
    names = pictures(tmp_path, 2)
    rows = [(names[i % 2], "cat", f"p{i}", i % 90 if i < 39_995 else "unknown") for i in range(40_000)]
    listing = list_source(str(write_csv(tmp_path / "in.csv", ("path", "label", "id", "age"), rows)), IngestOptions())
    assert listing.metadata is not None
    assert listing.metadata["age"].to_pylist()[-1] == "unknown"


def test_a_blank_after_each_separator_is_dropped(tmp_path: Path) -> None:
    names = pictures(tmp_path, 2)
    dataset = read(write_csv(tmp_path / "in.csv", ("path", " label"), [(names[0], " 0"), (names[1], " 1")]))
    assert dataset.classes == ("0", "1")
    assert "dropped the blank" in lines(dataset)


def test_a_table_without_a_header_is_told_to_have_one(tmp_path: Path) -> None:
    names = pictures(tmp_path, 2)
    with pytest.raises(BadInput, match=r"write a header above it, such as path,label"):
        read(write_csv(tmp_path / "in.csv", (names[0], "cat"), [(names[1], "dog")]))


def test_a_table_of_pixels_is_refused_in_a_line(tmp_path: Path) -> None:
    header = ["label", *(f"pixel{i}" for i in range(784))]
    with pytest.raises(BadInput, match=r"a table of pixels \(784 columns, 'pixel0' first\).*np\.savez") as error:
        read(write_csv(tmp_path / "mnist.csv", header, [[3, *([0] * 784)]]))
    assert len(str(error.value)) < 400


def test_an_error_lists_a_dozen_columns_at_most(tmp_path: Path) -> None:
    header = [f"answer {chr(97 + i % 26)}{i}" for i in range(500)]
    with pytest.raises(BadInput, match="and 488 more") as error:
        read(write_csv(tmp_path / "in.csv", header, [[0] * 500]))
    assert len(str(error.value)) < 600


# JSON


@pytest.mark.parametrize("name", ["in.jsonl", "IN.JSONL", "in.ndjson", "in.json"])
def test_objects_come_one_a_line_over_several_or_in_an_array(tmp_path: Path, name: str) -> None:
    import json

    rows = [{"path": path, "label": pet} for path, pet in zip(pictures(tmp_path, 8), PETS, strict=True)]
    for text in (
        "\n".join(map(json.dumps, rows)), "\n\n".join(json.dumps(row, indent=1) for row in rows), json.dumps(rows),
        "\ufeff" + "\r\n".join(map(json.dumps, rows)) + "\n\n",
    ):  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert labels(read(tmp_path / name)) == PETS


def test_a_column_of_json_may_hold_both_numbers_and_text_come_late_or_be_null(tmp_path: Path) -> None:
    names = pictures(tmp_path, 4)
    rows: list[dict[str, Any]] = [
        {"path": names[0], "label": "cat"}, {"path": names[1], "label": 1, "age": 3},
        {"path": names[2], "label": None, "big": 2**70}, {"path": names[3], "label": 1.0, "half": "\ud800"},
    ]  # fmt: skip
    dataset = read(write_jsonl(tmp_path / "in.jsonl", rows))
    assert labels(dataset) == ["cat", "1", None, "1"]
    assert dataset.metadata is not None
    assert dataset.metadata["age"].to_pylist() == [None, 3, None, None]
    assert dataset.metadata["big"].to_pylist()[2] == str(2**70)
    assert dataset.metadata["half"].to_pylist()[3] == r"\ud800"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"path": "a.png"}\n{"path": ', "line 2"), ("[1, 2]", "row 1 is '1', no object"), ("[" * 100_000, "recursion"),
        ('{"images": [], "annotations": [], "categories": []}', "COCO"),
    ],
)  # fmt: skip
def test_json_of_something_else_is_refused_in_words(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "in.json").write_text(text)
    with pytest.raises(BadInput, match=said):
        read(tmp_path / "in.json")


# paths


def test_paths_of_other_systems_are_read_or_named(tmp_path: Path) -> None:
    names = pictures(tmp_path, 6)
    odd = [
        names[0].replace("/", "\\"), f"file://{tmp_path}/{names[1]}", names[2].replace("i", "%69", 1), f"./{names[3]}",
        "C:\\data\\a.png", "https://example.org/a.png", "data:image/png;base64," + "A" * 80, "img\\none.png", "   ",
    ]  # fmt: skip
    dataset = read(write_jsonl(tmp_path / "in.jsonl", [{"path": name, "label": "cat"} for name in odd]))
    assert dataset.images["key"].to_pylist() == names[:4]
    assert sorted(one.reason for one in dataset.refused) == [
        "a URL", "a Windows path", "missing file", "missing file", "not a path",
    ]  # fmt: skip
    assert accounted(dataset)
    for said in ("backslashes in paths read as /: 1", "file:// addresses read as paths: 1", "%-escapes"):
        assert said in lines(dataset)


def test_names_without_endings_find_the_only_file_of_that_name(tmp_path: Path) -> None:
    pictures(tmp_path / "train", 3, ".jpg")
    (tmp_path / "train" / "img" / "001.png").write_bytes(picture(9))
    table = write_csv(tmp_path / "labels.csv", ("Id", "Category"), [(f"{i:03d}", PETS[i]) for i in range(3)])
    dataset = read(table, roots=(str(tmp_path / "train" / "img"),))
    assert labels(dataset) == ["cat", "cat"]
    assert [(one.reason, one.detail) for one in dataset.refused] == [
        ("several files", "it could be '001.jpg' or '001.png'; write the ending")
    ]
    assert "without an ending, found by the only file of that name: 2" in lines(dataset)


# names of columns


@pytest.mark.parametrize(
    "header",
    [
        ("Path", "Label"), ("FILE NAME", "Class"), ("image_id", "category"), ("img-path", "Fine Label"),
        ("Filepath", "TARGET"),
    ],
)  # fmt: skip
def test_usual_names_are_known_however_they_are_written(tmp_path: Path, header: tuple[str, str]) -> None:
    rows = list(zip(pictures(tmp_path, 8), PETS, strict=True))
    dataset = read(write_csv(tmp_path / "in.csv", header, rows))
    assert labels(dataset) == PETS
    assert f"from column {header[1]!r}, by its name" in lines(dataset)


def test_labels_of_an_unusual_name_are_said_with_the_columns_there_are(tmp_path: Path) -> None:
    rows = list(zip(pictures(tmp_path, 8), PETS, strict=True))
    dataset = read(write_csv(tmp_path / "in.csv", ("path", "breed"), rows))
    assert labels(dataset) == [None] * 8
    assert "no column has a usual name of labels" in lines(dataset)
    assert "the others are 'breed' --label-key COLUMN" in lines(dataset)
    np.savez(tmp_path / "in.npz", x=pixels(8), kinds=np.arange(8))
    assert "the others are 'kinds' --label-key NAME" in lines(read(tmp_path / "in.npz"))


def test_two_columns_of_labels_are_both_named(tmp_path: Path) -> None:
    images = [{"bytes": picture(i), "path": None} for i in range(4)]
    table = pa.table({"img": images, "fine_label": [0, 1, 2, 3], "coarse_label": [0, 0, 1, 1], "class": ["a"] * 4})
    pq.write_table(table, tmp_path / "cifar.parquet")
    dataset = read(tmp_path / "cifar.parquet")
    assert dataset.classes == ("a",)
    assert "'fine_label' could be labels too" in lines(dataset)


def test_ids_that_are_not_of_images_are_kept_as_a_column(tmp_path: Path) -> None:
    names = pictures(tmp_path, 8)
    rows = [(f"patient{i // 4}", name, PETS[i]) for i, name in enumerate(names)]
    table = write_csv(tmp_path / "in.csv", ("id", "path", "label"), rows)
    dataset = read(table)
    assert dataset.images["key"].to_pylist() == names
    assert dataset.metadata is not None
    assert dataset.metadata["id"].to_pylist() == [row[0] for row in rows]
    assert "'id' is no id of images: 2 ids stand for 8 images, 'patient0' for more than one --id-key" in lines(dataset)
    with pytest.raises(BadInput, match=r"The ids in 'id' are not unique.*--id-key"):
        read(table, id_key="id")
    np.savez(tmp_path / "in.npz", x=pixels(4), who=np.array([1, 1, 2, 2]))
    with pytest.raises(BadInput, match="not unique"):
        read(tmp_path / "in.npz", id_key="who")


def test_images_listed_under_several_ids_are_said(tmp_path: Path) -> None:
    names = pictures(tmp_path, 3)
    rows = list(zip("abcde", [names[i] for i in (0, 0, 1, 1, 2)], ["cat", "dog", "cat", "cat", "cat"], strict=True))
    table = write_csv(tmp_path / "in.csv", ("id", "path", "label"), rows)
    dataset = read(table)
    assert labels(dataset) == ["cat", "dog", "cat", "cat", "cat"]
    assert "2 images are listed under several ids, 1 of them with labels that differ: " in lines(dataset)
    by_path = read(table, id_key="path")
    assert [one.reason for one in by_path.refused] == ["listed twice", "listed twice"]


@pytest.mark.parametrize("name", ["Split", "subset", "data set", "phase", "SET", "Usage", "fold"])
def test_columns_of_splits_are_known_by_their_names_and_values(tmp_path: Path, name: str) -> None:
    rows = [(path, PETS[i], "Train" if i < 6 else "DEV") for i, path in enumerate(pictures(tmp_path, 8))]
    dataset = read(write_csv(tmp_path / "in.csv", ("path", "label", name), rows))
    assert splits(dataset) == ["train"] * 6 + ["val"] * 2
    assert f"splits: from column {name!r}" in lines(dataset)
    assert "'DEV' as 'val'" in lines(dataset)


def test_columns_that_may_be_splits_are_named_and_not_read(tmp_path: Path) -> None:
    rows = [(path, PETS[i], "train" if i < 6 else "test", i % 5, i % 3) for i, path in enumerate(pictures(tmp_path, 8))]
    dataset = read(write_csv(tmp_path / "in.csv", ("path", "label", "where", "fold", "is_test"), rows))
    assert splits(dataset) == ["train"] * 8
    assert "--split-key where" in lines(dataset)
    assert "--split-key fold" in lines(dataset)
    assert "'is_test' was not read" in lines(dataset)
    where = read(tmp_path / "in.csv", split_key="where")
    assert splits(where) == ["train"] * 6 + ["test"] * 2


# formats that are not read


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("labels.xlsx", "Excel.*CSV"), ("a.arrow", r"save_to_disk.*to_parquet"), ("a.pkl", r"pickle.*np\.savez"),
        ("data.yaml", "YOLO"), ("a.h5", "HDF5"), ("labels.txt", "text file.*header"), ("a.tfrecord", "TFRecord"),
    ],
)  # fmt: skip
def test_other_formats_are_refused_by_name_with_what_to_do(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(b"something")
    with pytest.raises(BadInput, match=said):
        read(tmp_path / name)


def test_a_folder_that_save_to_disk_wrote_is_named(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    for name in ("dataset_dict.json", "train/data-00000-of-00001.arrow", "train/state.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(BadInput, match=r"save_to_disk.*to_parquet"):
        read(tmp_path)


def test_labels_that_are_not_utf_8_are_named_with_what_they_would_be(tmp_path: Path) -> None:
    names = pictures(tmp_path, 2)
    (tmp_path / "in.csv").write_bytes(f"path,label\n{names[0]},caf\u00e9\n{names[1]},tea\n".encode("latin-1"))
    dataset = read(tmp_path / "in.csv")
    assert "1 values of column 'label' are not UTF-8" in lines(dataset)
    assert "would make 'caf\u00e9': save the table as UTF-8" in lines(dataset)


def test_a_column_of_splits_is_said_once(tmp_path: Path) -> None:
    rows = [(name, "cat", split) for name, split in zip(pictures(tmp_path, 2), ("train", "test"), strict=True)]
    dataset = read(write_csv(tmp_path / "in.csv", ("path", "label", "subset"), rows))
    assert [line.text for line in dataset.understood if line.about == "splits"] == [
        "from column 'subset', by its name and its values"
    ]
