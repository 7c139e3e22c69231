"""Files of vectors as people's programs write them: each is read as the same numbers, or refused in words."""

from __future__ import annotations

import pickle
import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
import torch

from core.dataset.vectors.classes_apart import ClassesApart
from core.dataset.vectors.files import read_vectors
from core.dataset.vectors.rows import VectorRows, as_stored, checked, in_image_order, rows_at_once
from core.dataset.vectors.texts import class_vectors, read_texts
from core.errors import BadInput
from core.types import UNLABELLED, Floats

N, D = 12, 5
VALUES = np.random.default_rng(0).normal(size=(N, D)).astype(np.float32)
IDS = [f"{i}.png" for i in range(N)]
NAMES = [f"f{i}" for i in range(D)]


def np_save(path: Path, values: Any = VALUES) -> None:
    with open(path, "wb") as file:
        np.save(file, values)


def wide(values: Any = VALUES) -> dict[str, Any]:
    return {name: values[:, i] for i, name in enumerate(NAMES)}


def arrow(path: Path, vectors: Any, **more: Any) -> None:
    pq.write_table(pa.table({"id": IDS, "embedding": vectors, **more}), path)


FLAT = pa.array(VALUES.ravel())
WRITTEN: dict[str, Callable[[Path], None]] = {
    "a.npy": np_save,
    "double.npy": lambda path: np_save(path, VALUES.astype(np.float64)),
    "big_endian.npy": lambda path: np_save(path, VALUES.astype(">f8")),
    "by_column.npy": lambda path: np_save(path, np.asfortranarray(VALUES)),
    "of_torch.npy": lambda path: np_save(path, torch.from_numpy(VALUES).numpy()),
    "no_ending": np_save,
    "a.npz": lambda path: np.savez(path, features=VALUES, labels=np.arange(N), id=IDS),
    "packed.npz": lambda path: np.savez_compressed(path, features=VALUES),
    "one_of_any_name.npz": lambda path: np.savez(path, arr_0=VALUES),
    "by_column.npz": lambda path: np.savez(path, x=np.asfortranarray(VALUES)),
    "lists.parquet": lambda path: pd.DataFrame({"id": IDS, "embedding": list(VALUES)}).to_parquet(path),
    "columns.parquet": lambda path: pd.DataFrame({"id": IDS, "label": 1, "area": 2.5, **wide()}).to_parquet(path),
    "unnamed.parquet": lambda path: pd.DataFrame(VALUES).rename(columns=str).to_parquet(path),
    "words.parquet": lambda path: pd.DataFrame(VALUES, columns=list("abcde")).to_parquet(path),
    "indexed.parquet": lambda path: pd.DataFrame(VALUES, index=IDS, columns=NAMES).to_parquet(path),
    "sorted.parquet": lambda path: pl.DataFrame(dict(reversed(list(wide().items())))).write_parquet(path),
    "polars.parquet": lambda path: pl.DataFrame({"id": IDS, "x": VALUES.tolist()}).write_parquet(path),
    "polars_array.parquet": lambda path: pl.DataFrame(
        {"id": IDS, "x": VALUES}, schema={"id": pl.String, "x": pl.Array(pl.Float32, D)}
    ).write_parquet(path),
    "category.parquet": lambda path: pd.DataFrame({"id": pd.Categorical(IDS), **wide()}).to_parquet(path),
    "fixed.parquet": lambda path: arrow(path, pa.FixedSizeListArray.from_arrays(FLAT, D)),
    "large.parquet": lambda path: arrow(path, pa.array(VALUES.tolist(), pa.large_list(pa.float64()))),
    "groups.parquet": lambda path: pq.write_table(pa.table(wide()), path, row_group_size=5),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_programs_write_is_read_as_the_same_numbers(name: str, tmp_path: Path) -> None:
    WRITTEN[name](tmp_path / name)
    rows = read_vectors(tmp_path / name)
    assert rows.shape == (N, D)
    np.testing.assert_array_equal(np.concatenate([as_stored(block) for block in rows.blocks()]), VALUES)
    if rows.names.ids is not None:
        assert rows.names.ids == tuple(IDS)


@pytest.mark.parametrize("name", ["id", "image_id", "Key"])
@pytest.mark.parametrize("kind", ["int32", "uint64", "float32", "float64", "Int64", "Float64", "str"])
def test_a_column_of_ids_is_none_of_the_vectors_whatever_its_numbers_are(name: str, kind: Any, tmp_path: Path) -> None:
    frame = pd.DataFrame({name: pd.Series(range(N)).astype(kind), "alpha": 0.5, "beta": 1.5})
    frame.to_parquet(tmp_path / "t.parquet")
    rows = read_vectors(tmp_path / "t.parquet")
    assert (rows.shape, rows.names.id_name, len(rows.names.ids or ())) == ((N, 2), name, N)
    if str(kind).startswith("float"):
        frame.loc[3, name] = None
        frame.to_parquet(tmp_path / "gap.parquet")
        with pytest.raises(BadInput, match="without an id: row 3"):
            read_vectors(tmp_path / "gap.parquet")


def test_half_precision_and_whole_numbers_are_kept_as_the_nearest_float32(tmp_path: Path) -> None:
    for kind in (np.float16, np.int8, np.uint8):
        values = (VALUES * 10).astype(kind)
        np_save(tmp_path / "a.npy", values)
        arrow(tmp_path / "a.parquet", list(values))
        for name in ("a.npy", "a.parquet"):
            (block,) = read_vectors(tmp_path / name).blocks()
            np.testing.assert_array_equal(as_stored(block), values.astype(np.float32))


class Traitor:
    """What would be run if anything were unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("unpickled"),))


def objects(path: Path) -> None:
    with open(path, "wb") as file:
        np.save(file, np.array([Traitor(), VALUES[0]], object), allow_pickle=True)


def zipped(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)


def cut(write: Callable[[Path], None], share: float) -> Callable[[Path], None]:
    def written(path: Path) -> None:
        write(path)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])

    return written


REFUSED: dict[str, tuple[Callable[[Path], object], Sequence[str]]] = {
    "one.npy": (lambda path: np_save(path, VALUES[:, 0]), ("shape (12,)", "no vector", "import-scores")),
    "thin.npy": (lambda path: np_save(path, VALUES[:, :1]), ("shape (12, 1)", "import-scores")),
    "deep.npy": (lambda path: np_save(path, VALUES[:, None]), ("shape (12, 1, 5)", "mean(axis=1)")),
    "number.npy": (lambda path: np_save(path, np.float32(1)), ("shape ()",)),
    "empty.npy": (lambda path: np_save(path, VALUES[:0]), ("no vectors",)),
    "wide.npy": (lambda path: np_save(path, np.zeros((1, 100_001), np.int8)), ("100,001", "PCA")),
    "words.npy": (lambda path: np_save(path, np.array([["a", "b"]])), ("no real numbers",)),
    "complex.npy": (lambda path: np_save(path, VALUES + 1j), ("complex", "no real numbers")),
    "truths.npy": (lambda path: np_save(path, VALUES > 0), ("bool", "no real numbers")),
    "bfloat.npy": (lambda path: np_save(path, np.zeros((2, 2), "V2")), ("bfloat16", "float()")),
    "records.npy": (lambda path: np_save(path, np.zeros(3, [("a", "f4"), ("b", "f4")])), ("its fields",)),
    "objects.npy": (objects, ("Python objects", "unpickled")),
    "ragged.npz": (lambda path: np.savez(path, features=np.array([[1, 2], [3]], object)), ("Python objects",)),
    "pickle.npy": (lambda path: path.write_bytes(pickle.dumps(Traitor())), ("pickle",)),
    "pickle.pkl": (lambda path: path.write_bytes(pickle.dumps(Traitor())), ("pickle", "np.save")),
    "torn.npy": (cut(np_save, 0.7), ("could not be read",)),
    "torn.npz": (cut(WRITTEN["a.npz"], 0.9), ("could not be read",)),
    "torn.parquet": (cut(WRITTEN["fixed.parquet"], 0.9), ("could not be read",)),
    "nothing.npy": (lambda path: path.write_bytes(b""), ("is empty",)),
    "table.csv": (lambda path: path.write_text("a,b\n1,2\n"), ("table of text", "to_parquet")),
    "table.npy": (lambda path: path.write_text("a,b\n1,2\n"), ("no file of vectors", "np.save")),
    "table.feather": (lambda path: pyarrow.feather.write_feather(pa.table(wide()), path), ("Arrow", "to_parquet")),
    "weights.pt": (lambda path: torch.save({"features": torch.zeros(3, 2)}, path), ("PyTorch checkpoint", "np.save")),
    "weights.npz": (lambda path: torch.save({"features": torch.zeros(3, 2)}, path), ("PyTorch checkpoint",)),
    "net.onnx": (lambda path: path.write_bytes(b"\x08\x07"), ("ONNX", "Run the model")),
    "vectors.h5": (lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n"), ("HDF5",)),
    "net.safetensors": (lambda path: path.write_bytes(b"8\0\0\0\0\0\0\0{}"), ("file of weights",)),
    "photos.zip": (lambda path: zipped(path, a__png=b"x"), ("zip file without arrays",)),
    "two.npz": (lambda path: np.savez(path, clip=VALUES, dino=VALUES), ("'clip' (12, 5)", "'dino'", "--key")),
    "usual.npz": (lambda path: np.savez(path, features=VALUES, embeddings=VALUES), ("--key",)),
    "uneven.npz": (lambda path: np.savez(path, features=VALUES, id=IDS[1:]), ("12 rows", "11 ids")),
    "lists.parquet": (lambda path: arrow(path, list(VALUES), other=list(VALUES)), ()),
    "several.parquet": (
        lambda path: pq.write_table(pa.table({"clip": list(VALUES), "dino": list(VALUES)}), path),
        ("several list columns", "'clip', 'dino'", "--key"),
    ),
    "sets.parquet": (
        lambda path: pq.write_table(pa.table({**wide(), **{f"g{i}": VALUES[:, 0] for i in range(3)}}), path),
        ("--key 'f*'", "--key 'g*'"),
    ),
    "gap.parquet": (lambda path: arrow(path, [*VALUES[1:].tolist(), None]), ("without a vector",)),
    "hole.parquet": (lambda path: arrow(path, [[1.0, None]] * N), ("without a number",)),
    "uneven.parquet": (lambda path: arrow(path, [[1.0, 2.0]] * 11 + [[1.0]]), ("differ in length: 1, 2",)),
    "nested.parquet": (lambda path: arrow(path, [[[1.0]]] * N), ("lists of",)),
    "words.parquet": (lambda path: pq.write_table(pa.table({"id": IDS, "name": IDS}), path), ("no vectors", "'name'")),
    "score.parquet": (lambda path: pq.write_table(pa.table({"id": IDS, "s": VALUES[:, 0]}), path), ("import-scores",)),
    "none.parquet": (lambda path: pq.write_table(pa.table({"embedding": pa.array([], pa.list_(pa.float32()))}), path),
                     ("0 rows",)),
    "no_id.parquet": (
        lambda path: pq.write_table(pa.table({"id": [*IDS[1:], None], "x": list(VALUES)}), path), ("without an id",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name, (_, said) in REFUSED.items() if said])
def test_what_are_no_vectors_is_refused_in_words_and_nothing_is_unpickled(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write, said = REFUSED[name]
    write(tmp_path / name)
    with pytest.raises(BadInput) as refused:
        checked(read_vectors(tmp_path / name).blocks(), name)
    assert name in str(refused.value)
    assert [words for words in said if words not in str(refused.value)] == []
    assert not (tmp_path / "unpickled").exists()


def test_of_several_the_one_that_is_named_is_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", clip=VALUES, dino=VALUES * 2, which=IDS)
    rows = read_vectors(tmp_path / "a.npz", key="dino", id_key="which")
    assert (rows.names.ids, rows.ignored) == (tuple(IDS), ("clip",))
    (block,) = rows.blocks()
    np.testing.assert_array_equal(block, VALUES * 2)
    pq.write_table(pa.table({**wide(), **{f"g{i}": VALUES[:, 0] for i in range(3)}}), tmp_path / "a.parquet")
    assert read_vectors(tmp_path / "a.parquet", key="g*").shape == (N, 3)
    for name in ("a.npz", "a.parquet"):
        with pytest.raises(BadInput, match="no 'nonesuch' for --key"):
            read_vectors(tmp_path / name, key="nonesuch")


@pytest.mark.parametrize(
    ("value", "said"),
    [(np.nan, "NaN"), (np.inf, "infinity"), (1e300, "beyond 32 bits"), (0.0, "zeros")],
)
def test_rows_that_cannot_be_used_are_named(value: float, said: str) -> None:
    values = VALUES.astype(np.float64)
    values[3] = value
    with pytest.raises(BadInput, match=f"1 rows .*{said}.*counted from 0: 3") as refused:
        checked([values[:2], values[2:]], "f.npy")
    assert "--id-key" in refused.value.hint
    assert checked([VALUES], "f").all_the_same is False
    assert checked([np.ones((3, 2)), np.ones((1, 2))], "f").all_the_same


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "groups.parquet"])
@pytest.mark.parametrize("row_of_image", [[0, 1, 2, 11], [5, -1, 4, 3, -1, 11], [2, 3, -1], [-1, -1]])
def test_rows_are_given_in_the_order_of_the_images_wherever_they_lie(
    name: str, row_of_image: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("arrays", "table", "rows"):
        monkeypatch.setattr(f"core.dataset.vectors.{module}.rows_at_once", lambda d: 2)
    WRITTEN[name](tmp_path / name)
    rows, wanted = read_vectors(tmp_path / name), np.array(row_of_image)
    found = list(in_image_order(rows, wanted, lambda: tmp_path / "scratch"))
    ids = [int(each) for block, _ in found for each in block]
    assert ids == np.flatnonzero(wanted >= 0).tolist()
    for block, vectors in found:
        assert len(block) <= 2
        np.testing.assert_array_equal(vectors, VALUES[wanted[block]])
    assert (tmp_path / "scratch").exists() == (row_of_image[0] == 5)


def test_a_block_is_a_few_megabytes_whatever_the_vectors_length() -> None:
    assert [rows_at_once(d) for d in (2, 512, 100_000)] == [8192, 2048, 10]


def vectors_of(rows: VectorRows) -> Floats:
    return np.concatenate([as_stored(block) for block in rows.blocks()])


CLASSES = ("cat", "T-shirt/top", "ankle_boot")
TEXTS = np.eye(3, 4, dtype=np.float32)
TEXT_FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "in_order.npy": (lambda path: np_save(path, TEXTS), "'cat' first and 'ankle_boot' last"),
    "named.npz": (lambda path: np.savez(path, classes=CLASSES, text_features=TEXTS), "'classes'"),
    "each.npz": (lambda path: np.savez(path, cat=TEXTS[0], ankle_boot=TEXTS[1], dog=TEXTS[2]), "each"),
    "table.parquet": (lambda path: pq.write_table(pa.table({"prompt": CLASSES, "x": list(TEXTS)}), path), "'prompt'"),
    "wide.parquet": (
        lambda path: pl.DataFrame({"class_name": CLASSES, **{f"d{i}": TEXTS[:, i] for i in range(4)}})
        .write_parquet(path), "'class_name'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXT_FILES)
def test_texts_are_read_with_their_names(name: str, tmp_path: Path) -> None:
    write, said = TEXT_FILES[name]
    write(tmp_path / name)
    texts, how = read_texts(tmp_path / name, CLASSES, 4)
    assert said in how
    np.testing.assert_array_equal(np.stack(list(texts.values())), TEXTS)
    assert next(iter(texts)) == "cat"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"texts": CLASSES, "x": np.eye(3)}, "have 3 numbers, and the images' 4"),
        ({"texts": ("cat", "cat", "dog"), "x": TEXTS}, "'cat' more than once"),
        ({"texts": CLASSES, "x": TEXTS * np.nan}, "NaN"),
        ({"x": np.ones((2, 4))}, "which text each of its 2 rows is"),
        ({"cat": np.ones(4), "dog": np.ones(5)}, "differ in length: 4, 5"),
    ],
)
def test_texts_that_cannot_be_used_are_refused(written: dict[str, Any], said: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", **written)
    with pytest.raises(BadInput, match=said):
        read_texts(tmp_path / "t.npz", CLASSES, 4)


def test_a_class_finds_its_text_by_name_or_in_a_prompt() -> None:
    texts = dict(zip(("a photo of a CAT.", "t-shirt/top", "Ankle Boot"), TEXTS, strict=True))
    assert list(class_vectors(texts, CLASSES)) == list(CLASSES)
    assert (
        class_vectors({**texts, "cat": TEXTS[1]}, CLASSES)["cat"].tolist() == TEXTS[1].tolist()
    )  # the name itself comes first
    assert "cat" not in class_vectors({**texts, "Cat": TEXTS[1]}, CLASSES)  # two that could be meant
    assert list(class_vectors(texts, ("cat", "Cat"))) == []  # one text and two classes


def test_the_share_between_classes_is_that_of_all_rows_at_once() -> None:
    """Worked by hand: x = 0, 2 (class 0) and 4, 6 (class 1): of the variance 20, 16 lies between; chance has 1/3."""
    labels = np.array([0, 1, 0, 1, UNLABELLED])
    for copies, worse in ((1, False), (5, False)):
        apart = ClassesApart(3, 1)
        for _ in range(copies):
            for rows in (slice(0, 2), slice(2, 5)):
                apart.add(np.array([[0.0], [4.0], [2.0], [6.0], [99.0]])[rows], labels[rows])
        assert apart.no_better_than_chance() == worse
    mixed = ClassesApart(2, 1)
    mixed.add(np.arange(20.0)[:, None], np.arange(20) % 2)
    assert mixed.no_better_than_chance()


def test_damage_behind_the_first_block_is_said_in_words(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(5000, 512)).astype(np.float32)
    np.savez(tmp_path / "a.npz", features=values)
    data = bytearray((tmp_path / "a.npz").read_bytes())
    data[-5000] ^= 1
    (tmp_path / "a.npz").write_bytes(data)
    with pytest.raises(BadInput, match="could not be read: Bad CRC"):
        vectors_of(read_vectors(tmp_path / "a.npz"))


def test_damaged_files_are_read_or_refused_in_words(tmp_path: Path) -> None:
    rng, started = np.random.default_rng(0), time.perf_counter()
    for name in ("a.npy", "a.npz", "packed.npz", "fixed.parquet", "columns.parquet"):
        WRITTEN[name](tmp_path / name)
        whole = (tmp_path / name).read_bytes()
        for _ in range(60):
            data = bytearray(whole)
            for place in rng.integers(0, len(data), 3):
                data[place] = rng.integers(0, 256)
            (tmp_path / name).write_bytes(bytes(data[: rng.integers(1, len(data) + 1)] if rng.random() < 0.3 else data))
            with suppress(BadInput):
                vectors_of(read_vectors(tmp_path / name))
    assert time.perf_counter() - started < 60
