"""Two processes on one batch against one process. A script as well: each of the two processes runs this file."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from itertools import chain
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch

from core.training.batches import plan_epoch
from core.training.loop import EpochResult
from core.training.team import Team, assembled
from tests.training.toy_training import run

SETTINGS = {"model": "lenet", "image_size": 12, "epochs": 2, "batch_size": 10, "learning_rate": 0.05}
"""LeNet has no batch norm, so that two halves of a batch are one batch exactly. 45 images: the last batch has 5."""


def train_into(folder: Path) -> None:
    """Train the toy in this process's team, and keep the weights and rows that came out."""
    import tests.training.toy_training as script

    toy = script.toy

    def larger() -> tuple[object, ...]:
        pixels, labels, rows = toy()
        return np.pad(pixels, ((0, 0), (2, 2), (2, 2), (0, 0))), labels, rows

    script.toy = larger  # type: ignore[assignment]
    rows: list[EpochResult] = []
    with assembled(torch.device("cpu")) as (team, _):
        network = run(folder, commit=rows.append, team=team, **SETTINGS)
        if team.writes:
            losses = [[row.train_loss, row.train_accuracy, row.held_out_accuracy] for row in rows]
            dynamics = rows[-1].dynamics or {}
            np.savez(folder / "came-out.npz", losses=losses, loss=dynamics["loss"])
            torch.save(network.model.state_dict(), folder / "weights.pt")
        else:
            assert rows == [], "only the first process keeps rows"


def start(folder: Path, rank: int, size: int, port: int) -> subprocess.Popen[bytes]:
    folder.mkdir(exist_ok=True)
    team = {"RANK": str(rank), "WORLD_SIZE": str(size), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    environment = {**os.environ, **(team if size > 1 else {}), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, __file__, str(folder)], env=environment)


def test_two_processes_take_the_steps_of_one(tmp_path: Path) -> None:  # seconds: three processes that load torch
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    children = [start(tmp_path / "two", rank, 2, port) for rank in range(2)]
    children.append(start(tmp_path / "one", 0, 1, port))
    assert [child.wait(timeout=300) for child in children] == [0, 0, 0]
    one, two = (torch.load(tmp_path / name / "weights.pt", weights_only=True) for name in ("one", "two"))
    for name in one:
        torch.testing.assert_close(two[name], one[name], rtol=1e-3, atol=1e-5)
    with np.load(tmp_path / "one" / "came-out.npz") as a, np.load(tmp_path / "two" / "came-out.npz") as b:
        for name in a.files:
            np.testing.assert_allclose(b[name], a[name], rtol=1e-3)
    files = [sorted(path.name for path in (tmp_path / name).glob("*.pt")) for name in ("one", "two")]
    assert files[0] == files[1]


def test_the_parts_of_a_batch_are_all_of_it_once() -> None:
    plan = plan_epoch(np.arange(23), 0, 1, pad=0, flip=False)
    teams = [Team(rank, 3) for rank in range(3)]
    for step in plan.steps(10, processes=3):
        positions = [list(range(23)[team.part(step)]) for team in teams]
        assert sorted(chain(*positions)) == list(range(step.start, step.stop))
        assert min(map(len, positions)) >= 2
        assert sum(team.share(step) for team in teams) == 1


if __name__ == "__main__":
    train_into(Path(sys.argv[1]))
