"""Parquet and array files: every type that texts, images, labels and further columns come in."""

from __future__ import annotations

import datetime as dt
import decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.cli.console import make_reporter
from core.dataset import IngestOptions
from core.errors import BadInput
from core.pipeline.ingest import ingest
from core.store import views
from tests.dataset.inputs import PETS, accounted, labels, lines, picture, pictures, pixels, read, splits

# Parquet

TEXTS: dict[str, Any] = {
    "text": pa.string(), "large": pa.large_string(), "view": pa.string_view(),
    "bytes": pa.binary(), "large bytes": pa.large_binary(),
}  # fmt: skip


@pytest.mark.parametrize("kind", [*TEXTS, "category", "pandas", "polars"])
def test_paths_and_labels_of_every_kind_of_text(tmp_path: Path, kind: str) -> None:
    names = pictures(tmp_path, 8)
    file = tmp_path / "IN.PARQUET"
    if kind == "category":
        columns = {name: pa.array(values).dictionary_encode() for name, values in (("path", names), ("label", PETS))}
        pq.write_table(pa.table({**columns, "split": pa.array(["train"] * 8).dictionary_encode()}), file)
    elif kind == "pandas":
        pd.DataFrame({"path": pd.Categorical(names), "label": pd.Categorical(PETS)}).to_parquet(file)
    elif kind == "polars":
        pl.DataFrame({"path": names, "label": pl.Series(PETS, dtype=pl.Categorical)}).write_parquet(file)
    else:
        written = [[value.encode() for value in values] if "bytes" in kind else values for values in (names, PETS)]
        plain = [pa.array(values, TEXTS[kind]) for values in written]
        pq.write_table(pa.table(dict(zip(("path", "label"), plain, strict=True))), file)
    dataset = read(file)
    assert labels(dataset) == PETS
    assert dataset.images["key"].to_pylist() == names


@pytest.mark.parametrize("kind", ["struct", "plain", "large", "view", "large struct", "polars struct", "polars"])
def test_images_of_every_kind_of_bytes(tmp_path: Path, kind: str) -> None:
    images = [picture(i) for i in range(8)]
    structs = [{"bytes": data, "path": f"{i}.png"} for i, data in enumerate(images)]
    large = pa.struct({"bytes": pa.large_binary(), "path": pa.large_string()})
    file = tmp_path / "train.PARQUET"
    columns = {
        "struct": pa.array(structs), "plain": pa.array(images), "large": pa.array(images, pa.large_binary()),
        "view": pa.array(images, pa.binary_view()), "large struct": pa.array(structs, large),
    }  # fmt: skip
    if kind in columns:
        pq.write_table(pa.table({"image": columns[kind], "label": PETS}), file)
    else:
        pl.DataFrame({"image": structs if "struct" in kind else images, "label": PETS}).write_parquet(file)
    dataset = read(file)
    assert labels(dataset) == PETS
    assert not dataset.refused
    assert set(dataset.images["width"].to_pylist()) == {8}


@pytest.mark.parametrize("name", ["pixel_values", "picture", "whatever"])
def test_the_only_column_of_images_is_theirs_and_goes_before_paths(tmp_path: Path, name: str) -> None:
    structs = [{"bytes": picture(i), "path": None} for i in range(4)]
    pq.write_table(pa.table({"path": ["gone.png"] * 4, name: structs, "label": PETS[:4]}), tmp_path / "a.parquet")
    dataset = read(tmp_path / "a.parquet")
    assert labels(dataset) == PETS[:4]
    assert f"images from column {name!r}" in lines(dataset)


def test_lists_of_images_and_arrays_of_pixels_are_no_images(tmp_path: Path) -> None:
    for column in ([[picture(0)]] * 2, [[[0.0, 1.0]]] * 2):
        pq.write_table(pa.table({"image": column, "label": ["a", "b"]}), tmp_path / "a.parquet")
        with pytest.raises(BadInput, match=r"not images.*--image-key"):
            read(tmp_path / "a.parquet")


def test_hugging_face_metadata_that_something_else_wrote_is_passed_by(tmp_path: Path) -> None:
    for written in (
        b"no json",
        b"[]",
        b'{"info": null}',
        b'{"info": {"features": {"label": {"_type": "ClassLabel"}}}}',
    ):
        table = pa.table({"image": [picture(i) for i in range(2)], "label": [0, 1]})
        pq.write_table(table.replace_schema_metadata({b"huggingface": written}), tmp_path / "a.parquet")
        assert read(tmp_path / "a.parquet").classes == ("0", "1")


# further columns

DAY = dt.datetime(2024, 1, 1)
FURTHER: dict[str, tuple[pa.Array, Any]] = {
    "half": (pa.array(np.arange(2, dtype=np.float16)), [0.0, 1.0]),
    "halves": (pa.array([[np.float16(1)]] * 2, pa.list_(pa.float16())), [[1.0]] * 2),
    "fixed": (pa.array([[1.0, 2.0]] * 2, pa.list_(pa.float32(), 2)), [[1.0, 2.0]] * 2),
    "list view": (pa.array([[1]] * 2, pa.list_view(pa.int32())), [[1]] * 2),
    "nested": (pa.array([[[1]]] * 2), None),
    "zone": (pa.array([DAY.replace(tzinfo=dt.UTC)] * 2), ...),
    "duration": (pa.array([dt.timedelta(seconds=3)] * 2), [dt.timedelta(seconds=3)] * 2),
    "decimal": (pa.array([decimal.Decimal("1.50")] * 2), [decimal.Decimal("1.50")] * 2),
    "small decimal": (pa.array([decimal.Decimal("1.50")] * 2, pa.decimal32(5, 2)), [decimal.Decimal("1.50")] * 2),
    "wide decimal": (pa.array([decimal.Decimal("1.50")] * 2, pa.decimal256(50, 2)), [decimal.Decimal("1.50")] * 2),
    "too wide": (pa.array([decimal.Decimal(10) ** 45] * 2, pa.decimal256(50, 2)), None),
    "map": (pa.array([[("a", 1)]] * 2, pa.map_(pa.string(), pa.int64())), None),
    "struct": (pa.array([{"a": 1}] * 2), None),
    "unsigned": (pa.array([2**63 + 1] * 2, pa.uint64()), [2**63 + 1] * 2),
    "date64": (pa.array([dt.date(2024, 1, 1)] * 2, pa.date64()), ...),
    "time": (pa.array([dt.time(1, 2)] * 2), [dt.time(1, 2)] * 2),
    "view": (pa.array(["a"] * 2, pa.string_view()), ["a"] * 2),
    "large": (pa.array(["a"] * 2, pa.large_string()), ["a"] * 2),
    "nanoseconds": (pa.array([DAY] * 2, pa.timestamp("ns")), ...),
    "far": (pa.array([dt.datetime(9999, 12, 31)] * 2, pa.timestamp("us")), [dt.datetime(9999, 12, 31)] * 2),
    "texts": (pa.array([["a", None]] * 2), [["a", None]] * 2),
    "category": (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"]),
    "null": (pa.nulls(2), [None, None]),
    "fixed bytes": (pa.array([b"abcd"] * 2, pa.binary(4)), None),
    "words": (pa.array([b"abcd", b"\xff"], pa.large_binary()), ["abcd", "\\xff"]),
    "boolean": (pa.array([True, None]), [True, None]),
}


def test_times_beyond_any_calendar_are_columns_or_refused_as_ids(tmp_path: Path) -> None:
    names = pictures(tmp_path, 2)
    far = pa.array([2**62] * 2, pa.int64()).cast(pa.timestamp("us"))
    pq.write_table(pa.table({"path": names, "label": PETS[:2], "far": far}), tmp_path / "in.parquet")
    assert labels(read(tmp_path / "in.parquet")) == PETS[:2]
    with pytest.raises(BadInput, match=r"'far' .* cannot be read as text"):
        read(tmp_path / "in.parquet", label_key="far")


@pytest.mark.parametrize("kind", list(FURTHER))
def test_a_further_column_is_kept_or_left_out_with_a_note_and_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    column, expected = FURTHER[kind]
    names = pictures(tmp_path, 2)
    pq.write_table(pa.table({"path": names, "label": PETS[:2], kind: column}), tmp_path / "in.parquet")
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    audit = ingest(str(tmp_path / "in.parquet"), make_reporter(quiet=True), name="types", options=IngestOptions())
    if expected is None:
        assert f"left out column {kind!r}, of type" in lines(read(tmp_path / "in.parquet"))
        return
    hub = views.open_hub(audit)
    rows = hub.connection.execute(f'SELECT "{kind}" FROM items.images ORDER BY image_id').fetchall()
    stored = [row[0] for row in rows]
    assert len(stored) == 2
    if expected is not ...:
        assert stored == expected


# arrays


def test_arrays_of_each_a_split_are_read_as_splits(tmp_path: Path) -> None:
    x, y = pixels(8), np.array([[i % 2] for i in range(8)])
    for keys in (
        ("train_images", "train_labels", "val_images", "val_labels"), ("x_train", "y_train", "X_valid", "y_valid"),
        ("trainX", "trainY", "devX", "devY"),
    ):  # fmt: skip
        arrays: dict[str, Any] = {keys[0]: x, keys[1]: y, keys[2]: x[:4], keys[3]: y[:4], "rest": np.zeros(3)}
        np.savez(tmp_path / "in.npz", **arrays)
        dataset = read((tmp_path / "in.npz").rename(tmp_path / "IN.NPZ"))
        assert splits(dataset) == ["train"] * 8 + ["val"] * 4
        assert labels(dataset) == ["0", "1"] * 6
        assert accounted(dataset)
        assert "left out array 'rest'" in lines(dataset)
        assert "'train' from the name of array" in lines(dataset)
    with pytest.raises(BadInput, match="cannot go with all of them"):
        read(tmp_path / "IN.NPZ", label_key="trainY")
    one = read(tmp_path / "IN.NPZ", image_key="devX", label_key="devY")
    assert splits(one) == ["val"] * 4


@pytest.mark.parametrize("kind", [">u1", ">u2", ">i4", ">f4"])
def test_pixels_and_labels_in_the_other_byte_order_are_read(tmp_path: Path, kind: str) -> None:
    x = (pixels(4) / (255 if "f" in kind else 1)).astype(kind)
    np.savez(tmp_path / "in.npz", x=x, y=np.arange(4, dtype=">i8"), weight=np.arange(4, dtype=">f8"))
    np.save(tmp_path / "lone.npy", x)
    dataset = read(tmp_path / "in.npz")
    assert labels(dataset) == ["0", "1", "2", "3"]
    assert not dataset.refused
    assert dataset.metadata is not None
    assert dataset.metadata["weight"].to_pylist() == [0.0, 1.0, 2.0, 3.0]
    assert not read(tmp_path / "lone.npy").refused


def test_further_arrays_of_every_kind_are_kept_or_left_out_with_a_note(tmp_path: Path) -> None:
    further = {
        "day": np.array(["2024-01-01"] * 4, "datetime64[D]"), "month": np.array(["2024-01"] * 4, "datetime64[M]"),
        "hours": np.array([3] * 4, "timedelta64[h]"), "half": np.ones(4, np.float16), "text": np.array(["a"] * 4),
        "words": np.array([b"a"] * 4), "truth": np.ones(4, bool),
    }  # fmt: skip
    left_out = {
        "complex": np.ones(4, complex),
        "void": np.zeros(4, "i4,f4"),
        "table": np.zeros((4, 2)),
        "one": np.ones(1),
    }
    np.savez(tmp_path / "in.npz", x=pixels(4), y=np.array([b"cat", b"dog"] * 2), **further, **left_out)  # type: ignore[arg-type]
    dataset = read(tmp_path / "in.npz")
    assert labels(dataset) == ["cat", "dog"] * 2
    assert dataset.metadata is not None
    assert set(dataset.metadata.column_names) == {"image_id", *further}
    assert dataset.metadata["month"].to_pylist() == [dt.date(2024, 1, 1)] * 4
    for name in left_out:
        assert f"left out array {name!r}" in lines(dataset)


def test_names_of_classes_in_the_file_name_its_labels(tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", x=pixels(4), y=np.array([0, 1, 1, 0]), class_names=np.array(["cat", "dog"]))
    dataset = read(tmp_path / "in.npz")
    assert labels(dataset) == ["cat", "dog", "dog", "cat"]
    assert "as the input declares them: 'cat', 'dog'" in lines(dataset)


@pytest.mark.parametrize("labels_given", [np.array([1 + 2j, 3j]), np.zeros(2, "i4,f4"), np.eye(2), np.array([["a"]])])
def test_arrays_that_are_no_labels_are_refused_in_words(tmp_path: Path, labels_given: Any) -> None:
    np.savez(tmp_path / "in.npz", x=pixels(2), y=labels_given)
    with pytest.raises(BadInput, match=r"array of labels.*(--label-key|argmax)"):
        read(tmp_path / "in.npz")


def test_one_rgb_image_is_not_a_set_of_grey_ones(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", np.zeros((32, 32, 3), np.uint8))
    with pytest.raises(BadInput, match=r"one RGB image.*x\[None\]"):
        read(tmp_path / "one.npy")
