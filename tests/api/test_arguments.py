"""Every public function, and every kind of thing that people pass: taken alike, or refused in words.

The functions and their arguments are found by the public names, so that a new one is covered at once; a new argument
has to say below what it is made of.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
import torch

import core.api as hardlook
from core.errors import HardlookError

N, K, D = 60, 3, 5
RNG = np.random.default_rng(0)
CODES = np.arange(N) % K
TEXT = np.array(["cat", "dog", "eel"])[CODES]
FEATURES = (RNG.normal(size=(N, D)) + 4 * np.eye(K, D)[CODES]).astype(np.float32)
CONFIDENCE = RNG.random(N)
CORRECT = RNG.random(N) < CONFIDENCE

EXAMPLES: dict[str, Any] = {
    "features": FEATURES,
    "labels": CODES,
    "fit": np.arange(N) % 4 != 3,
    "confidence": CONFIDENCE,
    "correct": CORRECT,
    "difficulty": 1 - CONFIDENCE,
    "maps": RNG.normal(size=(4, N, 3, 2)),
    "images": RNG.normal(size=(N, 3, 8, 8)).astype(np.float32),
    "content_hashes": np.array([f"{row:032x}" for row in range(N)]),
    "splits": np.where(np.arange(N) % 4 != 3, "train", "test"),
}
"""Argument -> something right for it."""

SETTINGS: dict[str, tuple[Any, ...]] = {
    "probabilities": ("x", [[0.5, 0.6]], np.ones(3)),
    "pca": (0, -1, 1.5, "no", True, (3,)),
    "ridge": (10**400, -1.0, float("nan"), "small", None, True),
    "n_bins": (0, 2.5, "many", None, True),
    "binning": ("equal", 1, None),
    "level": (10**400, 0.0, 1.5, "most", None, True),
    "threshold": (10**400, 2.0, float("nan"), "near", None, True),
    "temperature": (10**400, 0.0, -1.0, "hot", None, True),
    "c": (10**400, 0.0, "some", None, True),
    "normalise": ("z", 1, None),
    "eq3": (1, "yes", None),
    "passes": (0, 1.5, "two", None, True),
    "seed": (-1, 0.5, "a", None, True),
    "device": (0, None, "tpu"),
    "windows": ("late", {"middle": 3}, {"middle": [1, 99]}, {"Middle": [1, 2]}),
    "classes": ("cat", ["cat", "cat", "eel"], ["cat"], [1, 2, 3], [["cat"], ["dog"]]),
    "model": (None, "resnet", 3),
    "checkpoints": (
        None,
        [],
        "ckpt",
        [{}, {}],
        [1, 2],
        ["nowhere.pt", "nowhere.pt"],
        ["a" * 300, "b"],
        ["a\0b", "b"],
        [{"weight": 1}] * 2,
    ),
    "scorer": (None, 3, "no such scorer"),
}
"""Argument that is no array -> values that are refused."""

TOGETHER = ("score", "audit", "open_audit")
"""Functions whose arguments depend on each other; they are tried by scorer, and where audits are made."""


def _network() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 8 * 8, K)).eval()


def _checkpoints() -> list[dict[str, Any]]:
    return [{name: value + 0.1 * step for name, value in _network().state_dict().items()} for step in range(3)]


def functions() -> list[str]:
    return [name for name in hardlook.__all__ if name not in TOGETHER and inspect.isfunction(getattr(hardlook, name))]


def arguments(name: str) -> dict[str, Any]:
    """Right values for all array arguments of a function, and for what else it must have."""
    found = {}
    for argument, parameter in inspect.signature(getattr(hardlook, name)).parameters.items():
        if argument in EXAMPLES:
            found[argument] = EXAMPLES[argument]
        elif parameter.default is parameter.empty:
            found[argument] = {"model": _network, "checkpoints": _checkpoints}[argument]()
    return found


def array_arguments() -> list[tuple[str, str]]:
    return [(name, argument) for name in functions() for argument in arguments(name) if argument in EXAMPLES]


def settings() -> list[tuple[str, str]]:
    return [
        (name, argument)
        for name in functions()
        for argument in inspect.signature(getattr(hardlook, name)).parameters
        if argument not in EXAMPLES
    ]


def same(one: Any, other: Any) -> None:
    """Two results are equal, whatever they are."""
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other)
    elif isinstance(one, pd.Series):
        pd.testing.assert_series_equal(one, other)
    elif isinstance(one, tuple):
        for left, right in zip(one, other, strict=True):
            same(left, right)
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other


def containers(value: np.ndarray[Any, Any]) -> Iterator[tuple[str, Any]]:
    """The same in everything that people hold arrays in."""
    yield "list", value.tolist()
    yield "tuple", tuple(value.tolist())
    yield "strided", np.repeat(value, 2, axis=0)[::2]
    read_only = value.copy()
    read_only.setflags(write=False)
    yield "read-only", read_only
    if value.dtype.kind != "U":
        yield "tensor", torch.tensor(value)
        yield "list of tensors", list(torch.tensor(value))
        yield "big-endian", value.astype(value.dtype.newbyteorder(">"))
    if value.dtype.kind == "f":
        yield "tensor with gradient", torch.tensor(value, requires_grad=True)
    if value.ndim == 1:
        yield "pandas", pd.Series(value, index=np.arange(len(value))[::-1])
        yield "polars", pl.Series(value.tolist())
        yield "arrow", pa.array(value.tolist())
        yield "chunked arrow", pa.chunked_array([pa.array(value[:7].tolist()), pa.array(value[7:].tolist())])
        yield "objects", value.astype(object)
        if value.dtype.kind in "ib":
            kind: Any = "Int64" if value.dtype.kind == "i" else "boolean"
            yield "pandas nullable", pd.Series(value.tolist(), dtype=kind)
        if value.dtype.kind == "U":
            yield "pandas category", pd.Series(value).astype("category")
    if value.ndim == 2:
        names = [f"f{column}" for column in range(value.shape[1])]
        yield "pandas frame", pd.DataFrame(value, columns=names)
        yield "polars frame", pl.DataFrame({name: value[:, i] for i, name in enumerate(names)})
        yield "arrow table", pa.table({name: value[:, i] for i, name in enumerate(names)})
        yield "column of vectors", pd.Series(list(value))
        yield "column of tensors with gradient", pd.Series([torch.tensor(row, requires_grad=True) for row in value])
        yield "polars column of vectors", pl.Series(value.tolist(), dtype=pl.List(pl.Float32))
        yield "arrow vectors", pa.FixedSizeListArray.from_arrays(pa.array(value.ravel()), value.shape[1])


def wrong(value: np.ndarray[Any, Any], argument: str) -> Iterator[tuple[str, Any]]:
    """Everything that cannot be meant."""
    number = value.dtype.kind == "f"
    if argument != "fit" and argument not in ("splits", "content_hashes", "labels"):
        yield "None", None
    yield "text", "abc"
    yield "bytes", b"abc"
    yield "a number", 3
    yield "an object", object()
    yield "a mapping", {"a": value}
    yield "a generator", (one for one in value)
    yield "a set", {1, 2}
    yield "empty", value[:0]
    yield "another length", value[:-1] if argument != "maps" else value[:1]
    yield "one dimension more", value[..., None, None]
    yield "complex", value.astype(complex) if value.dtype.kind != "U" else np.zeros(N, complex)
    yield "dates", np.full(value.shape, np.datetime64("2020-01-01"))
    yield "records", np.zeros(value.shape, [("a", int)])
    yield "bytes in rows", np.full(value.shape, b"a")
    yield "objects in rows", np.full(value.shape, object(), dtype=object)
    yield "a lazy frame", pl.LazyFrame({"a": [1]})
    yield "a type", int
    if value.ndim > 1:
        yield "ragged", [row[:1] if i else row for i, row in enumerate(value.tolist())]
        yield "ragged arrays", np.array([row[: 1 + i % 2] for i, row in enumerate(value)], dtype=object)
        yield "one row", value[0]
    if value.dtype.kind != "U" and argument != "labels":
        yield "text in rows", np.full(value.shape, "1")
        yield "numbers as text", [str(one) for one in value.ravel().tolist()]
        yield "masked", np.ma.masked_array(value, mask=np.ones(value.shape, bool))
        yield "meta tensor", torch.empty(value.shape, device="meta")
    if value.ndim == 2:
        yield "sparse", scipy.sparse.csr_array(value)
    if number:
        for what, bad in (("infinity", np.inf), ("minus infinity", -np.inf), ("NaN", np.nan)):
            if what == "NaN" and argument == "difficulty":
                continue  # says that there is none, where that has a meaning; see below
            spoilt = value.copy()
            spoilt.ravel()[7] = bad
            yield what, spoilt
        objects = value.astype(object)
        objects.ravel()[7] = None if argument != "difficulty" else "x"
        yield "None in a row", objects
        for what, beyond in (("a whole number beyond floats", 10**400), ("a signalling NaN", Decimal("sNaN"))):
            objects = value.astype(object)
            objects.ravel()[7] = beyond
            yield what, objects
        yield "True and False", np.ones(value.shape, bool)
    if argument == "features":
        yield "beyond float32", value.astype(np.float64) * 1e300
    if argument == "confidence":
        yield "above one", value * np.nan_to_num(np.inf)
    if argument in ("correct", "fit"):
        yield "neither 0 nor 1", value.astype(int) + 1
        yield "NaN", np.where(value, 1.0, np.nan)
        yield "nobody", pd.Series([None] * N)
    if argument == "labels":
        yield "fractions", value + 0.5
        yield "below -1", value - 3
        yield "too large", value + 2**40
        yield "mixed", ["cat", *value[1:].tolist()]
        yield "lists", [[1]] * (N - 1) + [[1, 2]]
        yield "one-hot", np.eye(K)[value]
        yield "none at all", [None] * N
        yield "all blank", [""] * N
        yield "all -1", np.full(N, -1)
        yield "two columns", pd.DataFrame({"a": value, "b": value})
    if argument in ("splits", "content_hashes"):
        yield "numbers", np.arange(N)
        yield "None in a row", [None, *value[1:].tolist()]


@pytest.mark.parametrize(("name", "argument"), array_arguments())
def test_an_array_is_taken_from_whatever_holds_it(name: str, argument: str) -> None:
    function = getattr(hardlook, name)
    given = arguments(name)
    expected = function(**given)
    for kind, value in containers(given[argument]):
        before = given[argument].copy()
        try:
            same(function(**{**given, argument: value}), expected)
        except (HardlookError, AssertionError) as error:
            raise AssertionError(f"{name}({argument}={kind}): {error}") from error
        np.testing.assert_array_equal(given[argument], before)


@pytest.mark.parametrize(("name", "argument"), array_arguments())
def test_what_cannot_be_meant_is_refused_by_its_name(name: str, argument: str) -> None:
    function = getattr(hardlook, name)
    given = arguments(name)
    for kind, value in wrong(given[argument], argument):
        if kind == "another length" and len(given) == 1 and argument != "maps":
            continue  # there is nothing to be as long as
        if kind == "above one" and name in ("risk_coverage_curve", "aurc", "augrc"):
            continue  # any number may say how sure a prediction is
        with pytest.raises(HardlookError) as caught:
            pytest.fail(f"{name}({argument}={kind}) gave {function(**{**given, argument: value})!r}")
        error = caught.value
        assert argument in error.message, f"{name}({argument}={kind}) says: {error}"
        assert error.hint, f"{name}({argument}={kind}) does not say what is wanted: {error}"
        assert len(str(error)) < 600, f"{name}({argument}={kind}) says too much: {error}"


@pytest.mark.parametrize(("name", "argument"), settings())
def test_every_setting_refuses_what_it_cannot_be(name: str, argument: str) -> None:
    given = arguments(name)
    for value in SETTINGS[argument]:
        with pytest.raises(HardlookError) as caught:
            getattr(hardlook, name)(**{**given, argument: value})
        assert argument.rstrip("s") in caught.value.message.lower(), (value, str(caught.value))


def _labelled() -> list[str]:
    return [name for name in functions() if "labels" in arguments(name) and name != "vog"]


@pytest.mark.parametrize("name", _labelled())
def test_labels_as_text_say_the_same_and_come_back_as_text(name: str) -> None:
    given = arguments(name)
    numbers = getattr(hardlook, name)(**given)
    for text in (TEXT, TEXT.tolist(), pd.Series(TEXT), pl.Series(TEXT.tolist()), pd.Series(TEXT).astype("category")):
        found = getattr(hardlook, name)(**{**given, "labels": text})
        if not isinstance(found, pd.DataFrame):
            same(found, numbers)
            continue
        for column in found:
            if column == "label" or str(column).endswith("_suggested"):
                assert found[column].dtype == object
                assert set(found[column]) <= {"cat", "dog", "eel", None}
                np.testing.assert_array_equal(
                    numbers[column], [["cat", "dog", "eel"].index(one) for one in found[column]]
                )
            else:
                np.testing.assert_array_equal(found[column], numbers[column])


@pytest.mark.parametrize("none", [None, np.nan, "", float("nan"), pd.NA, "  "])
def test_an_image_without_a_label_has_no_score_and_is_no_class(none: Any) -> None:
    labels = [none, *TEXT[1:].tolist()]
    expected = hardlook.relative_mahalanobis(FEATURES, [-1, *CODES[1:].tolist()])
    same(hardlook.relative_mahalanobis(FEATURES, labels), expected)
    assert np.isnan(expected[0])
    assert np.isfinite(expected[1:]).all()
    frame = hardlook.suspicion(FEATURES, labels)
    assert np.isnan(frame["suspicion"][0])
    assert frame.attrs["scores"]["suspicion"]["missing"] == "1 unlabelled"


def test_a_difficulty_that_is_not_known_takes_no_part() -> None:
    difficulty = np.append(EXAMPLES["difficulty"], np.nan)
    same(hardlook.error_by_decile(difficulty, np.append(CORRECT, True)), hardlook.error_by_decile(
        EXAMPLES["difficulty"], CORRECT))  # fmt: skip


def below_zero(one: torch.Tensor) -> torch.Tensor:
    return one - 9


LOSS = {"logits": torch.randn(6, K), "labels": torch.arange(6) % K, "weights": torch.rand(6)}
BAD: list[Callable[[torch.Tensor], Any]] = [
    lambda _: None, lambda _: "abc", lambda _: 3, lambda _: object(), lambda one: one[:2], lambda one: one[..., None],
    lambda one: one.to(torch.complex64), lambda one: one[:0], below_zero,
]  # fmt: skip


@pytest.mark.parametrize(
    ("argument", "change"),
    [(argument, change) for argument in LOSS for change in BAD if (argument, change) != ("logits", below_zero)],
)  # fmt: skip
def test_the_loss_refuses_by_name_what_cannot_be_meant(argument: str, change: Callable[[torch.Tensor], Any]) -> None:
    """Any numbers are logits, those below zero too."""
    with pytest.raises(HardlookError, match="|".join(LOSS)):
        hardlook.DifficultyAwareLoss()(**{**LOSS, argument: change(LOSS[argument])})
