"""Tables without a column of splits whose paths lie in folders of splits: read, said, and left alone where in doubt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.dataset import Dataset
from tests.dataset.inputs import accounted, lines, picture, read, splits, write_csv, write_jsonl


def table(folder: Path, *places: str, ending: str = "csv", **options: Any) -> Dataset:
    """A table of one image in each of the places, read."""
    rows = []
    for i, place in enumerate(places):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / f"{i}.png").write_bytes(picture(i))
        rows.append((f"{place}/{i}.png", "cat" if i % 2 else "dog"))
    if ending == "csv":
        return read(write_csv(folder / "in.csv", ("path", "label"), rows), **options)
    return read(write_jsonl(folder / "in.jsonl", [{"path": name, "label": pet} for name, pet in rows]), **options)


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
@pytest.mark.parametrize("places", [("train", "valid"), ("set/train/a", "set/dev/a"), ("train/cat", "dev/dog")])
def test_paths_in_folders_of_splits_say_the_split(tmp_path: Path, places: tuple[str, str], ending: str) -> None:
    dataset = table(tmp_path, *places, ending=ending)
    assert sorted(splits(dataset)) == ["train", "val"]
    assert "splits: from the folders in the paths" in lines(dataset)
    assert accounted(dataset)
    assert splits(table(tmp_path, *places, ending=ending, layout="flat")) == ["train", "train"]


def test_one_split_in_all_paths_parts_nothing(tmp_path: Path) -> None:
    assert splits(table(tmp_path, "test/a", "test/b")) == ["train", "train"]


def test_a_folder_that_may_be_a_split_is_named_and_not_read(tmp_path: Path) -> None:
    dataset = table(tmp_path, "apple", "pear", "test")
    assert splits(dataset) == ["train"] * 3
    assert "none read, though a folder in the paths is called 'test'" in lines(dataset)
    assert splits(table(tmp_path, "apple", "pear", "test", layout="split")) == ["apple", "pear", "test"]


def test_a_column_of_splits_goes_before_the_folders(tmp_path: Path) -> None:
    for i, place in enumerate(("train", "test")):
        (tmp_path / place).mkdir()
        (tmp_path / place / "a.png").write_bytes(picture(i))
    rows = [("train/a.png", "test"), ("test/a.png", "train")]
    assert splits(read(write_csv(tmp_path / "in.csv", ("path", "split"), rows))) == ["train", "test"]


def test_names_of_files_that_all_say_a_split_give_them(tmp_path: Path) -> None:
    for i, name in enumerate(("train_0.png", "test_1.png")):
        (tmp_path / name).write_bytes(picture(i))
    file = write_csv(tmp_path / "in.csv", ("path", "label"), [("train_0.png", "cat"), ("test_1.png", "dog")])
    dataset = read(file)
    assert splits(dataset) == ["test", "train"]
    assert "splits: from the files' names" in lines(dataset)
    assert splits(read(file, layout="flat")) == ["train", "train"]


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("is_train", ["1", "0"], ["train", "test"]), ("Is Training", ["True", "False"], ["train", "test"]),
        ("is_test", ["no", "yes"], ["train", "test"]), ("is_val", ["0.0", "1.0"], ["train", "val"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("named", [False, True])
def test_a_column_that_says_yes_or_no_to_a_split_keeps_the_others_from_training(
    tmp_path: Path, column: str, values: list[str], said: list[str], named: bool
) -> None:
    rows = [(f"{i}.png", "cat", value) for i, value in enumerate(values)]
    for i, (name, *_) in enumerate(rows):
        (tmp_path / name).write_bytes(picture(i))
    file = write_csv(tmp_path / "in.csv", ("path", "label", column), rows)
    dataset = read(file, split_key=column) if named else read(file)
    assert splits(dataset) == said
    assert f"from column '{column}', yes as" in lines(dataset)
    assert accounted(dataset)
