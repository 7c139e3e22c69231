from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from core.errors import BadInput
from core.training.batches import Batches
from core.training.checkpoints import TornFile, load_checkpoint, load_tensors
from core.training.fold import ready_for_gradients
from core.training.gradients import spread_of_batch
from core.training.networks.factory import build_from_factory
from core.training.networks.imported import checked_networks, kept_networks, refuse_unusable
from core.training.networks.state_dicts import find_checkpoints, load_weights, read_weights
from core.training.pixels import Normalisation
from core.training.predict import predict
from core.training.recorder import CheckpointRecorder

NORMALISATION = Normalisation((0.5,) * 3, (0.25,) * 3)
MODULE = """
from torch import nn
def build(classes=4):
    return nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.ReLU(), nn.Flatten(), nn.Linear(5 * 16, classes))
def broken():
    raise RuntimeError("no weights today")
answer = 42
def number():
    return 42
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's folder with a module, which is the working folder."""
    (tmp_path / "their_nets.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    sys.modules.pop("their_nets", None)


def trained(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return build_from_factory("their_nets:build").eval()


def test_imported_checkpoints_predict_and_give_gradients_like_the_users_own(project: Path) -> None:
    models = [trained(seed) for seed in range(3)]
    for seed, model in enumerate(models):
        torch.save({"state_dict": {f"module.{k}": v for k, v in model.state_dict().items()}, "epoch": 3}, f"e{seed}.pt")
    pixels = np.random.default_rng(0).integers(0, 256, (5, 6, 6, 3), dtype=np.uint8)
    batches = Batches(pixels, NORMALISATION, torch.device("cpu"))
    paths = find_checkpoints("e*.pt")
    networks = list(kept_networks(checked_networks("their_nets:build", paths, 4, 6, NORMALISATION), project / "kept"))
    for network, model in zip(networks, models, strict=True):
        np.testing.assert_allclose(predict(network.model, batches), predict(model, batches), rtol=1e-5)
    again = [load_checkpoint(project / "kept", epoch) for epoch in (1, 2, 3)]
    spread = spread_of_batch(
        [ready_for_gradients(network.model) for network in again], batches.images(np.arange(5)), torch.arange(5) % 4
    )
    assert (spread.values["logit_all"] > 0).all()


@pytest.mark.parametrize("prefix", ["", "module.", "model.", "_orig_mod.", "module._orig_mod.", "net."])
@pytest.mark.parametrize("inside", [None, "model_state_dict", "model"])
def test_wrapper_names_and_containers_do_not_matter(project: Path, prefix: str, inside: str | None) -> None:
    model = trained(1)
    weights = {prefix + name: value for name, value in model.state_dict().items()}
    torch.save(weights if inside is None else {inside: weights, "epoch": 3, "lr": [0.1]}, "w.pt")
    other = trained(2)
    load_weights(other, read_weights(Path("w.pt")), Path("w.pt"))
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in model.state_dict().items())


def test_a_wrapped_network_takes_unwrapped_weights(project: Path) -> None:
    class Wrapped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = trained(2)

    wrapped, weights = Wrapped(), trained(1).state_dict()
    load_weights(wrapped, weights, Path("w.pt"))
    assert torch.equal(wrapped.state_dict()["model.0.weight"], weights["0.weight"])


def test_names_that_differ_only_by_a_wrapper_are_kept_apart() -> None:
    model = nn.ModuleDict({"fc": nn.Linear(2, 2), "model": nn.ModuleDict({"fc": nn.Linear(2, 2)})})
    weights = {name: torch.full_like(value, i) for i, (name, value) in enumerate(model.state_dict().items())}
    load_weights(model, weights, Path("w.pt"))
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


def test_safetensors_are_read(project: Path) -> None:
    save_file(trained(1).state_dict(), "model.safetensors")
    assert set(read_weights(Path("model.safetensors"))) == set(trained(1).state_dict())


def test_checkpoints_come_in_natural_order(tmp_path: Path) -> None:
    for name in ("epoch-10.pt", "epoch-9.pt", "epoch-100.pt"):
        (tmp_path / name).touch()
    (tmp_path / "epoch-1.pt").mkdir()
    names = [path.name for path in find_checkpoints(str(tmp_path / "epoch-*.pt"))]
    assert names == ["epoch-9.pt", "epoch-10.pt", "epoch-100.pt"]
    with pytest.raises(BadInput, match=r"\.ckpt"):
        find_checkpoints(str(tmp_path / "*.ckpt"))


class NotATensor:
    """Something of a user's that pickle would have to run code for."""


def damaged(path: Path) -> None:
    torch.save({"a": torch.zeros(1000)}, path)
    path.write_bytes(path.read_bytes()[:900])


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (lambda path: torch.save({"model": NotATensor()}, path), "could run code"),
        (damaged, "cannot be read"),
        (lambda path: path.write_bytes(b""), "cannot be read"),
        (lambda path: path.write_bytes(b"not a checkpoint at all"), "w.pt"),
        (lambda path: torch.save([1, 2], path), "no weights by name"),
        (lambda path: torch.save({"optimizer": {"lr": 0.1}}, path), "no weights by name"),
    ],
)
def test_files_that_hold_no_weights_are_refused(tmp_path: Path, write: Callable[[Path], None], reason: str) -> None:
    write(tmp_path / "w.pt")
    with pytest.raises(BadInput, match=reason):
        read_weights(tmp_path / "w.pt")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda w: w.pop("4.bias"), "lacks 4.bias"),
        (lambda w: w.update(extra=torch.zeros(1)), "has extra"),
        (lambda w: w.update({"4.bias": torch.zeros(7)}), r"4.bias is \(7,\) in the file and \(4,\) in the model"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name(
    project: Path, change: Callable[[dict[str, Tensor]], None], reason: str
) -> None:
    weights = dict(trained(1).state_dict())
    change(weights)
    with pytest.raises(BadInput, match=reason):
        load_weights(trained(1), weights, Path("w.pt"))


def test_old_files_without_batch_counters_load(project: Path) -> None:
    weights = dict(trained(1).state_dict())
    del weights["1.num_batches_tracked"]
    load_weights(trained(2), weights, Path("w.pt"))


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("their_nets", "does not name a function"),
        ("no_such_module:build", "no_such_module"),
        ("their_nets:nothing", "nothing"),
        ("their_nets:broken", "no weights today"),
        ("their_nets:number", "returned int"),
    ],
)
def test_functions_that_build_no_network_are_refused(project: Path, spec: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        build_from_factory(spec)


class MixesTheBatch(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        features = x.flatten(1)[:, :4]
        return features - features.mean(dim=0)


class ReturnsATuple(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor]:
        return (x.flatten(1)[:, :4],)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (MixesTheBatch(), "other images"),
        (ReturnsATuple(), "returns tuple"),
        (nn.Sequential(nn.Flatten(), nn.Linear(108, 10)), r"shape \(3, 10\), and 4 classes are expected"),
        (nn.Sequential(nn.Flatten(), nn.Linear(99, 4)), "fails on images of 6×6"),
        (nn.Sequential(nn.BatchNorm2d(3, track_running_stats=False), nn.Flatten(), nn.Linear(108, 4)), "'0'"),
    ],
)
def test_networks_that_cannot_be_scored_are_refused_with_the_reason(model: nn.Module, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        refuse_unusable(model.eval(), "nets:build", 4, 6)


def test_the_recorder_keeps_the_epochs_that_matter(tmp_path: Path) -> None:
    recorder = CheckpointRecorder(tmp_path / "kept", epochs=20, keep=7)
    kept = [epoch for epoch in range(1, 21) if recorder.after_epoch(epoch, nn.Linear(2, 2))]
    assert kept == [1, 2, 3, 10, 18, 19, 20]
    paths = find_checkpoints(str(tmp_path / "kept" / "*.pt"))
    assert len(paths) == 7
    assert set(read_weights(paths[0])) == {"weight", "bias"}


def test_the_examples_in_the_documentation_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[3] / "docs" / "own-models.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    for block in blocks:
        ast.parse(block)  # the others need libraries that are not among ours
    monkeypatch.chdir(tmp_path)
    (whole,) = (block for block in blocks if block.startswith("import torch\n"))
    exec(whole.replace("from hardlook.core", "from core"), {})  # noqa: S102 - our own documentation
    assert len(find_checkpoints("checkpoints/*.pt")) == 10


def test_bytes_that_are_no_checkpoint_are_refused_in_words_whatever_they_are(tmp_path: Path) -> None:
    """Each first byte is one that a pickle may begin with, and asks for something that is not there."""
    rng = np.random.default_rng(0)
    for first in range(256):
        path = tmp_path / "victim.pt"
        path.write_bytes(bytes([first]) + rng.integers(0, 256, int(rng.integers(0, 40)), np.uint8).tobytes() + b".\n")
        with pytest.raises(BadInput, match=r"victim\.pt"):
            read_weights(path)
        with pytest.raises(TornFile):
            load_tensors(path)
