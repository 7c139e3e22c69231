"""PyTorch's arithmetic against numpy's: the same formulas, so the same values up to rounding, wherever it computes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.engines import arithmetic
from core.engines.arithmetic import arithmetic_on
from core.engines.torch_arithmetic import TorchArithmetic
from core.errors import BadInput
from core.maths.arithmetic import NUMPY
from core.maths.gaussians import class_distances, fit_gaussians, own_class_distance
from core.maths.moments import Running, pilot_shift
from core.maths.neighbors import build, nearest
from core.scorers.inputs import Inputs
from core.scorers.registry import Scorer, all_scorers
from core.types import UNLABELLED, Floats, Ints

N, D, K = 3000, 24, 7
EQUAL, DIFFERENCES, BELIEFS = 1e-5, 1e-4, 1e-3
"""Of a standard deviation, that the values of two devices may differ by: distances; differences of large ones, which
are good to a millionth of the large ones on either; what is made of neighbours, whose ties are broken by rounding."""

ALLOWED = {"rmd": EQUAL, "rmd_oof": EQUAL, "rmd_nearest": DIFFERENCES, "rmd_margin": DIFFERENCES}

on_each = pytest.mark.parametrize(
    "on",
    [
        pytest.param("cpu", id="PyTorch on the CPU"),
        pytest.param(
            "cuda",
            id="PyTorch on a GPU",
            marks=[pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch sees no GPU")],
        ),
    ],
)


def data(seed: int = 0, far: float = 0.0) -> tuple[Floats, Ints]:
    """Correlated clusters, a tenth without a label, one class without an image; far from the origin."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, K - 1, N)
    mixed = rng.normal(size=(N, D)) @ rng.normal(size=(D, D)) + 2 * rng.normal(size=(K, D))[labels] + far
    labels[rng.random(N) < 0.1] = UNLABELLED
    return mixed.astype(np.float32), labels


def differ(one: Floats, other: Floats) -> float:
    """The largest difference, in standard deviations. Raises AssertionError where only one of them has no value."""
    np.testing.assert_array_equal(np.isnan(one), np.isnan(other))
    return float(np.nanmax(np.abs(one.astype(np.float64) - other)) / np.nanstd(one))


@on_each
@pytest.mark.parametrize("far", [0.0, 1000.0])
def test_sums_are_those_of_numpy(on: str, far: float) -> None:
    x, y = data(far=far)
    shift = pilot_shift(x)
    ours = Running(K, shift).add(x, y).sums()
    theirs = Running(K, shift, TorchArithmetic(torch.device(on))).add(x, y).sums()
    np.testing.assert_array_equal(theirs.counts, ours.counts)
    np.testing.assert_allclose(theirs.totals, ours.totals, rtol=1e-11, atol=1e-9 * np.abs(ours.totals).max())
    np.testing.assert_allclose(theirs.scatter, ours.scatter, rtol=1e-11, atol=1e-11 * np.abs(ours.scatter).max())


@on_each
def test_sums_of_two_parts_go_on_where_they_were(on: str) -> None:
    x, y = data()
    running = Running(K, pilot_shift(x), TorchArithmetic(torch.device(on))).add(x[:1000], y[:1000])
    first = running.sums()
    running.add(x[1000:], y[1000:])
    assert first.n == int((y[:1000] >= 0).sum())  # what was given out does not move with what is added later
    np.testing.assert_allclose(running.sums().scatter, Running(K, pilot_shift(x)).add(x, y).sums().scatter, rtol=1e-9)


@on_each
def test_a_vector_that_is_not_finite_is_refused_by_name(on: str) -> None:
    x, y = data()
    x[17, 3], y[17] = np.inf, 0
    with pytest.raises(BadInput, match="1 rows of features are not finite, the first is row 17"):
        Running(K, np.zeros(D), TorchArithmetic(torch.device(on))).add(x, y)


@on_each
@pytest.mark.parametrize("relative", [True, False])
def test_distances_are_those_of_numpy(on: str, relative: bool) -> None:
    x, y = data(far=100.0)
    gaussians, there = fit_gaussians(x, y, K), TorchArithmetic(torch.device(on))
    x[5] = np.nan
    ours = own_class_distance(gaussians, x, y, relative=relative)
    assert differ(ours, own_class_distance(gaussians, x, y, relative=relative, on=there)) < EQUAL
    (_, _, every), *_ = class_distances(gaussians, x[:500], y[:500])
    (_, _, of_theirs), *_ = class_distances(gaussians, x[:500], y[:500], on=there)
    assert differ(every, there.take(of_theirs)) < EQUAL


@on_each
def test_the_nearest_rows_are_those_of_faiss_up_to_ties(on: str) -> None:
    x, _ = data(1)
    x[40] = x[30]
    rows = np.arange(0, N, 2)
    similarity, found = nearest(build(x, rows), x, 20, query_rows=np.arange(N))
    index = build(x, rows)
    searched = replace(index, index=TorchArithmetic(torch.device(on)).exact_search(index_rows(x, rows)))
    theirs, at = nearest(searched, x, 20, query_rows=np.arange(N))
    np.testing.assert_allclose(theirs, similarity, atol=2e-6)
    differs = found != at
    assert differs.mean() < 1e-3
    np.testing.assert_allclose(theirs[differs], similarity[differs], atol=2e-6)


def index_rows(x: Floats, rows: Ints) -> Floats:
    return np.asarray(x[rows] / np.linalg.norm(x[rows], axis=1, keepdims=True), np.float32)


@on_each
def test_tiles_do_not_change_what_is_found(on: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.engines import torch_arithmetic

    x, _ = data(2)
    unit, there = index_rows(x, np.arange(N)), TorchArithmetic(torch.device(on))
    products, at = there.exact_search(unit).search(unit, 8)
    monkeypatch.setattr(torch_arithmetic, "QUERIES_AT_ONCE", 700)
    monkeypatch.setattr(torch_arithmetic, "SEARCHED_AT_ONCE", 5)  # fewer than are asked for
    tiled, tiled_at = there.exact_search(unit).search(unit[:800], 8)
    np.testing.assert_allclose(tiled, products[:800], atol=1e-6)
    assert (tiled_at == at[:800]).mean() > 0.999


@on_each
@pytest.mark.parametrize(
    "scorer", [one for one in all_scorers() if "arithmetic" in one.reads], ids=lambda one: one.name
)
def test_a_scorer_gives_the_same_values_by_either(scorer: Scorer, on: str) -> None:
    x, y = data(3)
    hashes = np.array([f"{row:040x}" for row in range(N)])
    inputs = Inputs(y, K, np.arange(N) % 5 != 0, features=x, content_hashes=hashes)
    there = TorchArithmetic(torch.device(on))
    for ours, theirs in zip(scorer.run(inputs), scorer.run(replace(inputs, arithmetic=there)), strict=True):
        assert ours.name == theirs.name
        assert differ(ours.values, theirs.values) < ALLOWED.get(ours.name, BELIEFS), ours.name
        if ours.suggested_label is not None:
            assert np.mean(ours.suggested_label == theirs.suggested_label) > 0.999


def test_without_a_gpu_pytorch_is_not_loaded_for_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arithmetic, "gpus", lambda: 0)
    monkeypatch.setitem(__import__("sys").modules, "core.engines.torch_arithmetic", None)  # importing it would raise
    assert arithmetic_on("auto") is NUMPY
    assert arithmetic_on("cpu") is NUMPY


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_driver_without_a_pytorch_for_it_leaves_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arithmetic, "gpus", lambda: 1)
    assert arithmetic_on("auto") is NUMPY
    with pytest.raises(BadInput, match="--device cpu"):
        arithmetic_on("cuda")
