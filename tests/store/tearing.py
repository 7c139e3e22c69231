"""A run that tests of the store leave unfinished, and ways to tear a file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from core.store.writer import RunWriter
from core.types import RunSpec

SPEC = RunSpec("embed", "fake", {"items": "abc"}, {"d": 4})
UNITS = [str(i) for i in range(4)]
NO_FILES = ("a folder", "a pipe", "a link to itself", "a link to nothing")


def rows(unit: str) -> dict[str, np.ndarray]:
    ids = np.arange(100, dtype=np.int32) + 100 * int(unit)
    return {"image_id": ids, "vector": np.repeat(ids[:, None], 4, axis=1).astype(np.float32)}


def work(writer: RunWriter) -> None:
    for unit in UNITS:
        if unit not in writer.finished():
            writer.commit(unit, {"embedding": rows(unit)})


def cut(path: Path, share: float) -> None:
    os.truncate(path, int(path.stat().st_size * share))


def zeroed(path: Path, share: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)].ljust(len(data), b"\0"))


def noise(path: Path, share: float) -> None:
    path.write_bytes(np.random.default_rng(int(100 * share)).bytes(path.stat().st_size))


def put_in_place_of(path: Path, kind: str) -> None:
    """What is no file where a file was."""
    path.unlink(missing_ok=True)
    if kind == "a folder":
        (path / "in it").mkdir(parents=True)
    elif kind == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path if kind == "a link to itself" else path.with_name("gone"))
