"""Which column of a file of predictions is which class: orders that the labels contradict, and headers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput, TwoReadings
from core.types import UNLABELLED
from tests.dataset.predictions.made import ANIMALS, Audit, audit_of, classes_of, perfect, table

# The order of classes

NUMBERED = (*(f"a{i}" for i in range(1, 12)), "Bee", "bee", "cow", "Dog")


@pytest.mark.parametrize("order", ["text", "case", "any"])
def test_an_array_in_another_order_of_classes_is_refused_with_both_agreements(tmp_path: Path, order: str) -> None:
    audit = audit_of(NUMBERED, each=4)
    columns = {
        "text": sorted(range(15), key=lambda c: NUMBERED[c]),
        "case": sorted(range(15), key=lambda c: (NUMBERED[c].casefold(), NUMBERED[c])),
        "any": np.random.default_rng(3).permutation(15).tolist(),
    }[order]
    np.save(tmp_path / "logits.npy", np.log(perfect(audit.labels, columns)) + 2)
    with pytest.raises(TwoReadings, match=r"of the labels agree.*100\.0%.*--class-order audit") as refused:
        audit.read(tmp_path / "logits.npy")
    option = next(option for _, option in refused.value.readings if "audit" not in option)
    if order == "any":
        read = audit.read(tmp_path / "logits.npy", classes=tuple(option.removeprefix("--classes ").split(",")))
    else:
        assert option == f"--class-order {order}"
        read = audit.read(tmp_path / "logits.npy", class_order=order)
    assert (classes_of(read, 60) == audit.labels).all()
    assert "100.0% of 60 labels agree" in read.said[1]


def test_two_orders_that_the_labels_cannot_tell_apart_are_both_named(tmp_path: Path) -> None:
    audit = audit_of(("a1", "a2", "a10"), each=1)
    np.save(tmp_path / "p.npy", perfect(audit.labels))
    (warned,) = audit.read(tmp_path / "p.npy").warned
    assert "cannot tell" in warned
    assert "--class-order text" in warned
    unlabelled = Audit(audit.classes, audit.keys, np.full(3, UNLABELLED))
    assert "without labels" in unlabelled.read(tmp_path / "p.npy").warned[0]
    assert not audit.read(tmp_path / "p.npy", class_order="audit").warned


def test_an_order_somebody_chose_is_kept_with_a_warning_where_another_agrees_better(tmp_path: Path) -> None:
    audit = audit_of(("a1", "a2", "a10"))
    np.save(tmp_path / "p.npy", perfect(audit.labels, [0, 2, 1]))
    read = audit.read(tmp_path / "p.npy", class_order="audit")
    assert "--class-order text" in read.warned[0]
    assert (classes_of(read, 24) != audit.labels).any()


def test_a_header_that_the_labels_contradict_is_warned_of_or_refused(tmp_path: Path) -> None:
    audit = audit_of(("a1", "a2", "a10"))
    file = table(tmp_path / "p.csv", audit, perfect(audit.labels), ("a1", "a10", "a2"))
    with pytest.raises(TwoReadings, match="--class-order header"):
        audit.read(file)
    assert (classes_of(audit.read(file, class_order="audit"), 24) == audit.labels).all()


def test_a_weak_model_s_order_is_not_called_wrong_by_chance(tmp_path: Path) -> None:
    audit, rng = audit_of(("a1", "a2", "a10"), each=40), np.random.default_rng(0)
    for _ in range(20):
        np.save(tmp_path / "p.npy", rng.dirichlet(np.ones(3), 120))
        assert audit.read(tmp_path / "p.npy").kind == "probabilities"


def test_classes_named_by_hand_have_to_be_the_audit_s(tmp_path: Path) -> None:
    audit = audit_of()
    np.save(tmp_path / "p.npy", perfect(audit.labels))
    for classes, fault in ((("cat", "dog"), "'eel'"), (("cat", "dog", "dog"), "twice"), (("cat", "dog", "x"), "'x'")):
        with pytest.raises(BadInput, match=fault):
            audit.read(tmp_path / "p.npy", classes=classes)
    with pytest.raises(BadInput, match="both say"):
        audit.read(tmp_path / "p.npy", classes=ANIMALS, class_order="audit")
    with pytest.raises(BadInput, match="does not name the classes"):
        audit.read(tmp_path / "p.npy", class_order="header")


# Headers


@pytest.mark.parametrize("pattern", ["prob_{}", "{}_prob", "p({})", "class {}", "P[{}]", "{}", " {} ", "logit.{}.x"])
@pytest.mark.parametrize("change", [str, str.upper])
def test_headers_that_hold_the_classes_names_are_matched_whatever_stands_around_them(
    tmp_path: Path, pattern: str, change: Callable[[str], str]
) -> None:
    audit = audit_of()
    names = tuple(change(pattern.format(name)) for name in ("eel", "cat", "dog"))
    read = audit.read(table(tmp_path / "p.csv", audit, perfect(audit.labels, [2, 0, 1]), names))
    assert (classes_of(read, 24) == audit.labels).all()
    assert "by name" in read.said[1]


@pytest.mark.parametrize(
    ("classes", "header"),
    [
        (("golden retriever", "fox-hound", "eel"), ("golden_retriever", "fox hound", "eel")),
        (("1", "2", "3"), ("1.0", "2.0", "3.0")),
    ],
)
def test_names_that_are_written_a_little_otherwise_are_matched_where_they_stay_different(
    tmp_path: Path, classes: tuple[str, ...], header: tuple[str, ...]
) -> None:
    audit = audit_of(classes)
    order = [1, 2, 0]
    file = table(tmp_path / "p.csv", audit, perfect(audit.labels, order), tuple(header[c] for c in order))
    assert (classes_of(audit.read(file), 24) == audit.labels).all()


def test_an_npz_array_of_class_names_is_the_header(tmp_path: Path) -> None:
    audit = audit_of(each=1)
    values = perfect(audit.labels, [2, 0, 1])
    np.savez(tmp_path / "p.npz", probs=values, class_names=np.array(["eel", "cat", "dog"]))
    assert classes_of(audit.read(tmp_path / "p.npz"), 3).tolist() == [0, 1, 2]
    np.savez(tmp_path / "q.npz", probs=values, classes=np.array(["eel", "cat"]))
    with pytest.raises(BadInput, match="3 columns and 2 names"):
        audit.read(tmp_path / "q.npz")


def test_two_sets_of_columns_are_asked_about(tmp_path: Path) -> None:
    audit = audit_of()
    both = np.hstack([perfect(audit.labels), perfect(audit.labels, [1, 2, 0])])
    names = (*(f"prob_{name}" for name in ANIMALS), *(f"other_{name}" for name in ANIMALS))
    file = table(tmp_path / "p.csv", audit, both, names)
    with pytest.raises(TwoReadings, match=r"--key 'prob_\*'"):
        audit.read(file)
    assert (classes_of(audit.read(file, key="prob_*"), 24) == audit.labels).all()


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("predicted", "confidence", "loss"), "none is named like a class.*--classes"),
        (("cat", "dog", "fish"), "no column for 'eel'"),
        (("prob_cat", "prob_dog", "prob_fish"), "no column for 'eel'"),
    ],
)
def test_tables_of_something_else_are_refused_in_words(tmp_path: Path, names: tuple[str, ...], reason: str) -> None:
    audit = audit_of()
    file = table(tmp_path / "p.csv", audit, perfect(audit.labels), names)
    with pytest.raises(BadInput, match=reason):
        audit.read(file)
    assert (classes_of(audit.read(file, classes=ANIMALS), 24) == audit.labels).all()


def test_a_column_of_text_where_a_class_should_be_is_named(tmp_path: Path) -> None:
    audit = audit_of()
    lines = ["key,cat,dog,eel", *(f"{key},90 %,0.05,0.05" for key in audit.keys)]
    (tmp_path / "p.csv").write_text("\n".join(lines))
    with pytest.raises(BadInput, match=r"'cat' of p\.csv holds no numbers"):
        audit.read(tmp_path / "p.csv")


@pytest.mark.parametrize("classes", [("1", "2", "3"), ("0", "1", "2"), ("7", "07", "70")])
def test_a_first_line_of_numbers_that_names_the_classes_is_a_header(tmp_path: Path, classes: tuple[str, ...]) -> None:
    audit = audit_of(classes)
    order = [2, 0, 1]
    lines = [",".join(classes[c] for c in order), *(",".join(map(str, row)) for row in perfect(audit.labels, order))]
    (tmp_path / "p.csv").write_text("\n".join(lines))
    assert (classes_of(audit.read(tmp_path / "p.csv"), 24) == audit.labels).all()


def test_a_first_line_of_numbers_is_values_where_all_lines_are_as_many_as_the_images(tmp_path: Path) -> None:
    audit = Audit(("0", "1"), ("a", "b", "c"), np.array([1, 0, 1]))
    (tmp_path / "p.csv").write_text("0,1\n1,0\n0,1\n")
    assert classes_of(audit.read(tmp_path / "p.csv"), 3).tolist() == [1, 0, 1]


def test_a_table_without_a_header_is_refused_for_its_first_line(tmp_path: Path) -> None:
    audit = audit_of()
    (tmp_path / "p.csv").write_text("\n".join(f"{key},0.9,0.05,0.05" for key in audit.keys))
    with pytest.raises(BadInput, match=r"first line of p\.csv is a row of values"):
        audit.read(tmp_path / "p.csv")
