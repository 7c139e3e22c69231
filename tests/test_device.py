from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from core.device import pick_device, set_threads
from core.errors import BadInput
from core.processes.cores import THREADS_VARIABLE, physical_cores


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_auto_is_a_gpu_where_there_is_one() -> None:
    assert pick_device().type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert pick_device("cpu") == torch.device("cpu")


def test_a_gpu_that_is_not_there_is_an_error_with_a_way_out() -> None:
    with pytest.raises(BadInput, match=r"PyTorch sees \d+ GPUs.*--device cpu"):
        pick_device("cuda:99")


@pytest.mark.parametrize("name", ["", "gpu", "tpu:0", "cuda:x"])
def test_names_that_mean_nothing_are_refused(name: str) -> None:
    with pytest.raises(BadInput, match="There is no device"):
        pick_device(name)


def test_threads_are_the_physical_cores_unless_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(THREADS_VARIABLE, raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert set_threads() == torch.get_num_threads() == physical_cores() >= 1
    monkeypatch.setenv(THREADS_VARIABLE, "1")
    assert set_threads() == torch.get_num_threads() == 1


def test_openmps_own_variable_is_left_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(THREADS_VARIABLE, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    torch.set_num_threads(3)
    assert set_threads() == 3


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_a_number_of_threads_that_is_none_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(THREADS_VARIABLE, value)
    with pytest.raises(BadInput, match=f"{THREADS_VARIABLE} is '{value}'"):
        set_threads()
