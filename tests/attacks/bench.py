"""What is attacked: a tiny audit with a run of each kind and a review under way, and the inputs of every command.

    bench = build_bench(folder)         # a minute: most commands start the processes of shards
    one = bench.copied(elsewhere)       # a copy of the audits; the inputs are shared, and no command writes there
    done = one.run("embed")             # a process of its own, as a user would start it

A command is run in a process that differs from `hardlook` in one thing: `demo` audits a smaller data set.
"""

from __future__ import annotations

import csv
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fcntl import LOCK_EX, flock
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from core.store.audit import Audit
from tests.attacks.commands import WRITES
from tests.attacks.forked import ROOT
from tests.pictures import COLOURS, write_images

COMMAND = "tests.attacks.hardlook"
"""The module that is run for `hardlook`."""
SAMPLE_VARIABLE = "HARDLOOK_ATTACKED_SAMPLE"
NAME = "a"
LIMIT = 300.0  # seconds that no command of the list takes
SIDE = 32

NETS = """
from torch import nn
def build():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
"""
GRID = """
[grid]
name = "tiny"
models = ["lenet"]
seeds = 2
epochs = 1
image_size = 12
[[method]]
label = "CE"
loss = "cross_entropy"
"""
BASE = (
    f"ingest {{inputs}}/photos --audit {NAME}",
    "embed --encoder embedded --image-size 32",
    "train --model lenet --epochs 2 --image-size 12 --checkpoints 2",
    "score rmd", "score suspicion", "score centroid",
    "import-decisions {inputs}/earlier.csv --reviewer ann",
    "reviews --add-class coat --reviewer bob",
    "reviews --undo --reviewer bob",
    "shard {inputs}/photos --rows 60 --to unopened",
    "shard {inputs}/photos --rows 60 --to shards",
    "embed shards --workers 1 --encoder embedded --image-size 32 --layers last",
    "score shards centroid --workers 1",
    "import-model shards --begin --factory nets_of_the_attacks:build --checkpoints {inputs}/weights/*.pt "
    "--image-size 12 --mean 0.5,0.5,0.5 --std 0.25,0.25,0.25 --trained-on none",
)  # fmt: skip
"""The commands that make the audit, and the shards beside it, in order."""


@dataclass(frozen=True)
class Bench:
    """A folder with `audits/` and `work/`, where commands run, and the inputs, which copies share."""

    folder: Path
    inputs: Path
    train: str = ""  # the id of the run of its model

    @property
    def audits(self) -> Path:
        """The folder of the audits."""
        return self.folder / "audits"

    @property
    def work(self) -> Path:
        """Where commands run, so where exports and reports go."""
        return self.folder / "work"

    @property
    def audit(self) -> Audit:
        """The audit that is there before a command is attacked."""
        return Audit(self.audits / NAME)

    def copied(self, folder: Path) -> Bench:
        """The same in a folder that is not there yet."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return replace(self, folder=folder)

    def words(self, line: str) -> list[str]:
        """The words of a command line of the lists, or of one of `WRITES` by its name."""
        words = shlex.split(WRITES.get(line, line))
        return [word.format(inputs=self.inputs, train=self.train) for word in words]

    def environment(self) -> dict[str, str]:
        """What a process that runs a command is started with."""
        return {
            **os.environ, "HARDLOOK_AUDITS": str(self.audits), "HARDLOOK_THREADS": "1",
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(self.inputs))),
            SAMPLE_VARIABLE: str(self.inputs / "sample.parquet"),
        }  # fmt: skip

    def command(self, line: str) -> list[str]:
        """The words that start the process of a command."""
        return [sys.executable, "-m", COMMAND, *self.words(line)]

    def run(self, line: str, limit: float = LIMIT) -> subprocess.CompletedProcess[str]:
        """Run a command to its end. Raises TimeoutExpired after `limit` seconds."""
        return subprocess.run(
            self.command(line), env=self.environment(), cwd=self.work, capture_output=True, text=True, timeout=limit,
            check=False,
        )  # fmt: skip


def build_bench(folder: Path) -> Bench:
    """Make the inputs and the audit under a folder. Raises RuntimeError with what a command said if one fails."""
    bench = Bench(folder / "bench", folder / "inputs")
    for made in (bench.audits, bench.work, bench.inputs / "weights"):
        made.mkdir(parents=True)
    _write_inputs(bench.inputs)
    for line in BASE:
        done = bench.run(line)
        if done.returncode:
            raise RuntimeError(f"hardlook {line}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return replace(bench, train=bench.audit.latest("train").run_id)


def shared_bench(factory: pytest.TempPathFactory) -> Bench:
    """The bench that all tests of a run copy from: whoever wants it first builds it, the others wait."""
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared_bench"
    folder.mkdir(exist_ok=True)
    built = folder / "train_run"  # written last
    with (folder / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not built.exists():
            shutil.rmtree(folder / "made", ignore_errors=True)  # of one that failed
            built.write_text(build_bench(folder / "made").train, encoding="utf-8")
    return Bench(folder / "made" / "bench", folder / "made" / "inputs", built.read_text(encoding="utf-8"))


def _write_inputs(inputs: Path) -> None:
    photos = inputs / "photos"
    write_images(photos / "train", 24, seed=0, size=SIDE)
    write_images(photos / "test", 12, seed=1, size=SIDE)
    write_images(inputs / "others", 8, seed=2, size=SIDE)
    moved = _mislabel(photos / "train")
    keys = [path.relative_to(photos).as_posix() for path in sorted(photos.rglob("*.png"))]
    answers = [(key, moved.get(key, key.split("/")[1])) for key in keys]
    _write_answers(inputs / "earlier.csv", [*answers[::3], *((key, moved[key]) for key in moved)])
    _write_answers(inputs / "decisions.csv", answers[1::3])
    with zipfile.ZipFile(inputs / "photos.zip", "w") as archive:
        for key in keys:
            archive.write(photos / key, key)
    pixels = np.stack([np.asarray(Image.open(photos / key)) for key in keys])
    labels = np.array([COLOURS.index(key.split("/")[1]) for key in keys])
    np.savez(inputs / "arrays.npz", images=pixels, labels=labels)
    _write_sample(inputs / "sample.parquet", [(photos / key).read_bytes() for key in keys[::2]], labels[::2])
    _write_probabilities(inputs / "probabilities.csv", keys, labels)
    backwards = np.array(keys[::-1])  # so that they are set down on the disk and put in order
    np.savez(inputs / "vectors.npz", key=backwards, features=np.random.default_rng(0).normal(size=(len(keys), 7)))
    np.savez(inputs / "texts.npz", texts=COLOURS, features=np.eye(len(COLOURS), 7))
    (inputs / "grid.toml").write_text(GRID, encoding="utf-8")
    (inputs / "nets_of_the_attacks.py").write_text(NETS, encoding="utf-8")
    _write_weights(inputs)


def _mislabel(train: Path) -> dict[str, str]:
    """Move a third of each class's images into the next class's folder; key -> the class it truly has."""
    moved = {}
    for place, name in enumerate(COLOURS):
        other = COLOURS[(place + 1) % len(COLOURS)]
        for path in sorted((train / name).glob("0-*.png"))[:8]:
            target = train / other / f"from-{name}-{path.name}"
            path.rename(target)
            moved[f"train/{other}/{target.name}"] = name
    return moved


def _write_answers(path: Path, answers: Sequence[tuple[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "new_label"), *dict(answers).items()])


def _write_probabilities(path: Path, keys: Sequence[str], labels: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
    drawn = np.random.default_rng(3).dirichlet(np.ones(3), len(keys)) + 2 * np.eye(3)[labels]
    rows = (drawn / drawn.sum(axis=1, keepdims=True)).round(6).tolist()
    with path.open("w", newline="", encoding="utf-8") as file:
        header = ("id", *(f"prob_{name}" for name in COLOURS))
        csv.writer(file).writerows([header, *((key, *row) for key, row in zip(keys, rows, strict=True))])


def _write_sample(path: Path, files: Sequence[bytes], labels: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
    names = [COLOURS[label] for label in labels]
    splits = ["test" if i % 3 == 0 else "train" for i in range(len(files))]
    pq.write_table(pa.table({"image": files, "label": names, "true_label": names, "split": splits}), path)


def _write_weights(inputs: Path) -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    made = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    for epoch in range(3):
        with torch.no_grad():
            for weight in made.parameters():
                weight.add_(0.3 * torch.randn_like(weight))
        torch.save(made.state_dict(), inputs / "weights" / f"epoch-{epoch}.pt")
