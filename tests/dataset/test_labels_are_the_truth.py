"""A writer of random labels, containers and splits whose truth is known: it is read, or refused with both readings.

The truth is what was meant when the file was written; nothing here calls the code that reads it.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.dataset import Dataset
from core.errors import TwoReadings
from tests.dataset.inputs import accounted, picture, read

N = 8
WORDS = (
    "cat",
    "dog",
    "NA",
    "null",
    "None",
    "nan",
    "True",
    "1e5",
    "007",
    "7",
    "inf",
    "2024-05-01",
    "Käse",
    "猫",
    "a b",
    "-",
)
SPLIT_WORDS = {
    "train": "train", "Train": "train", "TRAINING": "train", "val": "val", "Validation": "val", "dev": "val",
    "valid": "val", "test": "test", "TEST": "test", "eval": "test",
}  # fmt: skip
SPLIT_COLUMNS = ("split", "Split", "SUBSET", "data set", "phase", "fold", "partition")
PICTURES = [picture(i) for i in range(N)]


@dataclass
class Meant:
    """What was written. labels: as cells; truth: the class of each by name, None for none; one of `either` is right."""

    labels: list[Any]
    truth: Sequence[str | None]
    options: dict[str, Any] = field(default_factory=dict)
    either: list[Sequence[str | None]] = field(default_factory=list)
    said: str = ""


@st.composite
def meanings(draw: st.DrawFn) -> Meant:
    kind = draw(st.sampled_from(("words", "numbers", "floats", "grades", "positions", "attribute", "truth")))
    if kind == "words":
        words = draw(st.lists(st.sampled_from(WORDS), min_size=N, max_size=N))
        return Meant(list(words), list(words))
    if kind == "numbers":
        numbers = draw(st.lists(st.integers(0, 12), min_size=N, max_size=N))
        return Meant(list(numbers), [str(one) for one in numbers])
    if kind == "floats":
        floats = draw(st.lists(st.sampled_from((0.0, 1.0, 2.0, None)), min_size=N, max_size=N))
        return Meant(list(floats), [None if one is None else str(int(one)) for one in floats])
    if kind == "grades":
        grades = draw(st.lists(st.integers(0, 5), min_size=N, max_size=N))
        as_names = [str(one) if one else None for one in grades]
        as_places = [str(one + 1) if one < 5 else None for one in grades]
        classes = {"classes": ("1", "2", "3", "4", "5")}
        return Meant(list(grades), as_names, classes, [as_names, as_places], said="")
    if kind == "positions":
        places = draw(st.lists(st.integers(0, 2), min_size=N, max_size=N))
        return Meant(list(places), ["abc"[one] for one in places], {"classes": ("a", "b", "c")})
    if kind == "attribute":
        signs = draw(st.lists(st.sampled_from((-1, 0, 1, 2)), min_size=N, max_size=N))
        as_class = [str(one) for one in signs]
        as_none = [None if one == -1 else str(one) for one in signs]
        return Meant(list(signs), as_class, {}, [as_class, as_none], said="-1" if -1 in signs else "")
    truths = draw(st.lists(st.booleans(), min_size=N, max_size=N))
    return Meant(list(truths), [str(one) for one in truths])


def write_table(folder: Path, columns: dict[str, list[Any]], mark: str, encoding: str, ending: str) -> Path:
    path = folder / f"in.{ending}"
    with open(path, "w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, delimiter=mark)
        writer.writerow(columns)
        writer.writerows(["" if one is None else one for one in row] for row in zip(*columns.values(), strict=True))
    return path


def write_lines(folder: Path, columns: dict[str, list[Any]], ending: str, *, array: bool) -> Path:
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    path = folder / f"in.{ending}"
    path.write_text(json.dumps(rows) if array else "\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def write_parquet(folder: Path, columns: dict[str, list[Any]], how: str, *, images: bool) -> Path:
    if images:
        columns = {name: values for name, values in columns.items() if name != "path"}
        columns["image"] = [{"bytes": one, "path": f"{i}.png"} for i, one in enumerate(PICTURES)]
    path = folder / "IN.PARQUET"
    if how == "polars":
        pl.DataFrame(columns).write_parquet(path)
        return path
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    if how == "large":
        texts = [field.with_type(pa.large_string()) if field.type == pa.string() else field for field in table.schema]
        table = table.cast(pa.schema(texts))
    if how == "category":
        table = pa.table({
            name: one.combine_chunks().dictionary_encode() if one.type == pa.string() else one
            for name, one in zip(table.column_names, table.columns, strict=True)
        })  # fmt: skip
    pq.write_table(table, path)
    return path


def write_arrays(folder: Path, columns: dict[str, list[Any]]) -> Path:
    split = next((name for name in columns if name not in ("path", "label")), "")
    label = np.array([np.nan if one is None else one for one in columns["label"]])
    arrays = {"x": np.stack([np.full((8, 8, 3), 9 * i, np.uint8) for i in range(N)]), "y": label}
    if split:
        arrays["split"] = np.array(columns[split])
    np.savez(folder / "in.npz", **arrays)  # type: ignore[arg-type]
    return folder / "in.npz"


@st.composite
def containers(draw: st.DrawFn) -> Callable[[Path, dict[str, list[Any]]], Path]:
    kind = draw(st.sampled_from(("table", "lines", "parquet", "images", "arrays")))
    if kind == "table":
        mark = draw(st.sampled_from((",", ";", "\t", "|")))
        encoding = draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-16-le")))
        ending = draw(st.sampled_from(("csv", "CSV", "tsv")))
        return lambda folder, columns: write_table(folder, columns, mark, encoding, ending)
    if kind == "lines":
        ending, array = draw(st.sampled_from(("jsonl", "JSONL", "ndjson", "json"))), draw(st.booleans())
        return lambda folder, columns: write_lines(folder, columns, ending, array=array)
    if kind == "arrays":
        return write_arrays
    how = draw(st.sampled_from(("arrow", "large", "category", "polars")))
    return lambda folder, columns: write_parquet(folder, columns, how, images=kind == "images")


def splits_of(words: Sequence[str] | None) -> list[str]:
    return [SPLIT_WORDS[word] for word in words] if words else ["train"] * N


@pytest.fixture(scope="module")
def pictures_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for i, data in enumerate(PICTURES):
        (folder / f"{i}.png").write_bytes(data)
    return folder


def read_or_refused(source: Path, **options: Any) -> Dataset | TwoReadings:
    try:
        return read(source, **options)
    except TwoReadings as error:
        return error


def check(
    pictures_folder: Path, meant: Meant, container: Callable[[Path, dict[str, list[Any]]], Path], column: str,
    words: list[str] | None,
) -> None:  # fmt: skip
    columns: dict[str, list[Any]] = {"path": [f"{i}.png" for i in range(N)], "label": meant.labels}
    if words:
        columns[column] = ["train", *words[1:]]
    with tempfile.TemporaryDirectory() as folder:
        source = container(Path(folder), columns)
        dataset = read_or_refused(source, roots=(str(pictures_folder),), **meant.options)
    if isinstance(dataset, TwoReadings):
        assert len(dataset.readings) == 2
        assert meant.either
        return
    order = {key: row for row, key in enumerate(dataset.images["key"].to_pylist())}
    assert accounted(dataset)
    rows = [order.get(name, order.get(str(i))) for i, name in enumerate(columns["path"])]
    label, split = dataset.images["label"].to_pylist(), dataset.images["split"].to_pylist()
    got = [None if row is None or label[row] is None else dataset.classes[label[row]] for row in rows]
    refused = [row is None for row in rows]
    assert got in (meant.either or [meant.truth])
    assert not any(refused) or meant.either
    classes = meant.options.get("classes")
    assert dataset.classes == classes if classes else set(dataset.classes) == {one for one in got if one is not None}
    said = " ".join(line.text for line in dataset.understood)
    assert meant.said in said
    expected = splits_of(columns[column] if words else None)
    assert [None if row is None else split[row] for row in rows] == [
        None if gone else one for gone, one in zip(refused, expected, strict=True)
    ]


inputs = given(
    meant=meanings(), container=containers(), column=st.sampled_from(SPLIT_COLUMNS),
    words=st.none() | st.lists(st.sampled_from(tuple(SPLIT_WORDS)), min_size=N, max_size=N),
)  # fmt: skip
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@inputs
@settings(unhurried, max_examples=100)
def test_labels_and_splits_are_those_that_were_written(
    pictures_folder: Path, meant: Meant, container: Any, column: str, words: list[str] | None
) -> None:
    check(pictures_folder, meant, container, column, words)


@pytest.mark.slow
@inputs
@settings(unhurried, max_examples=2000)
def test_labels_and_splits_are_those_that_were_written_two_thousand_times(
    pictures_folder: Path, meant: Meant, container: Any, column: str, words: list[str] | None
) -> None:
    check(pictures_folder, meant, container, column, words)
