"""Kinds of labels that people have, each in the formats that can hold it: right, or an error that says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.dataset import Dataset
from core.dataset.labels import read_classes
from core.dataset.model import IngestOptions
from core.errors import BadInput, TwoReadings
from tests.dataset.inputs import accounted, labels, lines, picture, pictures, pixels, read, write_csv, write_jsonl

FORMATS = ("csv", "jsonl", "parquet", "images.parquet", "npz", "npy")


def labelled(folder: Path, form: str, values: list[Any], **options: Any) -> Dataset:
    """A data set with these labels in one of the formats, read. CSV holds what `str` makes of them, "" for None."""
    n = len(values)
    names = pictures(folder, n)
    if form == "csv":
        rows = [(name, "" if value is None else value) for name, value in zip(names, values, strict=True)]
        return read(write_csv(folder / "in.csv", ("path", "label"), rows), **options)
    if form == "jsonl":
        rows_ = [{"path": name, "label": value} for name, value in zip(names, values, strict=True)]
        return read(write_jsonl(folder / "in.jsonl", rows_), **options)
    if form == "parquet":
        pq.write_table(pa.table({"path": names, "label": values}), folder / "in.parquet")
        return read(folder / "in.parquet", **options)
    if form == "images.parquet":
        images = [{"bytes": picture(i), "path": name} for i, name in enumerate(names)]
        pq.write_table(pa.table({"image": images, "label": values}), folder / "images.parquet")
        return read(folder / "images.parquet", **options)
    array = np.array([np.nan if value is None else value for value in values])
    if form == "npz":
        np.savez(folder / "in.npz", x=pixels(n), y=array)
        return read(folder / "in.npz", **options)
    np.save(folder / "x.npy", pixels(n))
    np.save(folder / "labels.npy", array)
    return read(folder / "x.npy", **options)


@pytest.mark.parametrize("form", FORMATS)
def test_grades_are_the_classes_of_their_names_in_every_format(tmp_path: Path, form: str) -> None:
    grades = [i % 5 + 1 for i in range(15)]
    dataset = labelled(tmp_path, form, grades, classes=("1", "2", "3", "4", "5"))
    assert labels(dataset) == [str(grade) for grade in grades]
    assert not dataset.refused
    assert "each is the name of a class --labels-are positions" in lines(dataset)
    assert accounted(dataset)


@pytest.mark.parametrize("form", FORMATS)
def test_positions_are_read_where_labels_are_no_names(tmp_path: Path, form: str) -> None:
    dataset = labelled(tmp_path, form, [0, 1, 2, 0], classes=("1", "2", "3"))
    assert labels(dataset) == ["1", "2", "3", "1"]
    assert "each is the position of a class, from 0" in lines(dataset)
    assert "--labels-are names" in lines(dataset)
    assert labels(labelled(tmp_path, form, [0, 1, 1], classes=("cat", "dog"))) == ["cat", "dog", "dog"]


@pytest.mark.parametrize("form", FORMATS)
def test_labels_that_neither_reading_holds_for_are_refused_with_both(tmp_path: Path, form: str) -> None:
    with pytest.raises(TwoReadings, match=r"--labels-are names.*--labels-are positions") as error:
        labelled(tmp_path, form, [0, 1, 2, 3], classes=("1", "2", "3"))
    assert "1 images labelled '0'" in str(error.value)
    assert "1 images labelled '3'" in str(error.value)
    by_name = labelled(tmp_path, form, [1, 2, 2, 3], classes=("1", "2", "3"), labels_are="names")
    assert labels(by_name) == ["1", "2", "2", "3"]
    by_place = labelled(tmp_path, form, [1, 2, 2, 1], classes=("1", "2", "3"), labels_are="positions")
    assert labels(by_place) == ["2", "3", "3", "2"]


def test_numbers_of_which_some_are_names_only_and_others_positions_only_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TwoReadings, match="neither is possible for all labels"):
        labelled(tmp_path, "jsonl", [0, 5, 5], classes=("1", "2", "3", "4", "5"))
    strict = labelled(tmp_path, "jsonl", [0, 5, 5], classes=("1", "2", "3", "4", "5"), labels_are="names")
    assert labels(strict) == ["5", "5"]
    assert [one.reason for one in strict.refused] == ["unknown label"]


def test_a_label_that_is_nothing_at_all_does_not_make_the_others_uncertain(tmp_path: Path) -> None:
    dataset = labelled(tmp_path, "csv", [1, 2, 3, "zebra"], classes=("1", "2", "3"))
    assert labels(dataset) == ["1", "2", "3"]
    assert [one.reason for one in dataset.refused] == ["unknown label"]


@pytest.mark.parametrize("form", FORMATS)
def test_minus_one_of_an_attribute_is_a_class(tmp_path: Path, form: str) -> None:
    values = [1 if i % 2 else -1 for i in range(16)]
    dataset = labelled(tmp_path, form, values)
    assert dataset.classes == ("-1", "1")
    assert labels(dataset) == [str(value) for value in values]
    assert "took -1 as a class of its own: 8 images --no-label=-1" in lines(dataset)
    assert labels(labelled(tmp_path, form, values, no_label=("-1",))) == [None, "1"] * 8


@pytest.mark.parametrize("form", FORMATS)
def test_a_rare_minus_one_beside_positions_is_no_label_and_said(tmp_path: Path, form: str) -> None:
    values = [-1, *(i % 3 for i in range(19))]
    dataset = labelled(tmp_path, form, values)
    assert labels(dataset) == [None, *(str(i % 3) for i in range(19))]
    assert "took -1 as no label: 1 images beside classes 0 to 2 --no-label ''" in lines(dataset)
    assert labelled(tmp_path, form, values, no_label=("",)).classes == ("-1", "0", "1", "2")


@pytest.mark.parametrize("form", FORMATS)
def test_floats_that_pandas_made_of_numbers_are_those_numbers(tmp_path: Path, form: str) -> None:
    dataset = labelled(tmp_path, form, [0.0, 1.0, None, 1.0, 0.0])
    assert dataset.classes == ("0", "1")
    assert labels(dataset) == ["0", "1", None, "1", "0"]
    if form in ("csv", "parquet", "images.parquet", "jsonl"):
        assert "1.0 as 1" in lines(dataset)
    assert labelled(tmp_path, form, [0.0, 0.5, 1.0]).classes == ("0", "0.5", "1")


@pytest.mark.parametrize("form", FORMATS[:4])
def test_words_that_readers_take_for_nothing_stay_names(tmp_path: Path, form: str) -> None:
    words = ["NA", "null", "None", "nan", "N/A", "True", "false", "1e5", "007", "7", "-", "inf", "2024-05-01", "#1"]
    dataset = labelled(tmp_path, form, words)
    assert labels(dataset) == words


def test_text_of_json_lines_stays_text_in_every_column(tmp_path: Path) -> None:
    names = pictures(tmp_path, 3)
    rows = [
        {"path": name, "id": f"2024-05-0{i}", "label": "2019-01-01", "note": "2024-05-01 10:00", "code": f"00{i}"}
        for i, name in enumerate(names)
    ]
    dataset = read(write_jsonl(tmp_path / "in.jsonl", rows))
    assert dataset.images["key"].to_pylist() == ["2024-05-00", "2024-05-01", "2024-05-02"]
    assert dataset.classes == ("2019-01-01",)
    assert dataset.metadata is not None
    assert dataset.metadata["note"].to_pylist() == ["2024-05-01 10:00"] * 3
    assert dataset.metadata["code"].to_pylist() == ["000", "001", "002"]


def test_one_number_is_one_class_however_it_is_written(tmp_path: Path) -> None:
    names = pictures(tmp_path, 4)
    csv = read(
        write_csv(tmp_path / "in.csv", ("path", "label"), list(zip(names, ["1", "1.0", "0.0", "0"], strict=True)))
    )
    assert csv.classes == ("0", "1")
    rows = [{"path": name, "label": value} for name, value in zip(names, [1, 1.0, 2.5, 1], strict=True)]
    assert read(write_jsonl(tmp_path / "in.jsonl", rows)).classes == ("1", "2.5")


@pytest.mark.parametrize("several", [["cat", "dog"], {"a": 1}, "['cat', 'dog']", '{"a": 1}', '["cat"]'])
@pytest.mark.parametrize("form", ["jsonl", "parquet", "images.parquet"])
def test_several_labels_an_image_are_refused_in_words(tmp_path: Path, form: str, several: Any) -> None:
    with pytest.raises(BadInput, match=r"several labels an image.*one label an image.*--label-key"):
        labelled(tmp_path, form, [several, several])


def test_a_name_in_brackets_is_a_name(tmp_path: Path) -> None:
    assert labelled(tmp_path, "jsonl", ["[unknown]", "{x}"]).classes == ("[unknown]", "{x}")


def test_y_beside_x_is_a_coordinate(tmp_path: Path) -> None:
    names = pictures(tmp_path, 4)
    rows = [(name, ["cat", "dog"][i % 2], i, 40 + i, 10, 12) for i, name in enumerate(names)]
    dataset = read(write_csv(tmp_path / "in.csv", ("filename", "category", "x", "y", "w", "h"), rows))
    assert dataset.classes == ("cat", "dog")
    assert "labels: from column 'category'" in lines(dataset)
    boxes = [(name, i, 40 + i) for i, name in enumerate(names)]
    dataset = read(write_csv(tmp_path / "boxes.csv", ("filename", "xmin", "y"), boxes))
    assert dataset.classes == ()
    assert "the others are 'xmin', 'y'" in lines(dataset)
    assert read(write_csv(tmp_path / "y.csv", ("filename", "y"), [(names[0], 1)])).classes == ("1",)


ALIKE = [
    ("cat", "cat "),
    ("cat", " cat"),
    ("cat", "Cat"),
    ("caf\u00e9", "cafe\u0301"),
    ("cat", "ｃａｔ"),
    ("a b", "a\u00a0b"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_look_alike_are_kept_apart_and_said_once(tmp_path: Path, one: str, other: str) -> None:
    dataset = labelled(tmp_path, "parquet", [one, one, other, "dog"])
    assert set(dataset.classes) == {one, other, "dog"}
    (line,) = [line for line in dataset.understood if line.option == "--merge-names"]
    assert "(2)" in line.text
    assert "(1)" in line.text
    merged = labelled(tmp_path, "parquet", [one, one, other, "dog"], merge_names=True)
    assert set(merged.classes) == {one, "dog"}
    assert labels(merged) == [one, one, one, "dog"]
    assert "merged, as --merge-names says" in lines(merged)


def test_a_name_unlike_a_class_in_case_only_says_how_to_merge_it(tmp_path: Path) -> None:
    dataset = labelled(tmp_path, "csv", ["cat", "Cat", "dog"], classes=("cat", "dog"))
    assert "--merge-names" in dataset.refused[0].detail
    merged = labelled(tmp_path, "csv", ["cat", "Cat", "dog"], classes=("cat", "dog"), merge_names=True)
    assert labels(merged) == ["cat", "cat", "dog"]
    apart = labelled(tmp_path, "csv", ["cat", "Cat"], classes=("cat", "Cat"), merge_names=True)
    assert labels(apart) == ["cat", "Cat"]


def test_an_image_listed_twice_says_both_labels_and_keeps_them(tmp_path: Path) -> None:
    names = pictures(tmp_path, 4)
    rows = [
        *((name, ["cat", "dog"][i % 2]) for i, name in enumerate(names)),
        (names[0], "dog"),
        (f"./{names[1]}", "dog"),
    ]
    dataset = read(write_csv(tmp_path / "in.csv", ("path", "label"), rows))
    assert {one.key: (one.reason, one.detail) for one in dataset.refused} == {
        names[0]: ("listed twice", "listed twice, with labels 'cat' and 'dog'; the first counts"),
        names[1]: ("listed twice", "listed twice, each time with label 'dog'"),
    }
    assert dataset.metadata is not None
    assert dataset.metadata["other_labels"].to_pylist() == ["dog", None, None, None]
    assert accounted(dataset)


def declared(n: int, names: list[str], values: list[int]) -> pa.Table:
    """A table as Hugging Face's datasets writes it, with a ClassLabel column."""
    import json

    feature = {"label": {"_type": "ClassLabel", "names": names}}
    images = [{"bytes": picture(i), "path": f"{i}.png"} for i in range(n)]
    table = pa.table({"image": images, "label": values})
    return table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": feature}})})


def test_numbers_of_declared_classes_are_positions_even_if_names_are_numbers(tmp_path: Path) -> None:
    pq.write_table(declared(4, ["1", "2", "3"], [1, 2, 2, 1]), tmp_path / "a.parquet")
    dataset = read(tmp_path / "a.parquet")
    assert labels(dataset) == ["2", "3", "3", "2"]
    assert "--labels-are names" in lines(dataset)
    pq.write_table(declared(4, ["1", "2", "3"], [1, 2, 3, 3]), tmp_path / "a.parquet")
    assert labels(read(tmp_path / "a.parquet")) == ["1", "2", "3", "3"]


def test_declared_classes_keep_their_meaning_in_another_order(tmp_path: Path) -> None:
    pq.write_table(declared(4, ["cat", "dog"], [0, 1, 1, -1]), tmp_path / "a.parquet")
    dataset = read(tmp_path / "a.parquet", classes=("dog", "cat"))
    assert dataset.classes == ("dog", "cat")
    assert labels(dataset) == ["cat", "dog", "dog", None]
    assert "took -1 as no label" in lines(dataset)


def test_shards_that_declare_other_orders_are_each_read_by_their_own(tmp_path: Path) -> None:
    for name, names in (("train-0", ["cat", "dog"]), ("test-0", ["dog", "cat"])):
        pq.write_table(declared(2, names, [0, 1]), tmp_path / f"{name}.parquet")
    dataset = read(tmp_path)
    assert labels(dataset) == ["dog", "cat", "cat", "dog"]
    assert "declare other classes or another order" in lines(dataset)


def test_labels_that_are_all_different_are_said_to_look_like_ids() -> None:
    classes = read_classes((f"patient {i}" for i in range(60)), (), IngestOptions())
    assert any("occurs once" in line.text for line in classes.understood)
    classes = read_classes(["a", "b", "a|b", "b|a"], (), IngestOptions())
    assert any("several labels with '|'" in line.text for line in classes.understood)


def test_options_that_cannot_be_are_refused() -> None:
    with pytest.raises(BadInput, match=r"--labels-are is 'maybe'"):
        read_classes(["a"], (), IngestOptions(labels_are="maybe"))
    with pytest.raises(BadInput, match="'a' is named twice"):
        read_classes(["a"], (), IngestOptions(classes=("a", "b", "a")))


@pytest.mark.parametrize("form", FORMATS)
def test_positions_from_one_are_asked_about_and_never_shifted(tmp_path: Path, form: str) -> None:
    with pytest.raises(TwoReadings, match=r"no label 0, but a label 3.*positions-from-1.*'b', which leaves 2 images"):
        labelled(tmp_path, form, [1, 2, 3, 1, 2, 3], classes=("a", "b", "c"))
    from_one = labelled(tmp_path, form, [1, 2, 3], classes=("a", "b", "c"), labels_are="positions-from-1")
    assert labels(from_one) == ["a", "b", "c"]
    assert "each is the position of a class, from 1: 1 is 'a'" in lines(from_one)
    from_zero = labelled(tmp_path, form, [1, 2, 3], classes=("a", "b", "c"), labels_are="positions")
    assert labels(from_zero) == ["b", "c"]
    assert accounted(from_zero)
