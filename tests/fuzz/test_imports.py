"""Damaged files of decisions and predictions: whatever is in them, they are read or refused in words, and soon.

A short run by itself; HARDLOOK_FUZZ=400 makes as many files of each of ten kinds.
"""

from __future__ import annotations

import copy
import io
import json
import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.dataset.predictions.fit import Asked, fit_to_audit
from tests.fuzz.conftest import CLASSES, HOSTILE, KEYS, ROWS, TASKS, places, read_or_refused

FILES = int(os.environ.get("HARDLOOK_FUZZ", "40"))
DECISIONS = {"id": list(KEYS[:4]), "new_label": ["dog", "cat", "eel", "dog"], "verdict": ["relabelled", "", "", ""],
             "reviewer": ["ann", "bob", "", "ann"], "seen": ["0", "", "1.0", ""], "reason": [""] * 4}  # fmt: skip
P = np.random.default_rng(0).dirichlet(np.ones(3), 12)


def as_csv(columns: dict[str, Any]) -> bytes:
    rows = [columns, *zip(*columns.values(), strict=True)]
    return "\n".join(",".join(map(str, row)) for row in rows).encode()


def as_parquet(columns: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def saved(save: Callable[..., None], *arrays: Any, **named: Any) -> bytes:
    out = io.BytesIO()
    save(out, *arrays, **named)
    return out.getvalue()


PREDICTIONS = {"key": list(KEYS), **{name: P[:, i].tolist() for i, name in enumerate(CLASSES)}}
DECISION_FILES: dict[str, bytes] = {
    "d.csv": as_csv(DECISIONS), "d.parquet": as_parquet(DECISIONS),
    "ls.csv": as_csv({name: [row[name] for row in ROWS] for name in ROWS[0]}),
    "tasks.json": json.dumps(TASKS).encode(), "min.json": json.dumps(ROWS).encode(),
}  # fmt: skip
PREDICTION_FILES: dict[str, bytes] = {
    "p.csv": as_csv(PREDICTIONS), "p.parquet": as_parquet(PREDICTIONS), "p.npy": saved(np.save, P),
    "p.npz": saved(np.savez, probs=P, ids=np.array(KEYS)),
    "lists.parquet": as_parquet({"key": list(KEYS), "probs": P.tolist()}),
}  # fmt: skip


def with_hostile_node(content: bytes, rng: random.Random) -> bytes:
    """JSON with one or two nodes replaced, or an object's field left out."""
    value = copy.deepcopy(json.loads(content))
    for _ in range(rng.randint(1, 2)):
        way = rng.choice([each for each in places(value) if each])
        parent = value
        for key in way[:-1]:
            parent = parent[key]
        if rng.random() < 0.2:
            del parent[way[-1]]
        else:
            parent[way[-1]] = copy.deepcopy(rng.choice(HOSTILE))
    return json.dumps(value).encode()


def with_hostile_cell(content: bytes, rng: random.Random) -> bytes:
    """CSV with a cell replaced, a row lengthened, or the delimiter exchanged."""
    rows = [line.split(",") for line in content.decode().split("\n")]
    row = rng.choice(rows)
    row[rng.randrange(len(row))] = str(rng.choice(HOSTILE))
    if rng.random() < 0.2:
        rng.choice(rows).append("more")
    between = rng.choice([",", ",", ",", ";", "\t"])
    encoding = rng.choice(["utf-8", "utf-8", "utf-8", "utf-16", "utf-8-sig"])
    return "\n".join(between.join(row) for row in rows).encode(encoding, "surrogatepass")


def with_damaged_bytes(content: bytes, rng: random.Random) -> bytes:
    """Bytes flipped, cut out, doubled, or cut off."""
    damaged = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        at, length = rng.randrange(len(damaged) + 1), rng.randint(1, 30)
        what = rng.random()
        if what < 0.5 and damaged:
            damaged[min(at, len(damaged) - 1)] = rng.randrange(256)
        elif what < 0.7:
            del damaged[at : at + length]
        elif what < 0.9:
            damaged[at:at] = damaged[at : at + length]
        else:
            del damaged[max(at, 1) :]
    return bytes(damaged)


def mutated(name: str, content: bytes, seed: int) -> bytes:
    rng = random.Random(f"{name} {seed}")
    if rng.random() < 0.7:
        if name.endswith(".json"):
            return with_hostile_node(content, rng)
        if name.endswith(".csv"):
            return with_hostile_cell(content, rng)
    return with_damaged_bytes(content, rng)


@pytest.mark.parametrize("name", DECISION_FILES)
def test_damaged_decisions_are_read_or_refused_in_words(
    name: str, take_in: Callable[[Path], object], tmp_path: Path
) -> None:
    read = 0
    for seed in range(FILES):
        file = tmp_path / f"{seed} {name}"
        file.write_bytes(mutated(name, DECISION_FILES[name], seed))
        read += read_or_refused(partial(take_in, file), file.name)
        file.unlink()
    assert read < FILES


@pytest.mark.parametrize("name", PREDICTION_FILES)
def test_damaged_predictions_are_read_or_refused_in_words(name: str, tmp_path: Path) -> None:
    labels, read = np.repeat(np.arange(3), 4), 0
    for seed in range(FILES):
        file = tmp_path / f"{seed} {name}"
        file.write_bytes(mutated(name, PREDICTION_FILES[name], seed))
        read += read_or_refused(partial(fit_to_audit, file, CLASSES, KEYS, labels, Asked()), file.name)
        file.unlink()
    assert read < FILES
