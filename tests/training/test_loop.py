from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from core.errors import BadInput, DiskFull, MissingRun, TrainingFailed
from core.training.batches import Batches
from core.training.checkpoints import TrainedNetwork, load_checkpoint, saved_epochs
from core.training.loop import EpochResult
from core.training.predict import predict
from core.training.readouts.logits import dynamics_from_logits
from tests.training.toy_training import EPOCHS, commit_to, run, toy

STEPS = 3  # of 16 images in 45, the last with 13


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    run(folder, commit=commit_to(folder))
    return folder


def weights(folder: Path, epoch: int = EPOCHS) -> dict[str, Tensor]:
    return load_checkpoint(folder, epoch).model.state_dict()


def assert_same(folder: Path, expected: Path) -> None:
    """Bit for bit: every kept checkpoint, and every number committed."""
    assert saved_epochs(folder) == saved_epochs(expected) == [1, 2, 3, 4]
    for epoch in saved_epochs(expected):
        ours, theirs = weights(folder, epoch), weights(expected, epoch)
        assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
        with np.load(folder / f"rows-{epoch}.npz") as mine, np.load(expected / f"rows-{epoch}.npz") as his:
            assert all(mine[name].tobytes() == his[name].tobytes() for name in his)


class Killed(BaseException):
    """Stands for a kill: no handler of Exception may catch it."""


def dying(function: Callable[..., Any], *, call: int, before: bool) -> Callable[..., Any]:
    """The function, which dies at one of its calls, before or after doing its work."""
    calls = 0

    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and before:
            raise Killed
        result = function(*arguments, **keywords)
        if calls == call:
            raise Killed
        return result

    return wrapped


@pytest.mark.parametrize("step", [1, STEPS, STEPS + 2, EPOCHS * STEPS])
def test_a_run_killed_at_a_step_goes_on_bit_for_bit(tmp_path: Path, whole: Path, step: int) -> None:
    def advance(done: int, total: int) -> None:
        assert total == EPOCHS * STEPS
        if done == step:
            raise Killed

    with pytest.raises(Killed):
        run(tmp_path, commit=commit_to(tmp_path), advance=advance)
    run(tmp_path, commit=commit_to(tmp_path))
    assert_same(tmp_path, whole)


@pytest.mark.parametrize("rename", [4, 5, 6])  # the second epoch's: the caller's rows, the checkpoint, the state
@pytest.mark.parametrize("before", [True, False])
def test_a_run_killed_between_its_commits_goes_on_bit_for_bit(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, rename: int, before: bool
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", dying(os.replace, call=rename, before=before))
        with pytest.raises(Killed):
            run(tmp_path, commit=commit_to(tmp_path))
    run(tmp_path, commit=commit_to(tmp_path))
    assert_same(tmp_path, whole)


def test_a_process_killed_with_signal_9_goes_on_bit_for_bit(tmp_path: Path, whole: Path) -> None:
    script = Path(__file__).with_name("toy_training.py")
    for step in (STEPS + 1, 3 * STEPS):
        done = subprocess.run([sys.executable, str(script), str(tmp_path), str(step)], timeout=120, check=False)
        assert done.returncode == -9
    run(tmp_path, commit=commit_to(tmp_path))
    assert_same(tmp_path, whole)


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    first = run(tmp_path, commit=commit_to(tmp_path), epochs=1)
    seen: list[EpochResult] = []
    again = run(tmp_path, commit=seen.append, epochs=1)
    assert seen == []
    assert torch.equal(first.model.state_dict()["fc.weight"], again.model.state_dict()["fc.weight"])


def test_another_configuration_does_not_go_on_from_the_state_it_finds(tmp_path: Path) -> None:
    run(tmp_path, commit=commit_to(tmp_path), epochs=1)
    seen: list[EpochResult] = []
    run(tmp_path, commit=seen.append, epochs=1, learning_rate=0.05)
    assert [result.epoch for result in seen] == [1]
    run(tmp_path, commit=seen.append, epochs=1, learning_rate=0.05, resume=False)
    assert len(seen) == 2


def test_an_epoch_reports_what_its_checkpoint_says_of_every_image(tmp_path: Path) -> None:
    seen: list[EpochResult] = []
    run(tmp_path, commit=seen.append, epochs=2)
    pixels, labels, rows = toy()
    network = load_checkpoint(tmp_path, 1)
    logits = predict(network.model, Batches(pixels, network.normalisation, torch.device("cpu")))
    expected = dynamics_from_logits(logits, labels)
    assert seen[0].dynamics is not None
    for name, values in expected.items():
        np.testing.assert_array_equal(seen[0].dynamics[name], values)
    assert seen[0].held_out_accuracy == expected["correct"][~rows].mean()
    assert [result.checkpoint for result in seen] == ["epoch-0001.pt", "epoch-0002.pt"]
    assert [result.learning_rate for result in seen] == pytest.approx([0.1, 0.05])


def test_an_epoch_s_accuracy_is_of_what_is_held_out_where_that_is_said(tmp_path: Path) -> None:
    seen: list[EpochResult] = []
    held_out = np.arange(60) >= 52
    run(tmp_path, commit=seen.append, epochs=1, held_out=held_out)
    assert seen[0].dynamics is not None
    assert seen[0].held_out_accuracy == seen[0].dynamics["correct"][held_out].mean()


def test_the_network_learns_what_there_is_to_learn(tmp_path: Path) -> None:
    seen: list[EpochResult] = []
    run(tmp_path, commit=seen.append, epochs=8)
    assert seen[-1].train_loss < seen[0].train_loss / 2
    assert seen[-1].held_out_accuracy > 0.9


def test_training_leaves_the_callers_random_numbers_alone(tmp_path: Path) -> None:
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    run(tmp_path, commit=commit_to(tmp_path), epochs=1)
    assert torch.equal(torch.rand(1), expected)


def test_a_loss_that_is_not_a_number_names_epoch_and_step_and_keeps_the_last_state(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match=r"epoch 1, at step [23]; there is no earlier state"):
        run(tmp_path, commit=commit_to(tmp_path), learning_rate=1e30)
    assert saved_epochs(tmp_path) == []


def test_a_full_disk_is_said_and_leaves_the_earlier_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    run(tmp_path, commit=commit_to(tmp_path), epochs=1)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match="kept"):
        run(tmp_path, commit=commit_to(tmp_path), epochs=2)
    assert sorted(path.name for path in tmp_path.glob("*.pt")) == ["epoch-0001.pt", "state.pt"]
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("name", ["crl", "difficulty_aware_entropy", "focal"])
def test_losses_with_values_per_image_resume_bit_for_bit(tmp_path: Path, name: str) -> None:
    values = {"loss": name, "epochs": 3, "s": np.linspace(0.1, 0.9, 60)}
    straight = run(tmp_path / "a", commit=lambda result: None, **values)

    def advance(done: int, total: int) -> None:
        if done == 2 * STEPS + 1:
            raise Killed

    with pytest.raises(Killed):
        run(tmp_path / "b", commit=lambda result: None, advance=advance, **values)
    resumed = run(tmp_path / "b", commit=lambda result: None, **values)
    theirs = straight.model.state_dict()
    assert all(torch.equal(value, theirs[key]) for key, value in resumed.model.state_dict().items())


def test_the_difficulty_loss_asks_for_weights(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="difficulty weight for every training image"):
        run(tmp_path, commit=commit_to(tmp_path), loss="difficulty_aware_entropy")


def test_a_network_that_is_kept_from_a_class_gives_it_no_chance_and_says_nothing_of_its_images(tmp_path: Path) -> None:
    seen: list[EpochResult] = []
    network = run(tmp_path, commit=seen.append, epochs=2, kept_from=(1,))
    pixels, labels, rows = toy()
    logits = predict(network.model, Batches(pixels, network.normalisation, torch.device("cpu")))
    assert np.isneginf(logits[:, 1]).all()
    assert np.isfinite(logits[:, [0, 2]]).all()
    assert network.class_order == (0, -1, 1)
    assert seen[-1].dynamics is not None
    np.testing.assert_array_equal(np.isnan(seen[-1].dynamics["loss"]), labels == 1)
    judged = ~rows & (labels != 1)
    assert seen[-1].held_out_accuracy == (logits.argmax(axis=1) == labels)[judged].mean()
    again = load_checkpoint(tmp_path, 2)
    np.testing.assert_array_equal(
        predict(again.model, Batches(pixels, again.normalisation, torch.device("cpu"))), logits
    )


def test_looking_at_the_images_after_the_last_epoch_alone_changes_no_weight(tmp_path: Path, whole: Path) -> None:
    seen: list[EpochResult] = []
    network = run(tmp_path, commit=seen.append, dynamics="last epoch")
    assert [result.dynamics is None for result in seen] == [True, True, True, False]
    assert np.isnan(seen[0].held_out_accuracy)
    assert 0 <= seen[-1].held_out_accuracy <= 1
    theirs = weights(whole)
    assert all(torch.equal(value, theirs[name]) for name, value in network.model.state_dict().items())


def test_a_checkpoint_of_another_network_is_refused_with_what_does_not_fit(tmp_path: Path) -> None:
    run(tmp_path, commit=lambda result: None, epochs=1)
    path = tmp_path / "epoch-0001.pt"
    saved = torch.load(path, weights_only=True)
    torch.save({**saved, "architecture": "lenet", "image_size": 12}, path)
    with pytest.raises(BadInput, match=r"does not fit the model.*It says it is 'lenet'"):
        load_checkpoint(tmp_path, 1)
    torch.save({**saved, "n_classes": 4}, path)
    with pytest.raises(BadInput, match=r"fc\.weight is \(3, 64\) in the file and \(4, 64\)"):
        load_checkpoint(tmp_path, 1)
    torch.save({"weights": torch.zeros(3)}, path)
    with pytest.raises(BadInput, match="not a checkpoint"):
        load_checkpoint(tmp_path, 1)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BadInput, match="cannot be read"):
        load_checkpoint(tmp_path, 1)


def test_a_loss_that_breaks_later_names_the_epoch_and_keeps_the_checkpoints_before_it(tmp_path: Path) -> None:
    run(tmp_path, commit=lambda result: None, epochs=2, loss="difficulty_aware_entropy", s=np.full(60, 0.5))
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    state["epoch"] = 1
    state["model"]["fc.bias"][0] = float("nan")
    torch.save(state, tmp_path / "state.pt")
    with pytest.raises(TrainingFailed, match="epoch 2, at step 1; the state after epoch 1 is kept"):
        run(tmp_path, commit=lambda result: None, epochs=2, loss="difficulty_aware_entropy", s=np.full(60, 0.5))
    assert saved_epochs(tmp_path) == [1, 2]


def test_an_epoch_whose_weights_were_not_kept_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingRun, match="epoch 7"):
        load_checkpoint(tmp_path, 7)


def test_training_ends_where_it_is_told_to_with_its_weights_kept_and_a_kill_changes_no_bit(tmp_path: Path) -> None:
    def ended(epoch: int) -> bool:
        return epoch == 3

    def nothing(result: EpochResult) -> None:
        return None

    network = run(tmp_path / "a", commit=nothing, checkpoints=1, until=ended)
    assert saved_epochs(tmp_path / "a") == [3]
    again = run(tmp_path / "a", commit=nothing, checkpoints=1, until=ended)  # its state is that of the last epoch
    kept = load_checkpoint(tmp_path / "a", 3).model.state_dict()
    for state in (again.model.state_dict(), kept):
        assert all(torch.equal(value, state[name]) for name, value in network.model.state_dict().items())


def test_training_goes_on_from_another_ones_weights_with_its_normalisation_and_a_kill_changes_no_bit(
    tmp_path: Path,
) -> None:
    seen: list[EpochResult] = []
    first = run(tmp_path / "a", commit=seen.append, epochs=2)
    whole = run(tmp_path / "b", commit=seen.append, start=first, looked_at=np.array([3, 50, 7]))
    fresh = run(tmp_path / "c", commit=seen.append)
    assert [len(result.dynamics["correct"]) for result in seen if result.dynamics] == [60] * 2 + [3] * 4 + [60] * 4
    assert whole.normalisation == first.normalisation
    assert not same(whole, fresh)

    def stop(result: EpochResult) -> None:
        if result.epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "d", commit=stop, start=first)
    assert same(run(tmp_path / "d", commit=seen.append, start=first), whole)
    other = run(tmp_path / "e", commit=seen.append, epochs=2, seed=6)
    warned: list[str] = []
    assert not same(run(tmp_path / "d", commit=seen.append, start=other, warn=warned.append), whole)


def test_what_is_looked_at_is_what_all_would_say_of_it(tmp_path: Path) -> None:
    every: list[EpochResult] = []
    some: list[EpochResult] = []
    rows = np.array([59, 0, 31])
    run(tmp_path / "a", commit=every.append)
    run(tmp_path / "b", commit=some.append, looked_at=rows)
    for one, other in zip(every, some, strict=True):
        assert one.dynamics is not None
        assert other.dynamics is not None
        for name, values in one.dynamics.items():
            np.testing.assert_allclose(other.dynamics[name], values[rows], rtol=1e-4, atol=1e-5)
        assert other.held_out_accuracy == np.mean(one.dynamics["correct"][[59]])  # 0 and 31 are trained on


def same(one: TrainedNetwork, other: TrainedNetwork) -> bool:
    theirs = other.model.state_dict()
    return all(torch.equal(value, theirs[name]) for name, value in one.model.state_dict().items())
