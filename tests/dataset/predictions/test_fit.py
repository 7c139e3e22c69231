from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.dataset.aligned.rows import match_by_id, match_by_order
from core.dataset.predictions.class_columns import match_classes
from core.dataset.predictions.class_order import agreement_beyond_chance
from core.dataset.predictions.files import read_predictions
from core.dataset.predictions.numbers import refuse_bad_rows, row_facts, settle_kind, to_logits
from core.errors import BadInput

VALUES = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])


def test_an_npy_file_is_its_array(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", VALUES)
    found = read_predictions(tmp_path / "p.npy")
    np.testing.assert_array_equal(found.values, VALUES)
    assert (found.columns, found.ids) == (None, None)


def test_an_npz_file_s_arrays_are_found_by_their_usual_names_or_by_key(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", probs=VALUES, ids=np.array(["a", "b"]), other=np.zeros((2, 3)))
    assert read_predictions(tmp_path / "p.npz").ids == ("a", "b")
    assert not read_predictions(tmp_path / "p.npz", key="other").values.any()
    np.savez(tmp_path / "q.npz", first=VALUES, second=VALUES)
    with pytest.raises(BadInput, match=r"'first', 'second'.*--key"):
        read_predictions(tmp_path / "q.npz")
    with pytest.raises(BadInput, match="no 'third' for --key"):
        read_predictions(tmp_path / "q.npz", key="third")


def test_a_csv_file_has_columns_by_name_and_ids_stay_text(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,cat,dog,note\n007,0.9,0.1,x\n008,0.2,0.8,y\n")
    found = read_predictions(tmp_path / "p.csv")
    assert (found.columns, found.ids, found.ignored) == (("cat", "dog"), ("007", "008"), ("note",))
    np.testing.assert_array_equal(found.values, [[0.9, 0.1], [0.2, 0.8]])


@pytest.mark.parametrize(("header", "rows"), [("", 2), ("0,1,2\n", 2)])
def test_a_csv_file_without_a_header_loses_no_row(tmp_path: Path, header: str, rows: int) -> None:
    (tmp_path / "p.csv").write_text(header + "0.7,0.2,0.1\n0.1,0.1,0.8\n")
    np.testing.assert_array_equal(read_predictions(tmp_path / "p.csv").values, VALUES)


def test_the_index_that_pandas_writes_is_no_class(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(",a,b\n0,0.5,0.5\n1,0.4,0.6\n")
    assert read_predictions(tmp_path / "p.csv").columns == ("a", "b")


def test_parquet_has_columns_or_one_column_of_lists(tmp_path: Path) -> None:
    pq.write_table(pa.table({"key": ["x", "y"], "a": [0.5, 0.1], "b": [0.5, 0.9]}), tmp_path / "p.parquet")
    assert read_predictions(tmp_path / "p.parquet").columns == ("a", "b")
    pq.write_table(pa.table({"key": ["x", "y"], "probs": VALUES.tolist()}), tmp_path / "q.parquet")
    found = read_predictions(tmp_path / "q.parquet")
    np.testing.assert_array_equal(found.values, VALUES)
    assert (found.columns, found.ids) == (None, ("x", "y"))
    pq.write_table(pa.table({"probs": [[0.5, 0.5], [1.0]]}), tmp_path / "r.parquet")
    with pytest.raises(BadInput, match="differ in length: 1, 2"):
        read_predictions(tmp_path / "r.parquet")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("p.txt", b"1", r"Give one of: \.npy"),
        ("p.npy", b"nonsense", "could not be read"),
        ("p.npz", b"nonsense", "could not be read"),
        ("p.parquet", b"nonsense", "could not be read"),
        ("p.csv", b"id,cat\na,hello\n", "no columns of numbers"),
        ("p.csv", b"cat,cat\n1,2\n", "'cat' twice"),
        ("p.csv", b"", "could not be read"),
    ],
)
def test_files_that_hold_no_predictions_are_refused(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=reason):
        read_predictions(tmp_path / name)
    with pytest.raises(BadInput, match="There is no file"):
        read_predictions(tmp_path / "nothing.npy")


def test_arrays_of_another_shape_and_ids_of_another_length_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.zeros((2, 3, 4)))
    with pytest.raises(BadInput, match=r"shape \(2, 3, 4\)"):
        read_predictions(tmp_path / "p.npy")
    np.savez(tmp_path / "p.npz", probs=VALUES, ids=np.arange(3))
    with pytest.raises(BadInput, match="2 rows of predictions and 3 ids"):
        read_predictions(tmp_path / "p.npz")


def test_columns_find_their_classes_by_name_whatever_their_order() -> None:
    found = match_classes(("dog", "loss", "cat"), 3, ["cat", "dog"], "p.csv")
    assert (found.order.tolist(), found.how, found.ignored) == ([2, 0], "by name", ("loss",))


def test_columns_that_only_count_are_the_classes_in_order_if_there_are_as_many() -> None:
    assert match_classes(("p1", "p0"), 2, ["cat", "dog"], "p.csv").order.tolist() == [1, 0]
    assert match_classes(None, 2, ["cat", "dog"], "p.npy").how == "in the audit's order"
    with pytest.raises(BadInput, match="has 3 columns, and the audit has 2 classes: 'cat', 'dog'"):
        match_classes(None, 3, ["cat", "dog"], "p.npy")
    with pytest.raises(BadInput, match=r"no columns 'p_\*' for every class; it has 'prob_cat', 'prob_dog'"):
        match_classes(("prob_cat", "prob_dog"), 2, ["cat", "dog"], "p.csv", pattern="p_*")


def test_a_class_without_a_column_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="no column for 'eel'"):
        match_classes(("cat", "dog", "x"), 3, ["cat", "dog", "eel"], "p.csv")


def test_rows_find_their_images_by_id() -> None:
    found = match_by_id(["c", "a", "z"], ["a", "b", "c"], "p.csv")
    assert (found.rows.tolist(), found.unknown) == ([1, -1, 0], ("z",))
    with pytest.raises(BadInput, match="1 ids more than once: 'a'"):
        match_by_id(["a", "a"], ["a"], "p.csv")
    with pytest.raises(BadInput, match=r"None of the 2 ids .* like '0', '1', .* like 'x/a', 'x/b'.*--by-order"):
        match_by_id(["0", "1"], ["x/a", "x/b"], "p.csv")


def test_rows_go_by_order_only_if_there_are_as_many_as_images() -> None:
    assert match_by_order(2, ["a", "b"], "p.npy").rows.tolist() == [0, 1]
    with pytest.raises(BadInput, match="3 rows and the audit 2 images"):
        match_by_order(3, ["a", "b"], "p.npy")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([[0.7, 0.3], [0.0, 1.0]], "probabilities"),
        ([[0.7, 0.299], [0.502, 0.5]], "probabilities"),  # rounded
        ([[0.7, 0.3], [0.5, 0.5], [0.9, 0.4]], "probabilities"),  # with one bad row, refused later
        ([[2.0, -1.0], [0.5, 0.1]], "logits"),
        ([[5.0, 3.0], [1.0, 9.0]], "logits"),
    ],
)
def test_the_kind_is_seen_from_the_rows(values: list[list[float]], kind: str) -> None:
    assert settle_kind(row_facts(np.array(values)), "auto") == kind


def test_per_cent_do_not_pass_for_logits_unless_one_says_so() -> None:
    facts = row_facts(100 * VALUES)
    with pytest.raises(BadInput, match="per cent"):
        settle_kind(facts, "auto")
    assert settle_kind(facts, "logits") == "logits"


@pytest.mark.parametrize(
    ("row", "fault"), [([np.nan, 0.5], "not finite"), ([1.2, -0.2], "negative"), ([0.6, 0.6], "do not sum to 1")]
)
def test_bad_rows_are_refused_by_number(row: list[float], fault: str) -> None:
    values = np.array([[0.5, 0.5], row, [1.0, 0.0], row])
    with pytest.raises(BadInput, match=rf"2 rows of probabilities that .*{fault}.*: 1, 3\."):
        refuse_bad_rows(row_facts(values), "probabilities", "p.npy")
    logits = row_facts(np.array([[np.inf, 0.0], [1.0, 2.0]]))
    with pytest.raises(BadInput, match="1 rows of logits that are not finite"):
        refuse_bad_rows(logits, "logits", "p.npy")


def test_a_softmax_gives_probabilities_back() -> None:
    logits = to_logits(VALUES, "probabilities")
    np.testing.assert_allclose(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), VALUES)
    assert np.isfinite(to_logits(np.array([[1.0, 0.0]]), "probabilities")).all()


def test_agreement_beyond_chance_is_cohen_s_kappa() -> None:
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 200)
    predicted = np.where(rng.random(200) < 0.6, labels, rng.integers(0, 4, 200))
    assert agreement_beyond_chance(predicted, labels, 4) == pytest.approx(cohen_kappa_score(predicted, labels))
    assert agreement_beyond_chance(np.zeros(3, int), np.zeros(3, int), 2) == 1.0
