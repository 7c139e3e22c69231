"""Folders of shards for tests, and what lies in them."""

from __future__ import annotations

import json
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.dataset import IngestOptions
from core.encoders.protocol import Options
from core.pipeline.shards.divide import shard
from core.pipeline.shards.drive import Drive, run_stage
from core.pipeline.shards.folder import HEADER, ShardFolder
from core.pipeline.shards.stored.header import header_of, header_text
from core.progress import Quiet
from tests.pictures import write_images

HASH = "[0-9a-f]" * 12  # no vog-raw for vog
MADE = ("format", "fingerprint", "digest")  # of a header, from all else that it says
SMALL = Options("cpu", 32, "projected", False, "last", False)


def divide_pictures(folder: Path, rows: int = 10) -> ShardFolder:
    """Shards of 45 pictures of three classes, in two splits."""
    write_images(folder / "photos" / "train", 12, seed=0, size=32)
    write_images(folder / "photos" / "test", 3, seed=1, size=32)
    return shard(str(folder / "photos"), Quiet(), to=folder / "shards", rows=rows, options=IngestOptions())


def scored(folder: ShardFolder, **how: Any) -> Drive:
    """Every stage of these shards, computed."""
    with Drive(folder, Quiet(), **how) as drive:
        drive.embed("embedded", SMALL)
        drive.score(["rmd", "centroid"])
    return drive


def ingested(folder: ShardFolder, **how: Any) -> tuple[list[int], Drive]:
    """The shards whose images are opened, by one process, and the command that did it."""
    with Drive(folder, Quiet(), 1, **how) as drive:
        return drive.ingest()[1], drive


def staged(folder: ShardFolder, stage: str, share: tuple[int, int] = (1, 1)) -> None:
    """A share of one stage."""
    with Drive(folder, Quiet(), 1, share=share) as drive:
        run_stage(drive, stage, "embedded" if stage == "embed" else None, SMALL)


def files(folder: ShardFolder) -> dict[str, str]:
    """A hash of everything that the stages have made, by its place: what differs is then said in few words."""
    found = [*folder.path.glob("*/part-*"), *folder.path.glob("*/merged-*")]
    return {path.relative_to(folder.path).as_posix(): digest(path.read_bytes()) for path in found}


def digest(content: bytes) -> str:
    """A hash of a file."""
    return blake2b(content, digest_size=16).hexdigest()


def table(folder: ShardFolder, kind: str) -> pa.Table:
    """The files of a stage of tables, one after the other."""
    (stage,) = {path.parent for path in folder.path.glob(f"{kind}-{HASH}/part-*.parquet")}
    return pa.concat_tables([pq.read_table(path) for path in sorted(stage.glob("part-*"))])


def change_header(folder: ShardFolder, *without: str, **changes: Any) -> None:
    """Have the header of a folder say something else, as if it had been written so."""
    file = folder.path / HEADER
    header = {name: value for name, value in json.loads(file.read_text()).items() if name not in MADE}
    said = {name: value for name, value in {**header, **changes}.items() if name not in without}
    file.write_text(header_text(header_of(said)))


def vectors(folder: ShardFolder) -> np.ndarray[Any, np.dtype[np.float32]]:
    """(n, d) of all items in their order."""
    columns = [chunk.values.to_numpy().reshape(len(chunk), -1) for chunk in table(folder, "embed")["vector"].chunks]
    return np.vstack(columns)
