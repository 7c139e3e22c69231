"""Folders of class folders: classes, splits, files passed over, links."""

from __future__ import annotations

from pathlib import Path

from tests.dataset.inputs import read
from tests.dataset.reading.by_key import column, labels, put, reasons


def test_an_image_folder_has_its_classes_in_natural_order(tmp_path: Path) -> None:
    for name in ("class 10/a.png", "class 2/b.png", "class 2/deep/c.PNG", "class 2/notes.txt", "class 2/.hidden.png"):
        put(tmp_path, name)
    dataset = read(tmp_path)
    assert dataset.classes == ("class 2", "class 10")
    assert labels(dataset) == {
        "class 10/a.png": "class 10", "class 2/b.png": "class 2", "class 2/deep/c.PNG": "class 2",
    }  # fmt: skip
    assert column(dataset, "image_id") == [0, 1, 2]
    assert column(dataset, "key") == sorted(column(dataset, "key"))
    assert column(dataset, "split") == ["train"] * 3
    assert {(one.reason, one.count, one.example) for one in dataset.passed_over} == {
        ("not an image by its name", 1, "class 2/notes.txt"), ("a hidden file", 1, "class 2/.hidden.png"),
    }  # fmt: skip


def test_split_folders_are_read_under_their_usual_names(tmp_path: Path) -> None:
    for name in ("Train/cat/a.png", "valid/dog/b.png", "testing/cat/c.png", "README.md"):
        put(tmp_path, name)
    dataset = read(tmp_path)
    assert dataset.classes == ("cat", "dog")
    assert dict(zip(column(dataset, "key"), column(dataset, "split"), strict=True)) == {
        "Train/cat/a.png": "train", "testing/cat/c.png": "test", "valid/dog/b.png": "val",
    }  # fmt: skip
    assert "mapped split 'valid' to 'val'" in dataset.notes


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    for name in ("train/a.png", "plane/b.png"):
        put(tmp_path, name)
    assert read(tmp_path).classes == ("plane", "train")


def test_a_flat_folder_is_unlabelled(tmp_path: Path) -> None:
    put(tmp_path, "a.png")
    dataset = read(tmp_path)
    assert dataset.classes == ()
    assert labels(dataset) == {"a.png": None}


def test_a_folder_of_another_class_is_refused_when_the_classes_are_given(tmp_path: Path) -> None:
    put(tmp_path, "cat/a.png")
    put(tmp_path, "zebra/b.png")
    dataset = read(tmp_path, classes=("dog", "cat"))
    assert dataset.classes == ("dog", "cat")
    assert labels(dataset) == {"cat/a.png": "cat"}
    assert reasons(dataset) == {"zebra/b.png": "unknown label"}
    assert "'zebra'" in dataset.refused[0].detail


def test_links_are_followed_inside_the_folder_and_the_roots_only(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    put(inside, "cat/a.png")
    put(outside, "b.png")
    (inside / "cat" / "b.png").symlink_to(outside / "b.png")
    (inside / "cat" / "loop").symlink_to(inside)
    (inside / "dog").symlink_to(outside)
    dataset = read(inside)
    assert labels(dataset) == {"cat/a.png": "cat"}
    assert reasons(dataset) == {"cat/b.png": "outside the roots", "dog/b.png": "outside the roots"}
    assert f"--root {outside}" in dataset.refused[0].detail
    assert set(labels(read(inside, roots=(str(outside),)))) == {"cat/a.png", "cat/b.png", "dog/b.png"}
