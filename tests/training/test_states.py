"""A torn state or checkpoint costs epochs, never the run: training goes on from the newest that can be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from core.training.checkpoints import checkpoint_name
from core.training.loop import EpochResult
from core.training.states import STATE_BEFORE, STATE_FILE, forget_states
from tests.training.toy_training import commit_to, run

AFTER = 3  # epochs that are there when training is stopped


class Stopped(BaseException):
    """Stands for a kill."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    folder = tmp_path_factory.mktemp("whole")
    return dict(run(folder, commit=commit_to(folder)).model.state_dict())


def stopped(folder: Path) -> None:
    """Train until the rows of the epoch after `AFTER` are to be committed."""

    def commit(result: EpochResult) -> None:
        if result.epoch > AFTER:
            raise Stopped
        commit_to(folder)(result)

    with pytest.raises(Stopped):
        run(folder, commit=commit)


def goes_on(folder: Path, whole: dict[str, torch.Tensor], committed: set[int] | None = None) -> tuple[int, list[str]]:
    """Train to the end, which has to be that of an undisturbed run; the first epoch computed, and what was said."""
    seen: list[int] = []
    said: list[str] = []
    network = run(folder, commit=lambda result: seen.append(result.epoch), committed=committed, warn=said.append)
    for name, value in network.model.state_dict().items():
        assert torch.equal(value, whole[name])
    return seen[0], said


def tear(path: Path, share: float = 0.6) -> None:
    os.truncate(path, int(path.stat().st_size * share))


def test_undisturbed_it_goes_on_after_the_last_epoch(tmp_path: Path, whole: dict[str, torch.Tensor]) -> None:
    stopped(tmp_path)
    assert goes_on(tmp_path, whole) == (AFTER + 1, [])


@pytest.mark.parametrize("share", [0.0, 0.01, 0.6, 0.99])
def test_a_torn_state_costs_one_epoch(tmp_path: Path, whole: dict[str, torch.Tensor], share: float) -> None:
    stopped(tmp_path)
    tear(tmp_path / STATE_FILE, share)
    first, said = goes_on(tmp_path, whole)
    assert first == AFTER
    assert f"it was set aside as {STATE_FILE}.unreadable-1" in said[0]
    assert said[1:] == [f"training goes on after epoch {AFTER - 1}, the newest whose state can be read"]
    assert (tmp_path / f"{STATE_FILE}.unreadable-1").exists()


def test_killed_between_two_states_it_goes_on_from_the_one_before(
    tmp_path: Path, whole: dict[str, torch.Tensor]
) -> None:
    stopped(tmp_path)
    (tmp_path / STATE_FILE).unlink()
    assert goes_on(tmp_path, whole)[0] == AFTER


def test_without_a_state_that_can_be_read_it_begins_anew(tmp_path: Path, whole: dict[str, torch.Tensor]) -> None:
    stopped(tmp_path)
    for name in (STATE_FILE, STATE_BEFORE):
        (tmp_path / name).write_bytes(b"noise")
    first, said = goes_on(tmp_path, whole)
    assert (first, len(said)) == (1, 2)


@pytest.mark.parametrize(("epoch", "first"), [(3, 3), (2, 1), (1, 1)])
def test_a_torn_checkpoint_is_made_again(
    tmp_path: Path, whole: dict[str, torch.Tensor], epoch: int, first: int
) -> None:
    stopped(tmp_path)
    tear(tmp_path / checkpoint_name(epoch))
    found, said = goes_on(tmp_path, whole)
    assert found == first
    assert f"it was set aside as {checkpoint_name(epoch)}.unreadable-1" in said[0]
    assert f"training does not go on after epoch {AFTER}: {checkpoint_name(epoch)} is not whole" in said
    torch.load(tmp_path / checkpoint_name(epoch), weights_only=True)


def test_epochs_whose_rows_are_gone_are_computed_again(tmp_path: Path, whole: dict[str, torch.Tensor]) -> None:
    stopped(tmp_path)
    first, said = goes_on(tmp_path, whole, committed={1, 2})
    assert first == 3
    assert said == [f"training does not go on after epoch {AFTER}: the rows of epoch 3 are not kept"]
    stopped(tmp_path / "anew")
    assert goes_on(tmp_path / "anew", whole, committed=set())[0] == 1


def test_a_finished_run_keeps_no_state(tmp_path: Path) -> None:
    stopped(tmp_path)
    forget_states(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.pt")) == [checkpoint_name(epoch) for epoch in (1, 2, 3)]
