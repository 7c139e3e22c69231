"""What a machine cannot reach is no fault of a shard: neither the folder of shards, nor the disk of the images."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from core.engines.jobs import AtWork, Work
from core.errors import BadInput, Unreachable, Unreadable
from core.files.reading import READ_ERRORS
from core.images import pixels
from core.pipeline.shards import stages
from core.pipeline.shards.begun import spec_named
from core.pipeline.shards.checked import ingest_spec
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.stage import ledger_of, merged_file, read_part
from tests.pipeline.shards.made import divide_pictures, ingested

AWAY = (errno.ESTALE, errno.EIO, errno.ENOTCONN, errno.EHOSTDOWN, errno.EACCES, errno.EPERM)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> ShardFolder:
    """Shards whose images were opened, which no test changes."""
    folder = divide_pictures(tmp_path_factory.mktemp("whole"))
    assert ingested(folder)[0] == [0, 1, 2, 3, 4]
    stages.stage_at_work(folder.path, ingest_spec(folder), (0, 1, 2, 3, 4))(None)
    return folder


@pytest.fixture
def folder(whole: ShardFolder, tmp_path: Path) -> ShardFolder:
    """One to break, which was looked into before."""
    shutil.copytree(whole.path, tmp_path / "shards")
    found = ShardFolder(tmp_path / "shards")
    assert found.count == 5
    return found


def part(folder: ShardFolder) -> Path:
    return Path(str(ledger_of(folder, ingest_spec(folder)).part(0)))


def merged(folder: ShardFolder) -> Path:
    return Path(str(merged_file(folder, ingest_spec(folder), range(5))))


READS: dict[str, Callable[[ShardFolder], Any]] = {
    "items": lambda folder: folder.items(0),
    "table": lambda folder: read_part(part(folder)),
    "arrays": lambda folder: read_part(merged(folder)),
    "stage": lambda folder: spec_named(folder, ingest_spec(folder).name),
}


def failing(number: int) -> Callable[..., Any]:
    def fails(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fails


@pytest.mark.parametrize("number", AWAY, ids=errno.errorcode.get)
@pytest.mark.parametrize("read", READS)
def test_a_file_that_the_machine_cannot_read_is_out_of_reach_and_not_damaged(
    whole: ShardFolder, monkeypatch: pytest.MonkeyPatch, read: str, number: int
) -> None:
    assert whole.count == 5  # the header was read before
    monkeypatch.setattr(Path, "read_bytes", failing(number))
    monkeypatch.setattr(Path, "read_text", failing(number))
    monkeypatch.setattr(Path, "open", failing(number))
    with pytest.raises(Unreachable, match=os.strerror(number)):
        READS[read](whole)


@pytest.mark.parametrize("read", READS)
def test_a_folder_that_went_away_is_out_of_reach(folder: ShardFolder, read: str) -> None:
    READS[read](folder)
    Path(str(folder.path)).rename(f"{folder.path}-elsewhere")
    with pytest.raises(Unreachable, match="out of reach of this machine"):
        READS[read](folder)


def test_a_file_that_alone_is_gone_or_damaged_is_said_as_before(folder: ShardFolder) -> None:
    part(folder).write_bytes(b"PAR1")
    with pytest.raises(Unreadable, match=part(folder).name):
        read_part(part(folder))
    part(folder).unlink()
    with pytest.raises(BadInput, match="is not there"):
        read_part(part(folder))
    Path(str(folder.item_file(0))).unlink()
    with pytest.raises(BadInput, match="cannot be read"):
        folder.items(0)
    shutil.rmtree(part(folder).parent)
    with pytest.raises(BadInput, match="has no stage"):
        spec_named(folder, ingest_spec(folder).name)


def test_a_machine_that_loses_the_folder_refuses_no_shard(folder: ShardFolder) -> None:
    worker = AtWork()
    work = Work(stages.__name__, stages.stage_at_work.__name__, (folder.path, ingest_spec(folder), ()))
    assert worker.outcome(work, 0).error == ""
    Path(str(folder.path)).rename(f"{folder.path}-elsewhere")
    told = worker.outcome(work, 1)
    assert (told.unreached, told.refused, told.ends) == (True, False, False)


# a disk that answers with a read error


def opened(folder: ShardFolder) -> list[str | None]:
    """The reasons of the first shard's images."""
    stages.stage_at_work(folder.path, ingest_spec(folder), ())(0)
    reasons: list[str | None] = pq.read_table(part(folder))["reason"].to_pylist()
    return reasons


def disk(monkeypatch: pytest.MonkeyPatch, number: int, fails: Callable[[str, int], bool]) -> None:
    """Answer with this error where `fails` says so of a file and how often it was asked for before."""
    asked: dict[str, int] = {}
    whole = pixels._read_file

    def read(path: str) -> bytes:
        asked[path] = asked.get(path, -1) + 1
        if fails(path, asked[path]):
            raise OSError(number, os.strerror(number))
        return whole(path)

    monkeypatch.setattr(pixels, "_read_file", read)


@pytest.mark.parametrize("number", sorted(READ_ERRORS), ids=errno.errorcode.get)
def test_one_image_on_a_bad_sector_is_left_out_and_a_shard_of_them_fails(
    folder: ShardFolder, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    bad = folder.items(0)["path"][3].as_py()
    disk(monkeypatch, number, lambda path, _: path == bad)
    assert opened(folder) == [None] * 3 + ["read error"] + [None] * 6
    disk(monkeypatch, number, lambda path, _: True)
    with pytest.raises(Unreachable, match="Not one of the 10 images"):
        opened(folder)


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOENT, errno.EACCES], ids=errno.errorcode.get)
@pytest.mark.parametrize("lasting", [None, 2, 5])
def test_a_disk_that_was_gone_for_a_while_fails_the_shard(
    folder: ShardFolder, monkeypatch: pytest.MonkeyPatch, number: int, lasting: int | None
) -> None:
    away = folder.items(0)["path"].to_pylist()[2:6]
    stays = [] if lasting is None else [folder.items(0)["path"][lasting].as_py()]
    disk(monkeypatch, number, lambda path, before: path in stays or (path in away and before == 0))
    with pytest.raises(Unreachable, match="was not to be had, and is there again"):
        opened(folder)
