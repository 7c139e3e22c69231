from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from core.errors import BadInput, TwoReadings
from tests.dataset.listed import counted, listed, places, put, tree

READ: dict[str, tuple[list[str], dict[str, tuple[str, str | None]]]] = {
    "Hugging Face's words for validation and test": (
        ["train/cat", "train/dog", "dev/cat", "eval/dog"],
        {"train/cat": ("train", "cat"), "train/dog": ("train", "dog"), "dev/cat": ("val", "cat"),
         "eval/dog": ("test", "dog")},
    ),
    "other splits of the same words": (
        ["Training/a", "VALID/a", "evaluation/a", "testing/a"],
        {"Training/a": ("train", "a"), "VALID/a": ("val", "a"), "evaluation/a": ("test", "a"),
         "testing/a": ("test", "a")},
    ),
    "a split's word between delimiters, and a folder within of the same name": (
        ["training_set/training_set/cats", "training_set/training_set/dogs", "test_set/test_set/cats"],
        {"training_set/training_set/cats": ("train", "cats"), "training_set/training_set/dogs": ("train", "dogs"),
         "test_set/test_set/cats": ("test", "cats")},
    ),
    "a prefix that all splits have, and one of predictions without classes": (
        ["seg_train/seg_train/sea", "seg_train/seg_train/ice", "seg_test/seg_test/sea", "seg_pred/seg_pred"],
        {"seg_train/seg_train/sea": ("train", "sea"), "seg_train/seg_train/ice": ("train", "ice"),
         "seg_test/seg_test/sea": ("test", "sea"), "seg_pred/seg_pred": ("seg_pred", None)},
    ),
    "years after the splits": (
        ["train2017/a", "train2017/b", "val2017/a"],
        {"train2017/a": ("train", "a"), "train2017/b": ("train", "b"), "val2017/a": ("val", "a")},
    ),
    "a folder around the classes": (
        ["PetImages/Cat", "PetImages/Dog"], {"PetImages/Cat": ("train", "Cat"), "PetImages/Dog": ("train", "Dog")}
    ),
    "three folders around the splits": (
        ["a/b/c/train/x", "a/b/c/test/y"], {"a/b/c/train/x": ("train", "x"), "a/b/c/test/y": ("test", "y")}
    ),
    "splits one level down": (
        ["chest_xray/train/NORMAL", "chest_xray/test/PNEUMONIA", "chest_xray/val/NORMAL"],
        {"chest_xray/train/NORMAL": ("train", "NORMAL"), "chest_xray/test/PNEUMONIA": ("test", "PNEUMONIA"),
         "chest_xray/val/NORMAL": ("val", "NORMAL")},
    ),
    "classes above splits": (
        ["cat/train", "cat/test", "dog/train"],
        {"cat/train": ("train", "cat"), "cat/test": ("test", "cat"), "dog/train": ("train", "dog")},
    ),
    "a folder in each split that says only that images lie in it": (
        ["train/images/cat", "train/images/dog", "test/images/cat"],
        {"train/images/cat": ("train", "cat"), "train/images/dog": ("train", "dog"),
         "test/images/cat": ("test", "cat")},
    ),
    "splits without classes": (
        ["images/train", "images/val"], {"images/train": ("train", None), "images/val": ("val", None)}
    ),
    "splits of a detector, each with its folder of images": (
        ["train/images", "valid/images"], {"train/images": ("train", None), "valid/images": ("val", None)}
    ),
    "images beside the splits, and splits of their own": (
        ["", "train/cat", "train/dog", "test/cat", "unlabeled"],
        {"": ("train", None), "train/cat": ("train", "cat"), "train/dog": ("train", "dog"), "test/cat": ("test", "cat"),
         "unlabeled": ("unlabeled", None)},
    ),
    "a test split without classes": (
        ["train/cat", "train/dog", "test"],
        {"train/cat": ("train", "cat"), "train/dog": ("train", "dog"), "test": ("test", None)},
    ),
    "a split alone": (["test/cat", "test/dog"], {"test/cat": ("test", "cat"), "test/dog": ("test", "dog")}),
    "folds": (
        ["fold_0/cat", "fold_0/dog", "fold_1/cat", "fold_1/dog"],
        {"fold_0/cat": ("fold_0", "cat"), "fold_0/dog": ("fold_0", "dog"), "fold_1/cat": ("fold_1", "cat"),
         "fold_1/dog": ("fold_1", "dog")},
    ),
    "a train is a class beside a plane": (
        ["train", "plane"], {"train": ("train", "train"), "plane": ("train", "plane")}
    ),
    "scenes whose names have such words": (
        ["train_station", "test_tube", "beach"],
        {"train_station": ("train", "train_station"), "test_tube": ("train", "test_tube"), "beach": ("train", "beach")},
    ),
    "one class": (["only"], {"only": ("train", "only")}),
    "images unsorted at the top": (
        ["", "cat", "dog"], {"": ("train", None), "cat": ("train", "cat"), "dog": ("train", "dog")}
    ),
    "classes that are called like files": (
        ["logo.png", "photo.jpg", "plain"],
        {"logo.png": ("train", "logo.png"), "photo.jpg": ("train", "photo.jpg"), "plain": ("train", "plain")},
    ),
    "classes that differ in case": (["Cat", "cat", "CAT"], {name: ("train", name) for name in ("Cat", "cat", "CAT")}),
    "folders deeper in some classes": (
        ["cat", "cat/old", "dog"], {"cat": ("train", "cat"), "cat/old": ("train", "cat"), "dog": ("train", "dog")}
    ),
    "one folder in each class": (
        ["cat/images", "dog/images"], {"cat/images": ("train", "cat"), "dog/images": ("train", "dog")}
    ),
    "Hive's partitions": (
        ["split=train/label=cat", "split=test/label=dog"],
        {"split=train/label=cat": ("train", "cat"), "split=test/label=dog": ("test", "dog")},
    ),
    "each class's images in a folder of their own, and held-out ones without classes": (
        ["train/n01/images", "train/n02/images", "val/images", "test/images"],
        {"train/n01/images": ("train", "n01"), "train/n02/images": ("train", "n02"), "val/images": ("val", None),
         "test/images": ("test", None)},
    ),
    "no folder": ([""], {"": ("train", None)}),
}  # fmt: skip
"""Places of images, and the split and class of each: what a person would read there without a doubt."""

ASKED: dict[str, tuple[list[str], str]] = {
    "a split beside classes": (
        ["cat", "dog", "test"], r"'test' may be a split or a class.*\[split\]/class.*--layout class"
    ),
    "unlabelled images beside classes": (["cat", "dog", "unlabeled"], r"'unlabeled' may be a split or a class"),
    "two levels of folders": (
        ["a/cat", "a/dog", "b/cat"], r"either level may be the classes.*--layout class.*'\*/class'"
    ),
    "two levels below splits": (
        ["train/a/x", "train/a/y", "test/b/x"], r"--layout split/class\b.*--layout 'split/\*/class'"
    ),
    "splits in one of the folders alone": (
        ["data/train/cat", "data/test/cat", "docs"], r"two levels, or folders beside.*--layout '\*/split/class'"
    ),
    "data sets beside each other": (["a/train/cat", "a/test/cat", "b/train/cat"], r"--layout '\*/split/class'"),
    "splits below domains and classes": (["art/cat/train", "art/cat/test", "photo/cat/test"], r"'\*/class/split'"),
    "splits within a split": (["train/train/a", "train/val/a", "test/test/a"], r"--layout split/class"),
    "class and split in one name": (["cat_train", "cat_test", "dog_train", "dog_test"], r"may be splits or classes"),
    "a word of a split in the only name": (["mnist_test"], r"may be a split or a class"),
    "several splits, each with a word of its own": (["cats_train", "dogs_val"], r"may be splits or classes"),
    "masks beside images": (["images", "masks"], r"images and masks.*--layout '\*'"),
    "numbered folders of images and masks": (["image_2", "label_2"], r"images and masks"),
    "a copy of the data set in itself": (
        ["cells/a", "cells/b", "cells/cells/a", "cells/cells/b"], r"'cells' lies beside 'a', 'b'.*'\*/\*/class'"
    ),
    "masks as Pascal VOC has them": (["JPEGImages", "SegmentationClass"], r"images and masks.*--layout '\*'"),
    "training images beside other folders": (["train/cat", "train/dog", "docs"], r"'train' may be a split or a class"),
}  # fmt: skip
"""Places of images that two people may read in two ways."""


@pytest.mark.parametrize("case", READ)
def test_a_layout_is_read_as_a_person_reads_it(tmp_path: Path, case: str) -> None:
    folders, expected = READ[case]
    listing = listed(tree(tmp_path, folders))
    assert places(listing) == {folder: {place} for folder, place in expected.items()}
    assert listing.found == counted(listing) == 2 * len(folders)
    assert {line.about for line in listing.understood} >= {"layout", "labels", "splits"}


@pytest.mark.parametrize("case", ASKED)
def test_a_layout_with_two_readings_is_asked_about(tmp_path: Path, case: str) -> None:
    folders, expected = ASKED[case]
    with pytest.raises(TwoReadings) as raised:
        listed(tree(tmp_path, folders))
    assert re.search(expected, str(raised.value)), str(raised.value)
    assert len(raised.value.readings) > 1


@pytest.mark.parametrize("case", ASKED)
def test_every_option_that_an_error_offers_reads_every_image(tmp_path: Path, case: str) -> None:
    folders, _ = ASKED[case]
    with pytest.raises(TwoReadings) as raised:
        listed(tree(tmp_path, folders))
    readings = set()
    for _, option in raised.value.readings:
        listing = listed(tmp_path, layout=option.removeprefix("--layout ").strip("'"))
        assert len(listing.candidates) == listing.found == 2 * len(folders)
        readings.add(tuple(sorted((one.key, one.split, str(one.label)) for one in listing.candidates)))
    assert len(readings) > 1


def test_class_names_in_two_unicode_forms_are_read_as_they_are_written(tmp_path: Path) -> None:
    forms = [unicodedata.normalize(form, "café") for form in ("NFC", "NFD")]
    tree(tmp_path, [f"train/{forms[0]}", f"test/{forms[1]}"])
    assert {one.label for one in listed(tmp_path).candidates} == set(forms)


def test_splits_in_the_names_of_files_are_read_where_every_name_has_one(tmp_path: Path) -> None:
    put(tmp_path, "cat/train_1.png", "cat/test_1.png", "dog/train_2.png")
    assert {one.key: (one.split, one.label) for one in listed(tmp_path).candidates} == {
        "cat/train_1.png": ("train", "cat"), "cat/test_1.png": ("test", "cat"), "dog/train_2.png": ("train", "dog"),
    }  # fmt: skip
    put(tmp_path, "dog/2.png")
    with pytest.raises(TwoReadings, match=r"3 of 4 images say a split.*--layout class/names.*--layout class"):
        listed(tmp_path)
    assert {one.split for one in listed(tmp_path, layout="class").candidates} == {"train"}


@pytest.mark.parametrize("given", ["klass", "class/class", "split/[split]", "class//split", "flat/class"])
def test_a_layout_that_is_none_is_answered_with_those_there_are(tmp_path: Path, given: str) -> None:
    with pytest.raises(BadInput, match=r"--layout is .*split/class, class/split"):
        listed(tree(tmp_path, ["cat"]), layout=given)


def test_a_split_that_is_renamed_is_said(tmp_path: Path) -> None:
    assert "mapped split 'dev' to 'val'" in listed(tree(tmp_path, ["train/a", "dev/a"])).notes
