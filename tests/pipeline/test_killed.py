"""Killed at random points, then run again: the same results as when nothing happened."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("HARDLOOK_KILLS", "2"))
"""Kills of each step. Two keep the suite quick; HARDLOOK_KILLS=10 is the full exercise."""

STEPS = {
    "embed": ["embed", "--encoder", "embedded", "--image-size", "96", "--batch-size", "16"],
    "train": ["train", "--model", "resnet8", "--epochs", "6", "--image-size", "32"],
    "score": ["score", "vog"],
}
IMAGES = 900
NOT_COMPARED = {"seconds", "created", "revision"}  # when, how long, and the commit of the checkout: not results


def hardlook(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "core", *arguments, "--quiet"]


def environment(audits: Path) -> dict[str, str]:
    return {**os.environ, "HARDLOOK_AUDITS": str(audits), "PYTHONPATH": str(ROOT), "HARDLOOK_THREADS": "1"}


def run(audits: Path, *arguments: str) -> None:
    subprocess.run(hardlook(*arguments), env=environment(audits), cwd=ROOT, check=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Audits folder in which every step ran without being disturbed."""
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.default_rng(0)
    for i in range(IMAGES):
        label = i % 3
        pixels = generator.integers(0, 200, (32, 32, 3), dtype=np.uint8)
        pixels[:, :, label] += 55
        (folder / str(label)).mkdir(exist_ok=True)
        Image.fromarray(pixels).save(folder / str(label) / f"{i}.png")
    audits = tmp_path_factory.mktemp("whole")
    run(audits, "ingest", str(folder), "--audit", "a")
    for step in STEPS.values():
        run(audits, *step)
    return audits


def tables(audits: Path, kind: str) -> dict[str, pa.Table]:
    (path,) = (audits / "a" / "runs").glob(f"{kind}-*.duckdb")
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [name for (name,) in connection.sql("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        found = {name: connection.sql(f"SELECT * FROM {name} ORDER BY ALL").to_arrow_table() for name in names}
    return {
        name: table.drop_columns([column for column in table.column_names if column in NOT_COMPARED])
        for name, table in found.items()
    }


def checkpoints(audits: Path) -> dict[str, dict[str, torch.Tensor]]:
    (folder,) = (audits / "a" / "checkpoints").iterdir()
    return {path.name: torch.load(path, weights_only=True)["model"] for path in sorted(folder.glob("epoch-*.pt"))}


def forget(folder: Path, step: str) -> None:
    """Undo a step, and what was made from it."""
    for path in (folder / "runs").glob(f"{step}-*"):
        path.unlink()
    if step == "train":
        shutil.rmtree(folder / "checkpoints", ignore_errors=True)
        for path in (folder / "runs").glob("score-*"):
            path.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_step_killed_at_random_points_ends_with_the_results_of_one_that_was_not(
    step: str, whole: Path, tmp_path: Path
) -> None:
    shutil.copytree(whole / "a", tmp_path / "a")
    folder = tmp_path / "a"
    forget(folder, step)
    draw = random.Random(step)
    kills = 0
    while kills < KILLS:
        child = subprocess.Popen(hardlook(*STEPS[step]), env=environment(tmp_path), cwd=ROOT)
        while child.poll() is None and not list((folder / "runs").glob(f"{step}-*.partial")):
            time.sleep(0.02)  # until it starts to write; a kill before that undoes nothing
        deadline = time.monotonic() + draw.uniform(0, 2.0)
        while child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)  # up to a random moment of the work; it may end before
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
        if child.wait() == 0:
            forget(folder, step)  # it was done before the kill: from the start again, until enough kills have landed
            continue
        assert child.returncode == -signal.SIGKILL
        kills += 1
        assert not list((folder / "runs").glob(f"{step}-*.duckdb")), "a killed run must not be visible"
    run(tmp_path, *STEPS[step])
    expected, found = tables(whole, step), tables(tmp_path, step)
    assert expected.keys() == found.keys()
    for name in expected:
        assert expected[name].equals(found[name]), name
    if step == "train":
        ours, theirs = checkpoints(tmp_path), checkpoints(whole)
        assert ours.keys() == theirs.keys()
        for name, weights in theirs.items():
            assert all(torch.equal(ours[name][key], value) for key, value in weights.items()), name
