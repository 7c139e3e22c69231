"""Random files of predictions whose truth is known: what is read is the truth, or it is refused with the option that
says so."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dataset.model import natural
from core.dataset.predictions.fit import Asked, fit_to_audit
from core.errors import BadInput, TwoReadings
from core.types import Floats, Ints

NAMES = ("a1", "a2", "a10", "B", "b2", "cat", "Dog", "x 1", "x 10", "x 2", "7", "07", "10", "9", "é", "prob", "key")
FORMATS = ("probabilities", "logits", "percent", "sigmoid", "top-k")
HEADERS = ("name", "prob_{}", "{}_prob", "p({})", "class {}", "counted", "numbers", "none")
IDS = ("none", "key", "path", "stem", "absolute", "shuffled")
N = 60
EXAMPLES = int(os.environ.get("HARDLOOK_EXAMPLES", "150"))


@dataclass(frozen=True)
class Recipe:
    """How a file is written. columns: the class of each column. seed: of its numbers and the order of its rows."""

    classes: tuple[str, ...]
    columns: tuple[int, ...]
    header: str
    ids: str
    number_format: str
    ending: str
    seed: int


class Written:
    """The file of a recipe and what has to be read from it. truth: (N, k) probabilities in the audit's order."""

    def __init__(self, recipe: Recipe) -> None:
        k, rng = len(recipe.classes), np.random.default_rng(recipe.seed)
        self.recipe, self.classes = recipe, recipe.classes
        self.keys = tuple(f"img{i:03d}/x{i}.png" for i in range(N))
        self.labels: Ints = rng.permutation(np.arange(N) % k)
        p = rng.dirichlet(np.full(k, 0.7), N) * 0.25
        p[np.arange(N), np.where(rng.random(N) < 0.95, self.labels, rng.integers(0, k, N))] += 0.75
        numbers, self.truth = numbers_of(p, recipe.number_format)
        self.rows = np.arange(N) if recipe.ids == "none" else rng.permutation(N)
        self.numbers = numbers[self.rows][:, list(recipe.columns)]

    def write(self, folder: Path) -> Path:
        recipe, file = self.recipe, folder / f"p{self.recipe.ending}"
        keys = [self.keys[i] for i in self.rows]
        ids = {"stem": [key[:-4] for key in keys], "absolute": [f"/data/{key}" for key in keys]}.get(recipe.ids, keys)
        pattern = {"name": "{}", "none": "{}"}.get(recipe.header, recipe.header)
        header = [pattern.format(self.classes[c]) for c in recipe.columns]
        if recipe.header in ("counted", "numbers"):
            header = [f"{'p' * (recipe.header == 'counted')}{i}" for i in range(len(header))]
        if recipe.ending == ".npy":
            np.save(file, self.numbers)
        elif recipe.ending == ".npz":
            arrays: dict[str, Any] = {} if recipe.ids == "none" else {"ids": np.array(ids)}
            np.savez(file, probs=self.numbers, **arrays)
        else:
            id_name = next(name for name in ("path" if recipe.ids == "path" else "key", "id") if name not in header)
            columns: dict[str, Any] = {} if recipe.ids == "none" else {id_name: ids}
            self._write_table(file, columns | {name: self.numbers[:, i] for i, name in enumerate(header)})
        return file

    def _write_table(self, file: Path, columns: dict[str, Any]) -> None:
        if file.suffix == ".parquet":
            pq.write_table(pa.table(columns), file)
            return
        between = "\t" if file.suffix == ".tsv" else ","
        lines = [] if self.recipe.header == "none" else [between.join(columns)]
        lines += [between.join(map(str, row)) for row in zip(*columns.values(), strict=True)]
        file.write_text("\n".join(lines) + "\n")


def softmax(logits: Floats) -> Floats:
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def numbers_of(p: Floats, number_format: str) -> tuple[Floats, Floats]:
    """What a model wrote for these probabilities, and the probabilities that have to be read from it."""
    if number_format == "logits":
        return np.log(p) - 3.0, p
    if number_format == "percent":
        return 100 * p, p
    if number_format == "sigmoid":
        chances = 0.02 + 0.9 * p / p.max(axis=1, keepdims=True)
        return chances, chances / chances.sum(axis=1, keepdims=True)
    if number_format == "top-k":
        cut, read = p.copy(), p.copy()
        for i, row in enumerate(p):
            rest = np.argsort(row)[:-1]
            cut[i, rest] = 0
            read[i, rest] = (1 - row.max()) / len(rest)
        return cut, read
    return p, p


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    classes = tuple(sorted(draw(st.lists(st.sampled_from(NAMES), min_size=3, max_size=6, unique=True)), key=natural))
    ending = draw(st.sampled_from((".csv", ".tsv", ".parquet", ".npy", ".npz")))
    header = draw(st.sampled_from(HEADERS)) if ending in (".csv", ".tsv", ".parquet") else "none"
    header = "counted" if header == "none" and ending == ".parquet" else header
    ids = draw(st.sampled_from(IDS)) if ending != ".npy" and (header != "none" or ending == ".npz") else "none"
    order = list(range(len(classes)))
    order = draw(st.sampled_from((order, sorted(order, key=lambda c: classes[c]), draw(st.permutations(order)))))
    number_format, seed = draw(st.sampled_from(FORMATS)), draw(st.integers(0, 2**32))
    return Recipe(classes, tuple(order), header, ids, number_format, ending, seed)


def read_under_its_options(file: Path, each: Written) -> Floats:
    """The probabilities read, with the options that the refusals on the way asked for; each at most once."""
    asked = Asked()
    for _ in range(3):
        try:
            imported = fit_to_audit(file, each.classes, each.keys, each.labels, asked)
            return softmax(imported.logits(np.arange(N)))
        except TwoReadings as error:
            asked = answered(error, asked, each.recipe)
    raise AssertionError("an option did not settle what it was asked for")


def answered(error: TwoReadings, asked: Asked, recipe: Recipe) -> Asked:
    """What was asked, with the answer to one more question, which has to name the option."""
    options = " ".join(option for _, option in error.readings)
    if "--kind" in options:
        assert f"--kind {recipe.number_format}" in options
        assert asked.kind == "auto"
        return replace(asked, kind=recipe.number_format)
    assert "--class-order" in options
    assert asked.classes == ()
    return replace(asked, classes=tuple(recipe.classes[c] for c in recipe.columns))


@settings(max_examples=EXAMPLES, deadline=None)
@given(recipes())
def test_what_is_read_is_the_truth_or_is_asked_for(recipe: Recipe) -> None:
    each = Written(recipe)
    with tempfile.TemporaryDirectory() as folder:
        read = read_under_its_options(each.write(Path(folder)), each)
    np.testing.assert_allclose(read, each.truth, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(recipes())
def test_names_keys_and_probabilities_are_read_without_a_question(recipe: Recipe) -> None:
    each = Written(replace(recipe, header="prob_{}", ids="key", ending=".csv", number_format="probabilities"))
    with tempfile.TemporaryDirectory() as folder:
        imported = fit_to_audit(each.write(Path(folder)), each.classes, each.keys, each.labels, Asked())
    np.testing.assert_allclose(softmax(imported.logits(np.arange(N))), each.truth, atol=1e-5)
    assert imported.warned == ()


def test_a_file_of_noise_is_refused_or_read_but_never_breaks(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(50):
        file = tmp_path / f"{i}.csv"
        file.write_bytes(bytes(rng.integers(32, 127, 200).astype(np.uint8)))
        with pytest.raises(BadInput):
            fit_to_audit(file, ("a", "b"), ("x", "y"), np.array([0, 1]), Asked())
