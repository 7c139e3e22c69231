"""A grid from its file to its runs: side by side, past failures, through kills, and nothing twice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import BadInput, DiskFull, TrainingFailed
from core.pipeline.training.grid import devices, train_grid, train_seeds
from core.pipeline.training.grid_file import GridJob, GridPlan
from core.pipeline.training.processes import Ended, Steps, train_side_by_side
from core.pipeline.training.request import TrainRequest
from core.pipeline.training.schedule import GridSchedule
from core.progress import Quiet
from core.store import views
from core.store.audit import Audit
from core.types import Run
from tests.audits import Made, build_audit, publish

ROOT = Path(__file__).parents[3]
GRID = """
[grid]
name = "tiny"
models = ["lenet"]
epochs = 2
image_size = 12
batch_size = 16
learning_rate = 0.05
seeds = 2
workers = 2
dynamics = "last epoch"

[[method]]
label = "CE"
loss = "cross_entropy"
dynamics = "every epoch"

[[method]]
label = "diverges"
loss = "cross_entropy"
learning_rate = 1e30

[[method]]
label = "DA by loss"
loss = "difficulty_aware_entropy"
difficulty = "loss_mean"
difficulty_from = "CE"

[[method]]
label = "permuted supervised"
loss = "difficulty_aware_entropy"
difficulty = "rmd_supervised"
difficulty_from = "CE"
control = "permuted"

[[method]]
label = "DA by mine"
loss = "difficulty_aware_entropy"
difficulty = "{address}"

[[method]]
label = "from nothing"
loss = "difficulty_aware_entropy"
difficulty = "loss_mean"
difficulty_from = "diverges"
"""


class Heard(Quiet):
    def __init__(self) -> None:
        self.said: list[str] = []
        self.warned: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def warn(self, text: str) -> None:
        self.warned.append(text)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return build_audit(tmp_path_factory.mktemp("audits"), n=120, n_classes=4, evaluated=False)


@pytest.fixture(scope="module")
def address(made: Made) -> str:
    """A score of every image, by its address."""
    n = len(made.labels)
    run = publish(made.audit, "score", "mine", {
        "score": {"name": ["mine"] * n, "image_id": np.arange(n, dtype=np.int32), "value": np.arange(n) * 1.0},
        "score_column": {"name": ["mine"], "scorer": ["mine"], "parameters": ["{}"], "encoder_run": [""],
                         "model_run": [""], "direction": [1], "fitted_on": [""], "reason": [""]},
    })  # fmt: skip
    return f"{run}:mine"


@pytest.fixture(scope="module")
def grid_file(tmp_path_factory: pytest.TempPathFactory, address: str) -> Path:
    path = tmp_path_factory.mktemp("grid") / "tiny.toml"
    path.write_text(GRID.replace("{address}", address), encoding="utf-8")
    return path


def trained(audit: Audit) -> dict[tuple[str, int], Run]:
    runs = [run for run in audit.runs("train") if run.parameters.get("grid") == "tiny"]
    return {(run.parameters["method"], run.seed): run for run in runs}


@pytest.fixture(scope="module")
def whole(made: Made, grid_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """The audit after the grid was trained without being disturbed."""
    audit = Audit(tmp_path_factory.mktemp("whole") / made.audit.name)
    shutil.copytree(made.audit.path, audit.path)
    heard = Heard()
    with pytest.raises(TrainingFailed, match="4 of 12 runs failed") as failed:
        train_grid(audit, grid_file, heard)
    assert "diverges, lenet, seed 1: The loss stopped being a number in epoch 1, at step" in str(failed.value)
    assert "from nothing, lenet, seed 0: its weights come from diverges, lenet, seed 0" in str(failed.value)
    assert len([line for line in heard.said if " of 12: " in line]) == 8
    return audit


@pytest.mark.slow  # two processes that load torch, and every run of the grid
def test_a_grid_trains_what_can_be_and_says_what_each_run_was(whole: Audit, address: str) -> None:
    runs = trained(whole)
    methods = ("CE", "DA by loss", "permuted supervised", "DA by mine")
    assert set(runs) == {(method, seed) for method in methods for seed in (0, 1)}
    source = runs["CE", 0].run_id
    for (method, seed), run in runs.items():
        assert run.name == "lenet"
        other = runs[method, 1 - seed].parameters
        assert {k: v for k, v in run.parameters.items() if k != "seed"} == {
            k: v for k, v in other.items() if k != "seed"
        }
    scores = {info.name: info for info in views.score_infos(views.open_hub(whole))}
    assert scores["loss_mean"].model_run == scores["rmd_supervised"].model_run == source
    assert runs["DA by loss", 1].parameters["difficulty"]["run"] == scores["loss_mean"].run_id
    assert runs["DA by mine", 0].parameters["difficulty"]["run"] == address.split(":")[0]
    assert runs["permuted supervised", 0].parameters["difficulty"]["control"] == "permuted"
    hub = views.open_hub(whole)
    for (method, _), run in runs.items():
        dynamics = views.dynamics(hub, run.run_id)
        assert dynamics is not None
        assert dynamics.loss.shape[1] == (2 if method == "CE" else 1)


@pytest.mark.slow  # as above, ended twice
def test_a_grid_killed_again_and_again_ends_with_the_runs_of_one_that_was_not(
    made: Made, grid_file: Path, whole: Audit, tmp_path: Path
) -> None:
    audit = Audit(tmp_path / made.audit.name)
    shutil.copytree(made.audit.path, audit.path)
    environment = {**os.environ, "HARDLOOK_AUDITS": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "core", "train", "--grid", str(grid_file), "--quiet"]

    def progress() -> int:
        return len(list(audit.path.glob("checkpoints/*/state.pt"))) + len(trained(audit))

    for signal_sent in (signal.SIGKILL, signal.SIGINT):
        before = progress()
        child = subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL)
        while child.poll() is None and progress() == before:
            time.sleep(0.01)  # until something is kept, so that the signal lands amid the work
        os.kill(child.pid, signal_sent)  # the parent alone; its workers have to notice
        assert child.wait() in (-signal.SIGKILL, 130, 1)
        deadline = time.monotonic() + 30
        while members(child.pid) and time.monotonic() < deadline:
            time.sleep(0.05)  # the workers look for their parent a few times a second
        assert not members(child.pid), "workers outlive the command"
    with pytest.raises(TrainingFailed, match="4 of 12 runs failed"):
        train_grid(audit, grid_file, Heard())
    ours, theirs = trained(audit), trained(whole)
    assert {key: run.run_id for key, run in ours.items()} == {key: run.run_id for key, run in theirs.items()}
    for run in ours.values():
        one, other = (views.probabilities(views.open_hub(each), run.run_id) for each in (audit, whole))
        np.testing.assert_array_equal(one, other)
        name = f"checkpoints/{run.run_id}/epoch-0002.pt"
        weights, expected = (torch.load(each.path / name, weights_only=True)["model"] for each in (audit, whole))
        assert all(torch.equal(weights[key], value) for key, value in expected.items())


def members(session: int) -> list[int]:
    """Processes of a session that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(folder.name))
    return found


@pytest.mark.slow
def test_what_is_there_is_not_trained_again(whole: Audit, grid_file: Path, tmp_path: Path) -> None:
    only = tmp_path / "done.toml"
    only.write_text(GRID.split("[[method]]")[0] + '[[method]]\nlabel = "CE"\nloss = "cross_entropy"\n'
                    'dynamics = "every epoch"\n', encoding="utf-8")  # fmt: skip
    heard = Heard()
    train_grid(whole, only, heard)
    assert heard.said == ["all 2 runs are there; next: hardlook evaluate --audit sample"]


@pytest.mark.slow
def test_a_worker_that_dies_ends_its_run_alone(made: Made, tmp_path: Path) -> None:
    audit = Audit(tmp_path / made.audit.name)
    shutil.copytree(made.audit.path, audit.path)
    requests = [("first", TrainRequest("lenet", 50, 16, 0.05, 12)), ("second", TrainRequest("lenet", 1, 16, 0.05, 12))]
    ended: dict[str, Ended] = {}

    def told(job: str, message: Steps | Ended) -> None:
        if isinstance(message, Ended):
            ended[job] = message
        elif job == "first":
            for child in active_children():
                os.kill(child.pid or 0, signal.SIGKILL)

    train_side_by_side(audit, ["cpu"], lambda: requests.pop(0) if requests else None, told=told)
    assert "ended by signal 9" in ended["first"].error
    assert ended["second"] == Ended()
    assert len([run for run in audit.runs("train") if run.name == "lenet"]) == 1


def test_a_full_disk_in_a_worker_ends_the_grid_and_begins_no_other_run(made: Made) -> None:
    requests = (TrainRequest("lenet", 1, 16, 0.05, 12, seed=seed) for seed in range(2))
    jobs = GridSchedule(made.audit, GridPlan("", tuple(map(GridJob, requests))), None, Heard())
    first = jobs.following()
    assert first is not None
    with pytest.raises(DiskFull, match="No room"):
        jobs.told(first[0], Ended("No room.", "Free some space", DiskFull))
    assert jobs.failed == {}
    jobs.told(first[0], Ended("It diverged.", "", TrainingFailed))
    assert list(jobs.failed) == [first[0].label]
    assert jobs.following() is not None


@pytest.mark.slow
def test_several_seeds_are_trained_side_by_side(made: Made, tmp_path: Path) -> None:
    audit = Audit(tmp_path / made.audit.name)
    shutil.copytree(made.audit.path, audit.path)
    request = TrainRequest("lenet", 1, 16, 0.05, 12, seed=3, loss="poly1")
    train_seeds(audit, request, 2, Heard(), workers=1)
    runs = [run for run in audit.runs("train") if run.name == "lenet"]
    assert sorted(run.seed for run in runs) == [3, 4]
    assert {run.parameters["method"] for run in runs} == {"Poly-1"}


def test_a_score_that_needs_a_network_has_to_say_which(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    method = '[[method]]\nlabel = "x"\nloss = "difficulty_aware_entropy"\ndifficulty = '
    for score, said in {'"aum"': 'difficulty_from = "CE"', '"zebra"': "there is no score 'zebra'"}.items():
        path.write_text(method + score, encoding="utf-8")
        with pytest.raises(BadInput, match=said):
            train_grid(made.audit, path, Quiet())


def test_a_grid_under_torchrun_is_refused(made: Made, grid_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(BadInput, match="Leave torchrun out"):
        train_grid(made.audit, grid_file, Quiet())


def test_there_are_no_more_workers_than_runs() -> None:
    assert devices("cpu", 4, 2) == ["cpu", "cpu"]
    assert devices("cpu", 1, 5) == ["cpu"]
