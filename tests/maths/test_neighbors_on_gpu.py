"""What `build` and `nearest` do where faiss sees a GPU: held by stand-ins for its memory, which can be small."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import faiss
import numpy as np
import pytest
import torch

from core.engines.torch_arithmetic import TorchArithmetic
from core.maths import neighbors
from core.maths.neighbors import build, nearest
from core.types import Floats

N, D = 4000, 8
FULL = "StandardGpuResourcesImpl::allocMemory: alloc fail type FlatData dev 0 (cudaMalloc error out of memory [2])"
ON_GPU = pytest.mark.skipif(not torch.cuda.is_available() or not faiss.get_num_gpus(), reason="faiss sees no GPU")


class OnGpu(TorchArithmetic):
    """PyTorch's arithmetic, that says it is on a GPU."""

    def __init__(self, number: int = 0) -> None:
        super().__init__(torch.device("cpu"))
        self.device, self.number = "cuda", number


class Moved:
    """An index as faiss's GPU has it: the same answers, and memory for so many rows and so many queries at once."""

    def __init__(self, index: Any, rows: int, queries: int, error: str = FULL) -> None:
        self.__dict__.update(index=index, rows=rows, queries=queries, error=error, asked=[])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.index, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.index, name, value)

    def add(self, unit: Floats) -> None:
        if len(unit) > self.rows:
            raise RuntimeError(self.error)
        self.index.add(unit)

    def search(self, queries: Floats, k: int) -> Any:
        self.asked.append(len(queries))
        if len(queries) > self.queries:
            raise RuntimeError(self.error)
        return self.index.search(queries, k)


Gpu = Callable[..., list[Moved]]


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Gpu:
    """One GPU for faiss; returns the list of what was moved to it."""

    def there(rows: int = 10**6, queries: int = 10**6, error: str = FULL) -> list[Moved]:
        moved: list[Moved] = []

        def move(resources: object, number: int, index: Any) -> Moved:
            assert number == 0
            moved.append(Moved(index, rows, queries, error))
            return moved[-1]

        monkeypatch.setattr(faiss, "get_num_gpus", lambda: 1)
        monkeypatch.setattr(faiss, "StandardGpuResources", object, raising=False)
        monkeypatch.setattr(faiss, "index_cpu_to_gpu", move, raising=False)
        return moved

    return there


@pytest.fixture
def features() -> Floats:
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(30, D)) * 3
    return np.asarray(centres[rng.integers(0, 30, N)] + rng.normal(size=(N, D)), np.float32)


def search(features: Floats, **options: Any) -> tuple[neighbors.NeighborIndex, Floats, Any]:
    index = build(features, **options)
    return index, *nearest(index, features, 10, query_rows=np.arange(len(features)))


def test_neighbours_are_found_on_the_gpu_and_are_those_of_the_cpu(gpu: Gpu, features: Floats) -> None:
    moved = gpu()
    index, similarity, found = search(features, on=OnGpu())
    _, expected, rows = search(features)
    assert len(moved) == 1
    assert index.recorded == {"exact": True, "recall": 1.0, "device": "cuda"}
    np.testing.assert_array_equal(found, rows)
    np.testing.assert_array_equal(similarity, expected)


def test_what_is_said_of_a_search_on_the_cpu_names_no_device(features: Floats) -> None:
    assert build(features).recorded == {"exact": True, "recall": 1.0}


def test_on_a_gpu_the_search_is_exact_for_ten_times_as_many_rows(
    gpu: Gpu, features: Floats, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpu()
    assert neighbors.EXACT_UP_TO_ON_GPU == 10 * neighbors.EXACT_UP_TO == 1_000_000
    monkeypatch.setattr(neighbors, "EXACT_UP_TO", N // 2)
    assert not build(features).exact
    assert build(features, on=OnGpu()).exact


def test_beyond_that_lists_are_probed_there_and_the_recall_is_measured(gpu: Gpu, features: Floats) -> None:
    (moved,) = (gpu(),)
    index = build(features, exact_up_to=1000, on=OnGpu())
    assert (index.exact, index.device) == (False, "cuda")
    assert isinstance(moved[0].index, faiss.IndexIVFFlat)
    assert index.recall >= neighbors.RECALL_WANTED


def test_no_more_lists_are_probed_than_faiss_can_there(
    gpu: Gpu, features: Floats, monkeypatch: pytest.MonkeyPatch
) -> None:
    (moved,) = (gpu(),)
    monkeypatch.setattr(neighbors, "MOST_PROBED_ON_GPU", 16)
    monkeypatch.setattr(neighbors, "RECALL_WANTED", 1.1)  # never enough
    build(features, exact_up_to=1000, on=OnGpu())
    assert moved[0].index.nprobe == 16


def test_rows_that_do_not_fit_are_searched_on_the_cpu_and_that_is_said(
    gpu: Gpu, features: Floats, caplog: pytest.LogCaptureFixture
) -> None:
    gpu(rows=N - 1)
    with caplog.at_level(logging.WARNING):
        index, _, found = search(features, on=OnGpu())
    assert index.recorded == {"exact": True, "recall": 1.0}
    assert "4000 vectors do not fit the GPU's memory" in caplog.text
    np.testing.assert_array_equal(found, search(features)[2])


def test_queries_that_do_not_fit_are_halved_and_none_is_lost(
    gpu: Gpu, features: Floats, caplog: pytest.LogCaptureFixture
) -> None:
    moved = gpu(queries=1500)
    with caplog.at_level(logging.WARNING):
        _, _, found = search(features, on=OnGpu())
    assert moved[0].asked == [4000, 2000, 1000, 1000, 1000, 1000]
    assert "with 4000 queries at once; going on with 2000" in caplog.text
    np.testing.assert_array_equal(found, search(features)[2])


@pytest.mark.parametrize("small", ["rows", "queries"])
def test_another_error_of_the_gpu_is_not_taken_for_lack_of_memory(gpu: Gpu, features: Floats, small: str) -> None:
    gpu(error="CUDA error 719: unspecified launch failure", **{small: 10})
    with pytest.raises(RuntimeError, match="unspecified launch failure"):
        search(features, on=OnGpu())


def test_a_faiss_without_that_gpu_leaves_the_search_to_pytorch(gpu: Gpu, features: Floats) -> None:
    moved = gpu()
    index, _, found = search(features, on=OnGpu(number=1), exact_up_to=10)
    assert (moved, index.exact, index.device) == ([], True, "cuda")
    assert (found == search(features)[2]).mean() > 0.999


@pytest.mark.gpu
@ON_GPU
@pytest.mark.parametrize("exact_up_to", [None, 1000])
def test_the_real_ones_agree_with_the_cpu(features: Floats, exact_up_to: int | None) -> None:
    from core.engines.arithmetic import arithmetic_on

    index, similarity, found = search(features, on=arithmetic_on("cuda"), exact_up_to=exact_up_to)
    _, expected, rows = search(features)
    assert index.device == "cuda"
    if index.exact:
        np.testing.assert_allclose(similarity, expected, atol=2e-6)
    assert (found == rows).mean() > (0.999 if index.exact else 0.95)
