from __future__ import annotations

import os
import socket
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.dataset import IngestOptions, read_dataset
from core.errors import BadInput, TwoReadings
from tests.dataset.listed import PNG, counted, listed, places, put, tree


def reasons(folder: Path) -> dict[str, int]:
    return {one.reason: one.count for one in listed(folder).passed_over}


def shard(path: Path, n: int = 4, **columns: list[str]) -> Path:
    """A Parquet file of pictures, each with its own name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    images = [{"bytes": PNG, "path": f"{path.stem}-{i}.png"} for i in range(n)]
    pq.write_table(pa.table({"image": images, **columns}), path)
    return path


@pytest.mark.parametrize(
    "junk", ["@eaDir", "$RECYCLE.BIN", "lost+found", "__MACOSX", "System Volume Information", "#recycle", "@EADIR"]
)
def test_folders_that_systems_make_are_passed_over_and_their_images_counted(tmp_path: Path, junk: str) -> None:
    tree(tmp_path, ["cat", "dog"])
    put(tmp_path, f"cat/{junk}/0.png/thumb.jpg", f"{junk}/x/old.png", f"{junk}/desktop.ini")
    listing = listed(tmp_path)
    assert {one.label for one in listing.candidates} == {"cat", "dog"}
    assert sorted(one.count for one in listing.passed_over) == [1, 2]
    assert listing.found == counted(listing) == 7


@pytest.mark.parametrize("hidden", [".ipynb_checkpoints", ".Trash-1000", ".git/annex/objects"])
def test_images_in_hidden_folders_are_counted(tmp_path: Path, hidden: str) -> None:
    tree(tmp_path, ["cat"])
    put(tmp_path, f"cat/{hidden}/0.png", f"{hidden}/1.png", f"{hidden}/config", "cat/._0.png", ".DS_Store")
    assert reasons(tmp_path) == {
        "an image in a hidden folder": 2, "a file in a hidden folder": 1, "a hidden file": 2,
    }  # fmt: skip
    assert listed(tmp_path).found == 7


def test_what_is_no_regular_file_is_refused_and_never_opened(tmp_path: Path) -> None:
    tree(tmp_path, ["cat"])
    os.mkfifo(tmp_path / "cat" / "pipe.png")
    os.mkfifo(tmp_path / "cat" / "notes")
    (tmp_path / "cat" / "linked.png").symlink_to(tmp_path / "cat" / "pipe.png")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(tmp_path / "cat" / "socket.png"))
    listing = listed(tmp_path)
    assert {one.key: (one.reason, one.detail) for one in listing.refused} == {
        "cat/linked.png": ("no regular file", "a named pipe"), "cat/pipe.png": ("no regular file", "a named pipe"),
        "cat/socket.png": ("no regular file", "a socket"),
    }  # fmt: skip
    assert reasons(tmp_path) == {"no regular file": 1}
    with pytest.raises(BadInput, match="is a named pipe, which is not opened"):
        listed(tmp_path / "cat" / "pipe.png")


def test_a_pipe_that_a_manifest_names_is_refused_when_it_would_be_opened(tmp_path: Path) -> None:
    put(tmp_path, "a.png")
    os.mkfifo(tmp_path / "b.png")
    (tmp_path / "m.csv").write_text("path,label\na.png,x\nb.png,y\n")
    dataset = read_dataset(
        str(tmp_path / "m.csv"), IngestOptions(), on_thumbnails=lambda _: None, known_thumbnails=set(),
        progress=lambda done, total: None, workers=1,
    )  # fmt: skip
    assert [(one.key, one.reason) for one in dataset.refused] == [("b.png", "no regular file")]
    assert dataset.found == 2


def test_links_that_break_or_go_round_lose_nothing(tmp_path: Path) -> None:
    tree(tmp_path, ["cat"])
    (tmp_path / "cat" / "self.png").symlink_to("self.png")
    (tmp_path / "cat" / "gone.png").symlink_to("nowhere.png")
    (tmp_path / "again").symlink_to("cat")
    (tmp_path / "cat" / "up").symlink_to(tmp_path)
    listing = listed(tmp_path)
    assert sorted(one.key for one in listing.candidates) == [
        "cat/0000.png", "cat/0001.png", "cat/gone.png", "cat/self.png",
    ]  # fmt: skip
    assert reasons(tmp_path) == {"a link to a folder that is read already": 2}


def test_a_folder_of_links_names_the_one_root_that_allows_them_all(tmp_path: Path) -> None:
    for name in "abc":
        put(tmp_path / "objects", f"{name}/{name}.png")
        (tmp_path / "in" / "cat").mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / "cat" / f"{name}.png").symlink_to(tmp_path / "objects" / name / f"{name}.png")
    with pytest.raises(BadInput, match=rf"All of those outside lie below one folder: --root {tmp_path}/objects\b"):
        read_dataset(
            str(tmp_path / "in"), IngestOptions(), on_thumbnails=lambda _: None, known_thumbnails=set(),
            progress=lambda done, total: None, workers=1,
        )  # fmt: skip
    put(tmp_path / "in", "cat/own.png")
    assert any(f"--root {tmp_path}/objects" in note for note in listed(tmp_path / "in").notes)


# metadata


def test_metadata_of_something_else_leaves_the_folders_as_they_are(tmp_path: Path) -> None:
    tree(tmp_path, ["benign", "malignant"])
    (tmp_path / "metadata.csv").write_text("patient_id,age\n1,50\n")
    listing = listed(tmp_path)
    assert places(listing) == {"benign": {("train", "benign")}, "malignant": {("train", "malignant")}}
    assert "has no column of images or paths" in listing.passed_over[0].reason
    assert listing.found == counted(listing) == 5


def test_metadata_of_images_elsewhere_leaves_the_folders_as_they_are(tmp_path: Path) -> None:
    tree(tmp_path, ["a", "b"])
    (tmp_path / "metadata.csv").write_text("file_name,label\nx/1.png,q\nx/2.png,q\n")
    assert places(listed(tmp_path)) == {"a": {("train", "a")}, "b": {("train", "b")}}


@pytest.mark.parametrize("name", ["metadata.CSV", "Metadata.csv"])
def test_metadata_is_found_in_any_case(tmp_path: Path, name: str) -> None:
    tree(tmp_path, ["x"])
    (tmp_path / name).write_text("file_name,label\nx/0000.png,q\nx/0001.png,r\n")
    assert {one.label for one in listed(tmp_path).candidates} == {"q", "r"}


def test_two_metadata_files_that_agree_are_one_and_ones_that_differ_are_asked_about(tmp_path: Path) -> None:
    tree(tmp_path, ["x"])
    (tmp_path / "metadata.csv").write_text("file_name,label\nx/0000.png,q\nx/0001.png,r\n")
    lines = ['{"file_name": "x/0000.png", "label": "q"}', '{"file_name": "x/0001.png", "label": "r"}']
    (tmp_path / "metadata.jsonl").write_text("\n".join(lines))
    listing = listed(tmp_path)
    assert [one.label for one in listing.candidates] == ["q", "r"]
    assert listing.passed_over[0].reason == "metadata that says the same as metadata.jsonl"
    assert listing.found == counted(listing) == 3
    (tmp_path / "metadata.jsonl").write_text(lines[0])
    with pytest.raises(TwoReadings, match=r"metadata\.jsonl' and 'metadata\.csv' differ in 1 rows"):
        listed(tmp_path)


def test_metadata_in_folders_of_splits_gives_each_folder_its_split(tmp_path: Path) -> None:
    for split in ("train", "dev", "mine", "unlabeled"):
        put(tmp_path, f"{split}/0.png")
        (tmp_path / split / "metadata.csv").write_text("file_name,label\n0.png,q\n")
    assert {one.key: one.split for one in listed(tmp_path).candidates} == {
        "train/0.png": "train", "dev/0.png": "val", "mine/0.png": "mine", "unlabeled/0.png": "unlabeled",
    }  # fmt: skip


def test_metadata_that_names_the_smaller_part_is_asked_about(tmp_path: Path) -> None:
    tree(tmp_path, ["a", "b"])
    (tmp_path / "metadata.csv").write_text("file_name,label\na/0000.png,q\n")
    with pytest.raises(TwoReadings, match=r"names 1 of 4 images.*--layout metadata.*--layout split/class"):
        listed(tmp_path)
    listing = listed(tmp_path, layout="metadata")
    assert (len(listing.candidates), listing.found, counted(listing)) == (1, 4, 4)
    assert len(listed(tmp_path, layout="class").candidates) == 4


# shards


def test_splits_are_words_anywhere_in_the_names_of_shards(tmp_path: Path) -> None:
    for name in ("mnist_train", "mnist-TEST", "x.dev.0", "data/valid/part-0", "fold_1/part-0", "part-7"):
        shard(tmp_path / f"{name}.parquet", label=list("abab"))
    listing = listed(tmp_path)
    assert {one.path.split("::")[0].removeprefix(f"{tmp_path}/"): one.split for one in listing.candidates} == {
        "mnist_train.parquet": "train", "mnist-TEST.parquet": "test", "x.dev.0.parquet": "val",
        "data/valid/part-0.parquet": "val", "fold_1/part-0.parquet": "fold_1", "part-7.parquet": "train",
    }  # fmt: skip
    assert any(line.about == "splits" for line in listing.understood)


def test_shards_of_a_split_of_ones_own_keep_its_name(tmp_path: Path) -> None:
    for name in ("train", "extra"):
        shard(tmp_path / "data" / f"{name}-00000-of-00001.parquet")
    assert {one.split for one in listed(tmp_path).candidates} == {"train", "extra"}


def test_hive_partitions_are_columns(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for label in ("cat", "a%20b", "__HIVE_DEFAULT_PARTITION__"):
            shard(tmp_path / f"split={split}" / f"label={label}" / f"{split}-{label}.parquet", n=2)
    listing = listed(tmp_path)
    assert {(one.split, one.label) for one in listing.candidates} == {
        (split, label) for split in ("train", "test") for label in ("cat", "a b", None)
    }
    assert any("Hive partitions: label, split" in line.text for line in listing.understood)


def test_a_picture_beside_shards_is_passed_over_and_folders_of_them_are_asked_about(tmp_path: Path) -> None:
    shard(tmp_path / "data" / "train-0.parquet", label=list("abab"))
    put(tmp_path, "preview.png", "README.md")
    listing = listed(tmp_path)
    assert (len(listing.candidates), listing.found, counted(listing)) == (4, 6, 6)
    assert {one.reason for one in listing.passed_over} == {
        "an image beside the Parquet files", "a file beside the Parquet files",
    }  # fmt: skip
    tree(tmp_path, ["cat", "dog"])
    with pytest.raises(TwoReadings, match=r"--layout shards.*--layout class"):
        listed(tmp_path)
    assert len(listed(tmp_path, layout="shards").candidates) == 4
    assert {one.label for one in listed(tmp_path, layout="class").candidates} == {"cat", "dog", None}


# labels that lie elsewhere


@pytest.mark.parametrize("names", [("{}.png", ""), ("{}", ""), ("train/{}.png", "train/"), ("{}.png", "train/")])
def test_a_table_of_the_images_is_named_with_the_command_that_reads_it(tmp_path: Path, names: tuple[str, str]) -> None:
    written, below = names
    put(tmp_path, *(f"train/{i}a.png" for i in range(4)), *(f"test/{i}b.png" for i in range(2)))
    rows = [f"{written.format(f'{i}a')},{['pug', 'boxer'][i % 2]}" for i in range(4)]
    (tmp_path / "labels.csv").write_text("\n".join(["id,breed", *rows]))
    with pytest.raises(TwoReadings, match=r"names 4 of the 6 images in its column 'id'.*--layout split") as raised:
        listed(tmp_path)
    command = raised.value.readings[0][1].split()
    assert command[:3] == ["hardlook", "ingest", f"{tmp_path}/labels.csv"]
    given = dict(zip(command[3::2], command[4::2], strict=True))
    roots = (given["--root"],) if "--root" in given else ()
    listing = listed(
        tmp_path / "labels.csv", image_key=given["--image-key"], label_key=given["--label-key"], roots=roots
    )
    assert sorted(Path(one.path).name for one in listing.candidates) == [f"{i}a.png" for i in range(4)]
    assert all(Path(one.path).is_file() for one in listing.candidates)
    assert below in listing.candidates[0].path


def test_one_folder_of_images_is_no_label_where_a_table_has_them(tmp_path: Path) -> None:
    put(tmp_path, *(f"img_align/img_align/{i}.jpg" for i in range(4)))
    (tmp_path / "attributes.csv").write_text("image_id,smiling\n" + "\n".join(f"{i}.jpg,{i % 2}" for i in range(4)))
    with pytest.raises(TwoReadings, match=r"names 4 of the 4 images in its column 'image_id'.*--layout class"):
        listed(tmp_path)


def test_an_archive_beside_unlabelled_images_is_named(tmp_path: Path) -> None:
    put(tmp_path, "preview.png")
    put(tmp_path, "data/train.zip", data=b"PK")
    with pytest.raises(TwoReadings, match=rf"hardlook ingest {tmp_path}/data/train\.zip.*--layout flat"):
        listed(tmp_path)
    tree(tmp_path, ["cat", "dog"])
    assert "an archive, not unpacked" in reasons(tmp_path)


def test_boxes_of_a_detector_are_said_to_be_that(tmp_path: Path) -> None:
    put(tmp_path, *(f"images/{split}/{i}.png" for split in ("train", "val") for i in range(3)))
    put(tmp_path, *(f"labels/{split}/{i}.txt" for split in ("train", "val") for i in range(3)), data=b"0 .5 .5 1 1")
    listing = listed(tmp_path)
    assert {one.split for one in listing.candidates} == {"train", "val"}
    assert any("boxes for a detector" in line.text for line in listing.understood)
    assert listing.found == counted(listing) == 12


def test_a_folder_without_images_says_what_lies_there_instead(tmp_path: Path) -> None:
    put(tmp_path, "data-00000-of-00001.arrow", "state.json")
    with pytest.raises(BadInput, match=r"holds no images.*\.arrow' is of save_to_disk.*to_parquet"):
        listed(tmp_path)
