"""Which row of a file of predictions is which image, what its numbers are, and files that hold none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.dataset.predictions.class_order import ORDERS
from core.dataset.predictions.numbers import KINDS
from core.errors import BadInput, TwoReadings
from core.types import Floats
from tests.dataset.predictions.made import ANIMALS, Audit, audit_of, classes_of, perfect, probabilities, table

# What the numbers are


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda p: np.clip(p * 1.1 + 0.05, 0, 1), "sigmoid"),
        (lambda p: np.where(p == p.max(axis=1, keepdims=True), p, 0), "top-k"),
        (lambda p: 100 * p, "percent"),
    ],
)
def test_numbers_that_could_be_two_things_are_asked_about(
    tmp_path: Path, make: Callable[[Floats], Floats], kind: str
) -> None:
    audit = audit_of()
    file = table(tmp_path / "p.csv", audit, make(perfect(audit.labels)), ANIMALS)
    with pytest.raises(TwoReadings, match=f"--kind {kind}"):
        audit.read(file)
    read = audit.read(file, kind=kind)
    assert read.kind == kind
    assert (classes_of(read, 24) == audit.labels).all()


def test_sigmoids_are_divided_by_their_sum_and_the_rest_of_the_best_classes_is_spread(tmp_path: Path) -> None:
    audit = Audit(ANIMALS, ("a", "b"), np.array([0, 1]))
    file = table(tmp_path / "s.csv", audit, np.array([[0.9, 0.3, 0.3], [0.1, 0.4, 0.0]]), ANIMALS)
    # 0.9 + 0.3 + 0.3 = 1.5 and 0.1 + 0.4 = 0.5
    np.testing.assert_allclose(
        probabilities(audit.read(file, kind="sigmoid"), 2), [[0.6, 0.2, 0.2], [0.2, 0.8, 0.0]], atol=1e-9
    )
    file = table(tmp_path / "t.csv", audit, np.array([[0.8, 0.0, 0.0], [0.3, 0.6, 0.0]]), ANIMALS)
    # 0.2 over two zeros, 0.1 over one: what was kept stays as it was
    np.testing.assert_allclose(
        probabilities(audit.read(file, kind="top-k"), 2), [[0.8, 0.1, 0.1], [0.3, 0.6, 0.1]], atol=1e-9
    )


@pytest.mark.parametrize(
    ("row", "kind", "fault"),
    [
        ([0.0, 0.0, 0.0], "sigmoid", "are all 0"),
        ([1.5, 0.2, 0.1], "sigmoid", "exceed 1"),
        ([0.9, 0.9, 0.0], "top-k", "sum to more than 1"),
        ([0.3, 0.2, 0.2], "top-k", "lack more to 1 than their zeros can have had"),
        (
            [0.3, 0.0, 0.0],
            "top-k",
            "lack more to 1 than their zeros can have had",
        ),  # 0.35 each would be above what was kept
        ([50.0, 20.0, 20.0], "percent", "do not sum to 100"),
        ([1e39, 0.0, 0.0], "logits", "are not finite in 32 bits"),
    ],
)
def test_rows_that_are_not_of_their_kind_are_refused_by_number(
    tmp_path: Path, row: list[float], kind: str, fault: str
) -> None:
    audit = Audit(ANIMALS, ("a", "b"), np.array([0, 1]))
    good = {"percent": [90.0, 5.0, 5.0]}.get(kind, [0.9, 0.1, 0.0])
    with pytest.raises(BadInput, match=f"1 rows of {kind} that {fault}, counted from 0: 1"):
        audit.read(table(tmp_path / "p.csv", audit, np.array([good, row]), ANIMALS), kind=kind)


def test_counts_of_votes_are_asked_about_and_decisions_are_warned_of(tmp_path: Path) -> None:
    audit = audit_of()
    np.save(tmp_path / "votes.npy", np.round(perfect(audit.labels) * 20))
    with pytest.raises(TwoReadings, match="sum to about 20"):
        audit.read(tmp_path / "votes.npy")
    np.save(tmp_path / "one.npy", np.eye(3)[audit.labels])
    assert "these are decisions" in audit.read(tmp_path / "one.npy").warned[0]
    np.save(tmp_path / "cosines.npy", perfect(audit.labels) - 0.2)
    assert "cosine similarities" in audit.read(tmp_path / "cosines.npy").warned[0]


# Ids


@pytest.mark.parametrize(
    ("keys", "ids", "how"),
    [
        (lambda c, i: f"{ANIMALS.index(c) * 8 + i:03d}", lambda key: str(int(key)), "zeros before a number"),
        (lambda c, i: f"{ANIMALS.index(c) * 8 + i:03d}", lambda key: f"{int(key)}.0", "zeros before a number"),
        (None, lambda key: f"./{key}", "kinds of slash"),
        (None, lambda key: key.replace("/", "\\"), "kinds of slash"),
        (None, lambda key: f"/home/ann/photos/{key}", "by the end of the path"),
        (None, lambda key: key.removesuffix(".png"), "without the file's ending"),
        (lambda c, i: f"in/{c}/{c}{i}.png", lambda key: key.rpartition("/")[2], "by the end of the path"),
        (lambda c, i: f"in/{c}/{c}{i}.png", lambda key: key.rpartition("/")[2][:-4], "without the file's ending"),
    ],
)
def test_ids_written_otherwise_find_their_images_where_that_is_unique(
    tmp_path: Path, keys: Callable[[str, int], str] | None, ids: Callable[[str], str], how: str
) -> None:
    audit = audit_of(keys=keys)
    shuffled = np.random.default_rng(1).permutation(24)
    names = tuple(ids(audit.keys[i]) for i in shuffled)
    read = audit.read(table(tmp_path / "p.csv", audit, perfect(audit.labels)[shuffled], ANIMALS, names))
    assert (classes_of(read, 24) == audit.labels).all()
    assert how in read.said[0]


def test_file_names_that_several_images_have_are_refused(tmp_path: Path) -> None:
    audit = audit_of()
    names = tuple(key.rpartition("/")[2] for key in audit.keys[:8])
    part = Audit(audit.classes, names, audit.labels)
    with pytest.raises(BadInput, match=r"'0\.png' in p\.csv fits 3 images: 'cat/0\.png', 'dog/0\.png'.*--by-order"):
        audit.read(table(tmp_path / "p.csv", part, perfect(audit.labels)[:8], ANIMALS))
    elsewhere = Audit(audit.classes, tuple(f"fish/{name}" for name in names), audit.labels)
    file = table(tmp_path / "p.csv", elsewhere, perfect(audit.labels)[:8], ANIMALS)
    with pytest.raises(BadInput, match="None of the 8 ids"):
        audit.read(file)


def test_a_count_that_starts_elsewhere_is_asked_about(tmp_path: Path) -> None:
    keys = tuple(str(i) for i in range(1, 25))
    audit = Audit(ANIMALS, keys, audit_of().labels)
    ids = tuple(str(i) for i in range(24))
    with pytest.raises(TwoReadings, match=r"count from 0 and the images' keys from 1.*--by-order"):
        audit.read(table(tmp_path / "p.csv", audit, perfect(audit.labels), ANIMALS, ids))


def test_keys_that_differ_in_zeros_alone_are_told_apart(tmp_path: Path) -> None:
    audit = Audit(ANIMALS, ("7", "007", "8"), np.array([0, 1, 2]))
    read = audit.read(table(tmp_path / "p.csv", audit, perfect(audit.labels), ANIMALS, ("007", "7", "08")))
    assert classes_of(read, 3).tolist() == [1, 0, 2]
    with pytest.raises(BadInput, match=r"'07' in p\.csv fits 2 images"):
        audit.read(table(tmp_path / "p.csv", audit, perfect(audit.labels), ANIMALS, ("07", "7", "8")))


def test_a_column_of_keys_under_any_name_is_used_and_never_passed_over(tmp_path: Path) -> None:
    audit = audit_of()
    shuffled = np.random.default_rng(1).permutation(24)
    frame = pd.DataFrame(perfect(audit.labels)[shuffled], columns=list(ANIMALS))
    frame.index = pd.Index([audit.keys[i] for i in shuffled])
    frame.to_csv(tmp_path / "p.csv")
    read = audit.read(tmp_path / "p.csv")
    assert (classes_of(read, 24) == audit.labels).all()
    assert "the column without a name" in read.said[0]
    frame.index = pd.Index([f"photo {i}" for i in shuffled], name="shot")
    frame.to_csv(tmp_path / "q.csv")
    with pytest.raises(BadInput, match=r"'shot' of q\.csv has another text in each row.*--by-order"):
        audit.read(tmp_path / "q.csv")


def test_row_numbers_of_pandas_out_of_order_are_asked_about(tmp_path: Path) -> None:
    audit = audit_of()
    frame = pd.DataFrame(perfect(audit.labels), columns=list(ANIMALS))
    frame.to_csv(tmp_path / "p.csv")
    assert (classes_of(audit.read(tmp_path / "p.csv"), 24) == audit.labels).all()
    frame.sample(frac=1, random_state=0).to_csv(tmp_path / "q.csv")
    with pytest.raises(TwoReadings, match=r"not in order.*--by-order"):
        audit.read(tmp_path / "q.csv")


def test_a_row_without_an_id_is_refused_by_number(tmp_path: Path) -> None:
    audit = audit_of()
    columns = {name: perfect(audit.labels)[:, i] for i, name in enumerate(ANIMALS)}
    pq.write_table(pa.table({"key": [None, *audit.keys[1:]], **columns}), tmp_path / "p.parquet")
    with pytest.raises(BadInput, match="row without an id: row 0"):
        audit.read(tmp_path / "p.parquet")


# Containers


@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.decimal128(5, 4)])
def test_numbers_of_any_precision_are_read(tmp_path: Path, kind: pa.DataType) -> None:
    audit = audit_of()
    columns = {name: pa.array(np.round(perfect(audit.labels)[:, i], 3)).cast(kind) for i, name in enumerate(ANIMALS)}
    pq.write_table(pa.table({"key": list(audit.keys), **columns}), tmp_path / "p.parquet")
    assert (classes_of(audit.read(tmp_path / "p.parquet"), 24) == audit.labels).all()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("m.onnx", b"\x08\x07", "an ONNX model, not a file of predictions.*hardlook import-predictions"),
        ("m.keras", b"", "a Keras model"),
        ("m.h5", b"\x89HDF\r\n\x1a\n", "a Keras or HDF5 file"),
        ("m.bin", b"\x89HDF\r\n\x1a\n", "a Keras or HDF5 file"),
        ("m.pt", b"", "a PyTorch checkpoint"),
        ("m.pkl", b"\x80", "a pickle"),
        ("p.csv", "key,cat\n".encode("utf-16"), "UTF-16"),
        ("p.csv", b"key;cat;dog;eel\na;0,9;0,05;0,05\n", "separated by semicolons"),
        ("p.csv", b"key\tcat\tdog\na\t1\t2\n", "separated by tabs.*name it .tsv"),
    ],
)
def test_other_files_are_called_what_they_are(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=reason):
        audit_of().read(tmp_path / name)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.zeros(24, int), "one number an image"),
        (np.zeros((24, 1)), "has 1 columns, and the audit has 3 classes"),
        (np.zeros((0, 3)), "holds no predictions"),
        (np.zeros((24, 3), complex), "type complex"),
        (np.zeros((24, 3), bool), "type bool"),
        (np.zeros((24, 3), "datetime64[s]"), "type datetime64"),
    ],
)
def test_arrays_that_are_no_predictions_are_refused(tmp_path: Path, values: Floats, reason: str) -> None:
    np.save(tmp_path / "p.npy", values)
    with pytest.raises(BadInput, match=reason):
        audit_of().read(tmp_path / "p.npy")


def test_the_command_s_choices_are_those_that_are_read() -> None:
    from core.cli.choices import ColumnOrder, PredictionKind

    assert tuple(kind.value for kind in PredictionKind) == KINDS
    assert tuple(order.value for order in ColumnOrder) == ORDERS
