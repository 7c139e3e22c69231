"""An audit with files of every kind, a folder of shards, and the ways in which a file of them is damaged."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from core.pipeline.project import PCA, coordinates, projection_spec
from core.pipeline.shards.begun import begin
from core.pipeline.shards.drive import Drive
from core.pipeline.shards.stage import StageSpec, write_part
from core.progress import Quiet
from core.reviews import By, Decision, ReviewedImage, decide, open_journal
from core.store.audit import Audit
from core.store.writer import open_run, to_arrow
from tests import audits
from tests.audits import CLASS_NAMES
from tests.pipeline.shards.made import divide_pictures

Damage = Callable[[Path, Path, random.Random], None]
"""Called with the file to damage, the file of the same sort of another audit, and what draws."""


def originals(folder: Path) -> tuple[Path, Path]:
    """The audit that is damaged, and another one of other images, both with a file of each sort."""
    return tuple(_made(folder / name, seed, n) for name, seed, n in (("whole", 0, 60), ("other", 1, 40)))  # type: ignore[return-value]


def _made(folder: Path, seed: int, n: int) -> Path:
    fingerprint = audits.FINGERPRINT
    audits.FINGERPRINT = f"{fingerprint[:-1]}{seed}"  # the other one holds other images
    try:
        made = audits.build_audit(folder, n=n, seed=seed, computable=True)
        audits.publish_map(made)
        _stop_a_projection(made.audit)
    finally:
        audits.FINGERPRINT = fingerprint
    journal = open_journal(made.audit)
    for number, key in enumerate(made.keys[:40]):
        given, right = CLASS_NAMES[made.labels[number]], CLASS_NAMES[0]
        picture = ReviewedImage(key, _hash_of(made.audit, key), given)
        if given == right or number % 2:
            decision = Decision(picture, "confirmed", given, seen=journal.last)
        else:
            decision = Decision(picture, "relabelled", right, seen=journal.last)
        decide(journal, decision, By("ann"))
    journal.close()
    return made.audit.path


def _stop_a_projection(audit: Audit) -> None:
    """Leave what `hardlook project --method pca` leaves that was stopped before its last step."""
    embedding = audit.latest("embed")
    points = coordinates(audit, embedding, PCA, 0)
    columns = {"image_id": np.arange(len(points), dtype=np.int32), "x": points[:, 0], "y": points[:, 1]}
    with open_run(audit, projection_spec(audit, embedding, PCA, 0)) as writer:
        writer.commit("points", {"point": columns}, seconds=1.0)


def folders_of_shards(folder: Path) -> tuple[Path, Path]:
    """The folder of shards that is damaged, and another one of other images; both scored, by vectors of few numbers."""
    return tuple(_divided(folder / name, rows) for name, rows in (("whole-shards", 25), ("other-shards", 20)))  # type: ignore[return-value]


def _divided(folder: Path, rows: int) -> Path:
    shards = divide_pictures(folder, rows)
    with Drive(shards, Quiet(), 1) as drive:
        ingest, _ = drive.ingest()
    chosen = {"encoder": "given", "dimension": 8, "device": "cpu", "batch_size": 8, "image_size": 32,
              "feature": "projected", "l2norm": False, "layers": "last"}  # fmt: skip
    ledger = begin(shards, StageSpec("embed", {"ingest": ingest.name, "weights": "given"}, chosen))
    rng = np.random.default_rng(rows)
    for number in range(shards.count):
        n = shards.items(number).num_rows
        vectors = to_arrow(rng.normal(size=(n, 8)).astype(np.float32))
        write_part(ledger.part(number), pa.table({"vector": vectors, "reason": pa.nulls(n, pa.string())}))
    with Drive(shards, Quiet(), 1) as drive:
        drive.score(["rmd", "centroid", "knn"])
    (ledger.folder / "failures" / "00007-1").write_text("what became of an attempt")
    (ledger.folder / "claims" / "00007-1").write_text("1-1-aaaaaaaa-bbbbbbbb")
    return Path(str(shards.path))


def _hash_of(audit: Audit, key: str) -> str:
    with duckdb.connect(str(audit.items_path), read_only=True) as connection:
        (found,) = connection.execute("SELECT content_hash FROM images WHERE key = ?", [key]).fetchall()[0]
    return str(found)


def _empty(path: Path, _: Path, __: random.Random) -> None:
    path.write_bytes(b"")


def _truncated(path: Path, _: Path, rng: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(1, len(data.rstrip()))])


def _flipped(path: Path, _: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def _garbage(path: Path, _: Path, rng: random.Random) -> None:
    path.write_bytes(rng.randbytes(rng.randrange(1, 20_000)))


def _newer(path: Path, _: Path, __: random.Random) -> None:
    """As a later Hardlook might write it: another format number, or other tables."""
    if path.suffix in (".json", ".progress"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2, "more": [1]}))
    elif path.suffix == ".sqlite":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 9")
            connection.commit()
    else:
        path.unlink()
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE TABLE later (x INTEGER)")
            connection.execute("CREATE TABLE run (run_id VARCHAR, later JSON)")


def _another(path: Path, other: Path, _: random.Random) -> None:
    shutil.copyfile(other, path)


def _unreadable(path: Path, _: Path, __: random.Random) -> None:
    """A link that leads back to itself: nobody may read it, root neither."""
    path.unlink()
    os.symlink(path, path)


def _folder(path: Path, _: Path, __: random.Random) -> None:
    path.unlink()
    path.mkdir()
    (path / "in it").write_text("x")


DAMAGES: dict[str, Damage] = {
    "empty": _empty, "truncated": _truncated, "a byte flipped": _flipped, "garbage": _garbage, "newer": _newer,
    "another audit's": _another, "unreadable": _unreadable, "a folder": _folder,
}  # fmt: skip
UNDAMAGED = "undamaged"
_STAGE = re.compile("-[0-9a-f]{12}/")
"""Of the path of a file of a stage, of which the other folder has one by another name."""


def damaged_copy(whole: Path, other: Path, to: Path, file: str, damage: str, seed: str) -> None:
    """A copy of an audit or a folder of shards with one file damaged. What no command writes in place is linked to."""
    for path in whole.rglob("*"):
        target = to / path.relative_to(whole)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        in_place = path.suffix in (".sqlite", ".partial") or str(path.relative_to(whole)) == file
        (shutil.copyfile if in_place else os.link)(path, target)
    of_sort = _STAGE.sub("-*/", file) if _STAGE.search(file) else f"{file.split('-')[0]}*"
    of_sort = re.sub("merged-.*", "merged-*", of_sort)
    same_sort = sorted(other.rglob(of_sort), key=lambda path: path.name[: len(Path(file).name)])
    if damage != UNDAMAGED:
        same_sort = [path for path in same_sort if path.is_file() and path.suffix == Path(file).suffix]
        DAMAGES[damage](to / file, same_sort[0], random.Random(seed))
