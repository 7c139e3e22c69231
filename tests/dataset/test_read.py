from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from core.dataset import Dataset, IngestOptions, list_source, read_dataset, source_fingerprint
from core.errors import BadInput
from core.images.pixels import PixelSource, content_hash
from data.make_sample import SAMPLE

TRASHNET = Path(__file__).parents[2] / "../shared/data/trashnet-128"


def png(value: int = 0, size: tuple[int, int] = (6, 4)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (value % 256, value // 256, 7)).save(out, "PNG")
    return out.getvalue()


def put(folder: Path, name: str, data: bytes | None = None) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(zlib.crc32(os.fsencode(name)) % 60_000) if data is None else data)
    return path


def read(source: Path | str, *, workers: int | None = 1, **options: Any) -> Dataset:
    return read_dataset(
        str(source),
        IngestOptions(**options),
        on_thumbnails=lambda _: None,
        known_thumbnails=set(),
        progress=lambda _done, _all: None,
        workers=workers,
    )


def column(dataset: Dataset, name: str) -> list[Any]:
    table = dataset.images if name in dataset.images.column_names else dataset.metadata
    assert table is not None
    return table[name].to_pylist()  # type: ignore[no-any-return]


def labels(dataset: Dataset) -> dict[str, str | None]:
    """Key to class name."""
    given = zip(column(dataset, "key"), column(dataset, "label"), strict=True)
    return {key: None if label is None else dataset.classes[label] for key, label in given}


def reasons(dataset: Dataset) -> dict[str, str]:
    return {each.key: each.reason for each in dataset.refused}


def said(dataset: Dataset) -> list[str]:
    """What was understood, one text a line."""
    return [line.text for line in dataset.understood]


def csv(path: Path, lines: Iterable[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def features(**names: Any) -> dict[str, str]:
    return {"huggingface": json.dumps({"info": {"features": names}})}


# folders


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


# refusals


def test_every_bad_file_is_refused_by_name_and_the_rest_goes_on(tmp_path: Path) -> None:
    whole = png(5, (64, 64))
    bomb = bytearray(png())
    bomb[16:24] = (30_000).to_bytes(4, "big") * 2
    bomb[29:33] = zlib.crc32(bomb[12:29]).to_bytes(4, "big")
    for name, data in {
        "good.png": whole, "zero.png": b"", "cut.png": whole[:60], "text.jpg": b"hello", "drawing.svg": b"<svg/>",
        "page.png": b"<!DOCTYPE html>", "bomb.png": bytes(bomb),
    }.items():  # fmt: skip
        put(tmp_path, f"cat/{name}", data)
    (tmp_path / "cat" / "folder.jpg").mkdir()
    (tmp_path / "cat" / "dangling.png").symlink_to(tmp_path / "nowhere.png")
    dataset = read(tmp_path)
    assert column(dataset, "key") == ["cat/good.png"]
    assert reasons(dataset) == {
        "cat/zero.png": "zero bytes", "cat/cut.png": "truncated", "cat/text.jpg": "not an image",
        "cat/drawing.svg": "not an image", "cat/page.png": "not an image", "cat/bomb.png": "decompression bomb",
        "cat/folder.jpg": "unreadable", "cat/dangling.png": "missing file",
    }  # fmt: skip
    assert all(each.detail and each.path.startswith(str(tmp_path)) for each in dataset.refused)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable(tmp_path: Path) -> None:
    put(tmp_path, "cat/a.png")
    put(tmp_path, "cat/b.png").chmod(0)
    assert reasons(read(tmp_path)) == {"cat/b.png": "unreadable"}


def test_an_input_without_one_usable_image_is_an_error_that_counts_the_reasons(tmp_path: Path) -> None:
    put(tmp_path, "cat/a.png", b"")
    put(tmp_path, "cat/b.png", b"")
    with pytest.raises(BadInput, match=r"None of the 2 images .*zero bytes: 2.*'cat/a\.png'"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["missing", "a.txt", "empty"])
def test_what_is_not_understood_is_answered_with_what_is(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    put(tmp_path, "a.txt", b"hello")
    with pytest.raises(BadInput, match="Understood are: a folder of class folders"):
        read(tmp_path / name)


# manifests


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


# Hugging Face image folders


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


# Parquet with images


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


# arrays


@pytest.mark.parametrize("shape", [(12, 5, 6), (12, 5, 6, 3), (12, 3, 5, 6)])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_npz_arrays_of_every_layout(tmp_path: Path, shape: tuple[int, ...], kind: type) -> None:
    pixels: np.ndarray[Any, Any] = np.random.default_rng(0).integers(0, 256, shape)
    pixels = (pixels / 255 if kind is np.float32 else pixels).astype(kind)
    path = tmp_path / "a.npz"
    y = np.arange(12) % 3
    y[4] = -1
    np.savez(path, X=pixels, y=y, clean=np.zeros((12, 1), np.int64), score=np.linspace(0, 1, 12))
    dataset = read(path, true_label_key="clean")
    assert column(dataset, "key")[:2] == ["00", "01"]
    assert column(dataset, "label") == [0, 1, 2, 0, None, 2, 0, 1, 2, 0, 1, 2]
    assert column(dataset, "true_label") == [0] * 12
    assert column(dataset, "score")[-1] == 1.0
    assert (column(dataset, "width")[0], column(dataset, "height")[0]) == (6, 5)
    assert column(dataset, "content_hash")[3] == content_hash(pixels[3])


def test_floats_of_no_usual_range_are_shown_over_their_own_and_said(tmp_path: Path) -> None:
    pixels = np.zeros((3, 4, 4), np.float32)
    pixels[1] = 2.5
    pixels[2] = np.nan
    np.savez(tmp_path / "a.npz", x=pixels)
    dataset = read(tmp_path / "a.npz")
    assert reasons(dataset) == {"2": "unreadable"}
    said = [line for line in dataset.understood if line.about == "pixels"]
    assert "from 0 to 2.5, which is no usual range" in said[0].text
    assert said[0].option == "--pixel-range LOW,HIGH"


def test_an_npy_file_finds_its_labels_beside_it(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", np.zeros((3, 4, 4), np.uint8))
    np.save(tmp_path / "labels.npy", np.array(["b", "a", ""]))
    dataset = read(tmp_path / "images.npy")
    assert (dataset.classes, column(dataset, "label")) == (("a", "b"), [1, 0, None])
    np.save(tmp_path / "other.npy", np.array([0, 0, 0]))
    assert read(tmp_path / "images.npy", label_key="other.npy").classes == ("0",)


def test_array_files_that_do_not_fit_say_why(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros((3, 4, 4), np.uint8), y=np.zeros(2))
    with pytest.raises(BadInput, match=r"array of labels has shape \(2,\), and there are 3 images.*--label-key"):
        read(path)
    with pytest.raises(BadInput, match=r"no array 'nope'; it has 'x' \(3, 4, 4\), 'y' \(2,\).*--image-key"):
        read(path, image_key="nope")
    with pytest.raises(BadInput, match=r"shape \(2,\), which is not images"):
        read(path, image_key="y", label_key="y")
    np.savez(path, z=np.zeros((3, 4, 4), np.uint8))
    with pytest.raises(BadInput, match=r"no array of images; it has 'z'"):
        read(path)
    np.savez(path, x=np.array([{}, {}], dtype=object))
    with pytest.raises(BadInput, match=r"without Python objects|not images"):
        read(path)
    path.write_bytes(b"PK no zip")
    with pytest.raises(BadInput, match=r"a\.npz could not be read"):
        read(path)


# names


HOSTILE = [
    "a b.png",
    "ünï\U0001f600.png",
    "new\nline.png",
    "'q\"uote.png",
    "<img src=x onerror=alert(1)>.png",
    "%00;--.png",
]


def test_hostile_names_survive_in_keys_and_can_be_opened(tmp_path: Path) -> None:
    for name in HOSTILE:
        put(tmp_path, f"cl'ass <b>/{name}")
    dataset = read(tmp_path)
    assert set(labels(dataset)) == {f"cl'ass <b>/{name}" for name in HOSTILE}
    assert dataset.classes == ("cl'ass <b>",)
    source = PixelSource(column(dataset, "path"), column(dataset, "row"), column(dataset, "content_hash"))
    assert all(source.rgb(i).size == (6, 4) for i in range(len(HOSTILE)))


def test_undecodable_names_are_escaped_and_can_be_opened(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    with open(folder + b"/\xff.png", "wb") as file:
        file.write(png())
    with open(folder + b"/bad\xfe.png", "wb") as file:
        file.write(b"")
    dataset = read(tmp_path)
    assert labels(dataset) == {r"caf\xe9/\xff.png": r"caf\xe9"}
    assert reasons(dataset) == {r"caf\xe9/bad\xfe.png": "zero bytes"}
    assert PixelSource(column(dataset, "path"), [None]).read(0) == png()
    (tmp_path / "m.csv").write_bytes(b"path,label,who\ncaf\xe9/\xff.png,\xe9,\xe8\n")
    manifest = read(tmp_path / "m.csv")
    assert labels(manifest) == {r"caf\xe9/\xff.png": r"\xe9"}
    assert column(manifest, "who") == [r"\xe8"]


# torchvision


def test_torchvision_data_is_read_by_name_and_fetched_only_when_asked(tmp_path: Path) -> None:
    folder = tmp_path / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    for prefix, n in (("train", 12), ("t10k", 3)):
        images = np.arange(n * 28 * 28, dtype=np.uint32).astype(np.uint8)
        sizes = b"".join(size.to_bytes(4, "big") for size in (n, 28, 28))
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + sizes + images.tobytes())
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + n.to_bytes(4, "big") + bytes([9] * n))
    dataset = read("torchvision:FashionMNIST", root=str(tmp_path))
    assert column(dataset, "key")[:4] == ["test/0", "test/1", "test/2", "train/00"]
    assert dataset.classes[9] == "Ankle boot"
    assert column(dataset, "label") == [9] * 15
    source = PixelSource(column(dataset, "path"), column(dataset, "row"), column(dataset, "content_hash"))
    assert source.rgb(4).size == (28, 28)
    with pytest.raises(BadInput, match=r"CIFAR10 is not there.*--download"):
        read("torchvision:CIFAR10", root=str(tmp_path))
    with pytest.raises(BadInput, match="torchvision:Nope is not known; known are: CIFAR10"):
        read("torchvision:Nope")


# the whole


def test_the_result_does_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    for i in range(200):
        put(tmp_path, f"{i % 3}/{i}.png", b"" if i % 17 == 0 else None)
    one, many = read(tmp_path, workers=1), read(tmp_path, workers=8)
    assert one.images.equals(many.images)
    assert one.refused == many.refused


def test_thumbnails_come_once_per_content_and_not_for_known_ones(tmp_path: Path) -> None:
    for i in range(150):
        put(tmp_path, f"cat/{i}.png", png(i % 100))
    seen: dict[str, bytes] = {}
    steps: list[tuple[int, int]] = []
    known = {content_hash(png(3))}
    dataset = read_dataset(
        str(tmp_path), IngestOptions(), on_thumbnails=seen.update, known_thumbnails=known,
        progress=lambda done, total: steps.append((done, total)), workers=2,
    )  # fmt: skip
    assert len(dataset.images) == 150  # equal images with different keys are both kept
    assert set(seen) == set(column(dataset, "content_hash")) - {content_hash(png(3))}
    assert Image.open(BytesIO(next(iter(seen.values())))).format == "WEBP"
    assert steps[-1] == (150, 150)
    assert steps == sorted(steps)


def test_the_source_fingerprint_changes_with_the_input_and_only_then(tmp_path: Path) -> None:
    put(tmp_path, "cat/a.png")
    manifest = csv(tmp_path / "m.csv", ["path,label,n", "cat/a.png,cat,1"])
    folder = source_fingerprint(str(tmp_path / "cat"), IngestOptions())
    first = source_fingerprint(str(manifest), IngestOptions())
    os.utime(manifest, (1, 1))
    assert source_fingerprint(str(manifest), IngestOptions()) == first
    csv(manifest, ["path,label,n", "cat/a.png,cat,2"])
    second = source_fingerprint(str(manifest), IngestOptions())
    assert second != first
    assert source_fingerprint(str(manifest), IngestOptions(classes=("cat",))) != second
    put(tmp_path, "cat/a.png", png(1))
    os.utime(tmp_path / "cat" / "a.png", (5, 5))
    assert source_fingerprint(str(manifest), IngestOptions()) != second
    assert source_fingerprint(str(tmp_path / "cat"), IngestOptions()) != folder


def test_fingerprinting_opens_no_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "cat/a.png")

    def opened(*_: Any, **__: Any) -> None:
        raise AssertionError("an image was opened")

    monkeypatch.setattr(Image, "open", opened)
    assert len(source_fingerprint(str(tmp_path), IngestOptions())) == 16
    assert len(list_source(str(SAMPLE), IngestOptions()).candidates) == 5000


@pytest.mark.skipif(not TRASHNET.is_dir(), reason="the shared photographs are not there")
def test_a_real_image_folder(tmp_path: Path) -> None:
    photographs = sorted(TRASHNET.glob("*/*1.jpg"))
    for photograph in photographs:
        put(tmp_path, f"{photograph.parent.name}/{photograph.name}", photograph.read_bytes())
    dataset = read(tmp_path, workers=2)
    assert dataset.classes == ("cardboard", "glass", "metal", "paper", "plastic", "trash")
    assert len(dataset.images) == len(photographs) > 200
    assert not dataset.refused
    assert set(column(dataset, "format")) == {"JPEG"}
    assert {max(size) for size in zip(column(dataset, "width"), column(dataset, "height"), strict=True)} == {128}
