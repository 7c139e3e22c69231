"""Files of a folder of shards: a byte that is not as it was written is refused, and never read as another value."""

from __future__ import annotations

import json
import os
import random
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import Unreadable
from core.files.arrow import BROKEN_TABLE
from core.pipeline.shards.stage import read_part, write_part
from core.pipeline.shards.stored.arrays import read_arrays
from core.pipeline.shards.stored.header import FORMAT, NewerHeader, header_of, header_text, read_header
from core.pipeline.shards.stored.records import PAGE, RecordFile, open_records, write_records
from core.pipeline.shards.stored.spec import read_spec, spec_text
from core.pipeline.shards.stored.tables import read_table, write_table
from core.store.writer import to_arrow

ROWS = np.dtype([("row", np.int64), ("cluster", np.int32), ("vector", np.float32, (32,))])


PLACE = "embed-0123456789ab/part-00000"
"""Where a file lies, without its ending."""


def refuse(what: str) -> NoReturn:
    raise ValueError(what)


def table() -> pa.Table:
    rng = np.random.default_rng(0)
    return pa.table({
        "vector": to_arrow(rng.normal(size=(9, 6)).astype(np.float32)), "reason": pa.array([None, "torn"] + [None] * 7),
        "n": np.arange(9), "which": pa.array([True, False, None] * 3), "many": pa.array([[1, 2], []] + [None] * 7),
    })  # fmt: skip


def arrays() -> dict[str, Any]:
    return {"sizes": np.arange(7), "names": np.array(["a", "bc"]), "one": np.array(0.5), "none": np.zeros((0, 3))}


def records(n: int = 100) -> Any:
    made = np.zeros(n, ROWS)
    made["row"], made["cluster"] = np.arange(n), np.arange(n) // 7
    made["vector"] = np.random.default_rng(0).normal(size=(n, 32))
    return made


def header() -> dict[str, Any]:
    return header_of({
        "source": "/a", "identity": "0a", "rows": 10, "images": 25, "classes": ["blue", "red"],
        "options": {"pixel_range": [0, 4095.5]}, "refused": 1, "found": 26, "roots": ["/a/photos"],
        "splits": {"train": 25}, "labelled": {"train": 20}, "notes": ["a note"],
        "understood": [["layout", "of class", "--layout"]], "passed_over": [["no image", 2, "notes.txt"]],
        "items": ["0" * 16, "1" * 16, "2" * 16],
    })  # fmt: skip


def flipped(content: bytes, seed: int = 0) -> Iterator[bytes]:
    """The content with one bit flipped, of each byte in turn."""
    rng = random.Random(seed)
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << rng.randrange(8)
        yield bytes(damaged)


def as_table(content: bytes, _: Path) -> Any:
    found = read_table(BytesIO(content), f"{PLACE}.parquet")
    return found.schema, found.to_pydict()


def as_arrays(content: bytes, _: Path) -> Any:
    return {
        name: (one.dtype, one.shape, one.tobytes())
        for name, one in read_arrays(BytesIO(content), f"{PLACE}.npz").items()
    }


def as_records(content: bytes, file: Path) -> Any:
    file.unlink(missing_ok=True)
    file.write_bytes(content)
    found = np.asarray(open_records(file, f"{PLACE}.npy", refuse))
    return found.dtype, found.shape, found.tobytes()


READERS: dict[str, tuple[Callable[[], Any], Callable[[bytes, Path], Any]]] = {
    ".parquet": (table, as_table), ".npz": (arrays, as_arrays), ".npy": (records, as_records),
}  # fmt: skip


def written(folder: Path, ending: str) -> bytes:
    """The file of a part of that ending."""
    file = folder / f"{PLACE}{ending}"
    file.parent.mkdir(exist_ok=True)
    write_part(file, READERS[ending][0]())
    return file.read_bytes()


@pytest.mark.parametrize("ending", READERS)
def test_a_part_in_the_place_of_another_is_refused(tmp_path: Path, ending: str) -> None:
    content = written(tmp_path, ending)
    for place in ("embed-0123456789ab/part-00001", "embed-123456789abc/part-00000"):
        other = tmp_path / f"{place}{ending}"
        other.parent.mkdir(exist_ok=True)
        other.write_bytes(content)
        with pytest.raises(Unreadable, match=f"it was not written as {place}{ending}, but as another file"):
            read_part(other)
    elsewhere = tmp_path / "copied" / f"{PLACE}{ending}"
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_bytes(content)
    read_part(elsewhere)


@pytest.mark.parametrize("ending", READERS)
def test_no_flipped_bit_of_a_part_is_read_as_another_value(tmp_path: Path, ending: str) -> None:
    _, read = READERS[ending]
    content = written(tmp_path, ending)
    whole = read(content, tmp_path / "whole")
    refused = 0
    for damaged in flipped(content):
        try:
            assert read(damaged, tmp_path / "damaged") == whole
        except BROKEN_TABLE:
            refused += 1
    assert refused > len(content) / 2


@pytest.mark.parametrize("ending", READERS)
def test_a_part_has_the_same_bytes_each_time_and_what_is_left_of_it_is_refused(tmp_path: Path, ending: str) -> None:
    _, read = READERS[ending]
    content = written(tmp_path, ending)
    assert written(tmp_path, ending) == content
    rng = random.Random(0)
    cut = [content[: rng.randrange(len(content))] for _ in range(60)]
    for damaged in (b"", *cut, content + b"more", content[len(content) // 2 :], rng.randbytes(5000)):
        with pytest.raises(BROKEN_TABLE):
            read(damaged, tmp_path / "damaged")


def test_parts_that_an_earlier_version_wrote_without_checksums_are_read(tmp_path: Path) -> None:
    pq.write_table(table(), tmp_path / "a.parquet")
    np.savez(tmp_path / "a.npz", **arrays())
    np.save(tmp_path / "a.npy", records())
    assert read_part(tmp_path / "a.parquet").equals(table())
    assert read_part(tmp_path / "a.npz").keys() == arrays().keys()
    assert np.array_equal(read_part(tmp_path / "a.npy")[3:5], records()[3:5])
    np.save(tmp_path / "none.npy", records(0))
    assert len(read_part(tmp_path / "none.npy")) == 0


def test_other_programs_read_parts_with_checksums(tmp_path: Path) -> None:
    write_table(table(), tmp_path / "a.parquet", f"{PLACE}.parquet")
    write_records(records(), tmp_path / "a.npy", f"{PLACE}.npy")
    assert pq.read_table(tmp_path / "a.parquet").equals(table())
    with duckdb.connect() as connection:
        (found,) = connection.execute("SELECT sum(n) FROM read_parquet(?)", [str(tmp_path / "a.parquet")]).fetchall()
    assert found == (36,)
    assert np.array_equal(np.load(tmp_path / "a.npy"), records())
    assert np.array_equal(np.load(tmp_path / "a.npy", mmap_mode="r"), records())


# records, of which slices are read


def damaged_records(file: Path, row: int) -> RecordFile:
    """Records of which one row is damaged."""
    write_records(records(), file, f"{PLACE}.npy")
    content = bytearray(file.read_bytes())
    first = content.index(records()[0].tobytes())
    content[first + row * ROWS.itemsize + 8] ^= 1  # its cluster
    file.write_bytes(content)
    return open_records(file, f"{PLACE}.npy", refuse)


def test_rows_beside_a_damaged_page_are_read_and_those_on_it_refused(tmp_path: Path) -> None:
    found = damaged_records(tmp_path / "a.npy", 90)
    assert np.array_equal(found[:20], records()[:20])
    assert len(found[95:95]) == 0
    for where in (slice(90, 91), slice(89, 100), slice(None)):
        with pytest.raises(ValueError, match="not those that were written"):
            _ = found[where]


@pytest.mark.parametrize("told", [-1, 10**6])
def test_a_place_that_a_damaged_row_led_to_is_refused(tmp_path: Path, told: int) -> None:
    n, size, file = 4000, ROWS.itemsize, tmp_path / "a.npy"
    made = records(n)
    write_records(made, file, f"{PLACE}.npy")
    content = file.read_bytes()
    first, places = content.index(made[0].tobytes()), {0: 0, 3: 21, 500: 3500, 571: 3997, 999: n}
    assert [open_records(file, f"{PLACE}.npy", refuse).first_from("cluster", value) for value in places] == [
        *places.values()
    ]
    refused = 0
    for row in (2000, 3000, 3500, 3750):  # some of those that are looked at
        at = first + row * size + 8  # its cluster
        file.write_bytes(content[:at] + told.to_bytes(4, "little", signed=True) + content[at + 4 :])
        found = {value: place_or_none(file, value) for value in places}
        assert all(place in (places[value], None) for value, place in found.items())
        refused += list(found.values()).count(None)
    assert refused


def place_or_none(file: Path, value: int) -> int | None:
    try:
        return open_records(file, f"{PLACE}.npy", refuse).first_from("cluster", value)
    except ValueError:
        return None


def test_a_page_is_hashed_once_however_often_its_rows_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_records(records(), tmp_path / "a.npy", f"{PLACE}.npy")
    found = open_records(tmp_path / "a.npy", f"{PLACE}.npy", refuse)
    _ = found[:]
    monkeypatch.setattr("core.pipeline.shards.stored.records.digest", None)
    for start in range(0, 100, 7):
        assert np.array_equal(found[start : start + 9], records()[start : start + 9])
    assert (tmp_path / "a.npy").stat().st_size > 2 * PAGE


# shards.json


def refused_header(file: Path) -> str:
    """What a header is refused with; "" where it says what was written, whether or not it has its digest."""
    whole = {name: value for name, value in header().items() if name != "digest"}
    try:
        assert {name: value for name, value in read_header(file, "shards").items() if name in whole} == whole
    except Unreadable as error:
        return str(error)
    return ""


def test_a_header_that_says_anything_else_than_was_written_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "shards.json"
    text = header_text(header())
    file.write_text(text)
    assert read_header(file, "shards") == header()
    for damaged in flipped(text.encode()):
        file.write_bytes(damaged)
        said = refused_header(file)
        assert said == "" or f"{file} cannot be read" in said
        assert said == "" or "Update Hardlook" in said or "hardlook shard PATH --to shards" in said


def test_a_header_that_an_earlier_version_wrote_is_held_against_its_fingerprint(tmp_path: Path) -> None:
    file = tmp_path / "shards.json"
    earlier = {name: value for name, value in header().items() if name not in ("digest", "labelled", "roots")}
    file.write_text(json.dumps(earlier))
    assert read_header(file, "shards") == earlier
    for changed in ({"classes": ["blue", "rot"]}, {"items": ["3" * 16] * 3}, {"options": {"pixel_range": "each"}}):
        file.write_text(json.dumps({**earlier, **changed}))
        with pytest.raises(Unreadable, match="fingerprint"):
            read_header(file, "shards")


NESTED = "[" * 20_000 + "]" * 20_000
WRONG: tuple[Any, ...] = (None, 5, -1, 0.5, True, "x", [], {}, [None], [[]], {"a": None}, {"": []}, "\ud800", 10**30)


@pytest.mark.parametrize("key", [name for name in header() if name != "digest"])
def test_a_header_with_a_value_of_another_type_is_refused_in_words(tmp_path: Path, key: str) -> None:
    file = tmp_path / "shards.json"
    earlier = {name: value for name, value in header().items() if name != "digest"}
    written = [json.dumps({**earlier, key: value}) for value in WRONG]
    written.append(json.dumps({name: value for name, value in earlier.items() if name != key}))
    for_here = (NESTED, "9" * 5000, "1e999", "NaN", '{"a": ' * 30 + "1" + "}" * 30)
    written += [json.dumps({**earlier, key: "HERE"}).replace('"HERE"', raw) for raw in for_here]
    refused = 0
    for text in written:
        file.write_text(text)
        try:
            found = read_header(file, "shards")
        except Unreadable:
            refused += 1
        else:
            json.dumps(found)
    assert refused >= (2 if key in ("found", "refused", "labelled", "roots", "notes", "passed_over", "source") else 10)


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", NESTED, "\xff", '{"format": "1"}', '{"format": null}'])
def test_a_file_that_is_no_header_is_refused_in_words(tmp_path: Path, text: str) -> None:
    file = tmp_path / "shards.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(Unreadable, match=r"shards\.json cannot be read"):
        read_header(file, "shards")


def test_a_header_of_a_newer_format_is_said_to_be_so(tmp_path: Path) -> None:
    file = tmp_path / "shards.json"
    file.write_text(json.dumps({"format": FORMAT + 1, "shards": {}}))
    with pytest.raises(NewerHeader, match=r"format 2.*Update Hardlook"):
        read_header(file, "shards")


def test_what_would_be_waited_for_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "shards.json")
    with pytest.raises(Unreadable, match="it is a named pipe"):
        read_header(tmp_path / "shards.json", "shards")
    with pytest.raises(ValueError, match="it is a named pipe"):
        read_spec(tmp_path / "shards.json")


# stage.json


@pytest.mark.parametrize("key", ["kind", "inputs", "parameters"])
def test_a_stage_with_a_value_of_another_type_is_refused_in_words(tmp_path: Path, key: str) -> None:
    file = tmp_path / "stage.json"
    sound = json.loads(spec_text("embed", {"ingest": "ingest-0"}, {"encoder": "given", "layers": [1, 2]}))
    file.write_text(json.dumps(sound))
    assert read_spec(file) == sound
    more: tuple[Any, ...] = ({"a": "../b"}, {"a": "b/c"}, {"a": ".."}, {"a": ""}, {"a": "x" * 300}, "a/b", "-", 3)
    written = [json.dumps({**sound, key: value}) for value in (*WRONG, *more)]
    written += [json.dumps({**sound, key: "HERE"}).replace('"HERE"', raw) for raw in (NESTED, "9" * 5000)]
    refused = 0
    for text in written:
        file.write_text(text)
        try:
            assert read_spec(file)[key] is not None
        except ValueError:
            refused += 1
    assert refused >= len(WRONG) - 3


def test_a_shape_that_memory_does_not_hold_is_damage_and_takes_none(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        header = BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 50,)})
        archive.writestr("a.npy", header.getvalue())
    with pytest.raises(Unreadable, match="by its header"):
        read_part(tmp_path / "a.npz")
